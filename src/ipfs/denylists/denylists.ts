import { stat } from 'node:fs/promises'
import { CID } from 'multiformats/cid'
import { PeerageError, type Timer, type World } from '../../base/index.ts'
import { formatName, type Link, parseCid, parseName } from '../../content/index.ts'
import { bySteps, openRegular } from '../../store/index.ts'
import { type Asked, Denylist } from './denylist.ts'
import { unusable } from './denylist-header.ts'

export interface DenylistsOptions {
  readonly world: World
  readonly maxBytes: number
  readonly maxRules: number
  /** A list cannot be read, and what is done about it. Called once until it can be. */
  failed?(error: PeerageError): void
}

/** How one list is doing. */
export interface DenylistStatus {
  readonly path: string
  readonly rules: number
  /** Numbers of the first lines that were not understood, 1 first. */
  readonly junkLines: readonly number[]
  /** Why the last reading failed: what was read before still holds; without that nothing of IPFS is allowed. */
  readonly problem?: string
}

/** What all who serve, fetch or keep something of IPFS ask first. */
export type Refusals = Pick<Denylists, 'check' | 'checkLink' | 'denies'>

interface ReadList {
  readonly path: string
  readonly stamp: string
  readonly list: Denylist | undefined
  readonly problem: string | undefined
}

/** How often the files are looked at for changes. */
const lookMs = 5_000
const toldJunk = 5
/** Answers that are kept: rules that are hashed twice cost as many hashes as there are kinds of them, and a block is asked for several times. */
const mostKnown = 16_384
/** Characters of what is asked for that a refusal repeats. */
const toldLength = 300

/** The denylists that the user named: read anew when they change. One that cannot be read any more holds as it was; one that never could allows nothing. */
export class Denylists {
  readonly #options: DenylistsOptions
  #lists: readonly ReadList[] = []
  /** Whether blocks are denied, by their multihash in latin1. */
  #known = new Map<string, boolean>()
  readonly #listeners = new Set<() => void>()
  #timer: Timer | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: DenylistsOptions) {
    this.#options = options
  }

  /** Throws `config.invalid` when a list cannot be read or understood: who thinks that it holds must know. */
  async verify(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const { problem } = await this.#read(path, undefined)
      if (problem !== undefined) throw unread(path, problem)
    }
  }

  /** Uses these lists from now on, until `stop`. */
  use(paths: readonly string[]): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    if (paths.length > 0) this.#timer = this.#options.world.every(lookMs, () => void this.look())
    return this.#readAll(before => paths.map(path => before.find(list => list.path === path) ?? { path }))
  }

  /** Reads again what has changed. */
  look(): Promise<void> {
    return this.#readAll(before => before)
  }

  /**
   * Lets pass what no list denies, neither by its root nor by its path from there; none of them can allow what another one denies.
   *
   * @throws PeerageError `content.denied`, which says by which line of which list; `config.invalid` while a list could not be read
   */
  check(asked: Asked): void {
    const { root, path: names } = asked
    // Of a block it is known, mostly.
    if (names.length === 0 && root instanceof CID && !this.denies(root)) return
    for (const { path, list, problem } of this.#lists) {
      if (list === undefined) throw unread(path, problem ?? 'It was not read so far.', nothing)
      for (const one of names.length === 0 ? [asked] : [{ root, path: [] }, asked]) {
        const verdict = list.verdict(one)
        if (verdict?.isDenied === true) throw denied(one, path, verdict)
      }
    }
  }

  /** As `check`, of what a link names in IPFS, whatever else it names, and of names behind it. Throws `link.invalid`, too. */
  checkLink(
    { cid, ipnsName, path = [] }: Pick<Link, 'cid' | 'ipnsName' | 'path'>,
    behind: readonly string[] = [],
  ): void {
    if (this.#lists.length === 0) return
    const names = [...path, ...behind]
    if (cid !== undefined) this.check({ root: parseCid(cid), path: names })
    if (ipnsName !== undefined) this.check({ root: parseName(ipnsName), path: names })
  }

  /** Whether a block is denied, whatever the codec of the CID, for those who need no reason. */
  denies(cid: CID): boolean {
    if (this.#lists.length === 0) return false
    const key = String.fromCharCode(...cid.multihash.bytes)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const isDenied = this.#lists.some(
      ({ list }) => list === undefined || list.verdict({ root: cid, path: [] })?.isDenied === true,
    )
    if (this.#known.size >= mostKnown) this.#known.clear()
    this.#known.set(key, isDenied)
    return isDenied
  }

  /** Calls `listener` when what is denied may be other things than before. Returns what ends that. */
  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  status(): DenylistStatus[] {
    return this.#lists.map(({ path, list, problem }) => ({
      path,
      rules: list?.size ?? 0,
      junkLines: list?.junk.slice(0, toldJunk) ?? [],
      ...(problem !== undefined && { problem }),
    }))
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** In turns: what is read of earlier names must not come after what is read of later ones. */
  #readAll(named: (before: readonly ReadList[]) => readonly (ReadList | { path: string })[]): Promise<void> {
    const turn = this.#turn.then(async () => {
      const before = this.#lists
      const lists = await Promise.all(
        named(before).map(one => this.#read(one.path, 'stamp' in one ? one : undefined)),
      )
      if (lists.length === before.length && lists.every((list, at) => list === before[at])) return
      this.#lists = lists
      this.#known = new Map()
      for (const list of lists) this.#tell(list, before)
      for (const listener of [...this.#listeners]) listener()
    })
    this.#turn = turn
    return turn
  }

  #tell({ path, list, problem }: ReadList, before: readonly ReadList[]): void {
    const told = before.find(one => one.path === path)?.problem
    if (problem === undefined || problem === told) return
    this.#options.failed?.(unread(path, problem, list === undefined ? nothing : asBefore))
  }

  async #read(path: string, before: ReadList | undefined): Promise<ReadList> {
    const { maxBytes, maxRules } = this.#options
    let stamp = ''
    try {
      const { size, mtimeMs, ino } = await stat(path)
      stamp = `${size} ${mtimeMs} ${ino}`
      if (before?.stamp === stamp) return before
      if (size > maxBytes) throw unusable(`It has more than ${maxBytes} bytes.`)
      await using file = await openRegular(path)
      const list = await bySteps(Denylist.bySteps(await file.readFile('utf8'), { maxRules }))
      return { path, stamp, list, problem: undefined }
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      // What is no list stays none until it changes; what the disk refuses may be there the next time.
      const kept = error instanceof PeerageError ? stamp : ''
      if (before?.problem === problem && before.stamp === kept) return before
      return { path, stamp: kept, list: before?.list, problem }
    }
  }
}

/** What follows from it is said behind it. */
function unread(path: string, problem: string, consequence = ''): PeerageError {
  const message = `The denylist ${path} cannot be used: ${problem.replace(/[^.]$/, '$&.')}${consequence}`
  return new PeerageError('config.invalid', message, { details: { key: 'ipfs.denylists', path } })
}

const nothing = ' So nothing of IPFS is fetched or given: mend it, or take it out of `ipfs.denylists`.'
const asBefore = ' What was read of it before still holds.'

function denied(
  asked: Asked,
  list: string,
  { line, status }: { readonly line: number; readonly status: number },
): PeerageError {
  return new PeerageError(
    'content.denied',
    `Line ${line} of the denylist ${list} denies ${textOf(asked)}: it is neither fetched nor given to anybody.`,
    { details: { list, line, status } },
  )
}

function textOf({ root, path }: Asked): string {
  const head =
    root instanceof CID
      ? `/ipfs/${root}`
      : `/ipns/${'domain' in root ? root.domain : formatName(root.multihash)}`
  const text = [head, ...path].join('/')
  return text.length > toldLength ? `${text.slice(0, toldLength)}...` : text
}
