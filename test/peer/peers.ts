import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { createPeer, type Peer, type PeerEvent, type PeerOptions } from '../../src/peer/index.ts'
import type { Share, ShareInput, TransferSnapshot } from '../../src/services/files/index.ts'
import type { CidReport } from '../../src/services/ipfs/index.ts'

/** Nothing in these tests takes nearly as long; whatever does hangs. */
const patienceMs = 15_000

/** Whole peers in this process, without sockets, each with a home below one temporary folder. */
export class Peers {
  readonly root: string
  readonly #running = new Set<Peer>()

  constructor() {
    const base = fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
    this.root = fs.realpathSync(fs.mkdtempSync(`${base}/peerage-peer-`))
  }

  /** Those that were not stopped. */
  get running(): readonly Peer[] {
    return [...this.#running]
  }

  home(name: string): string {
    return `${this.root}/home-${name}`
  }

  /** The same name again is the same home, so the same peer started anew. */
  async start(
    name: string,
    set: Readonly<Record<string, unknown>> = {},
    options: Partial<PeerOptions> = {},
  ): Promise<Peer> {
    const peer = await createPeer({
      home: this.home(name),
      transports: 'memory',
      // Nobody outside is asked.
      set: { 'store.workers': 1, 'files.redialMs': 20, 'ipfsRouting.bootstrap': [], ...set },
      ...options,
    })
    this.#running.add(peer)
    return peer
  }

  async stop(peer: Peer): Promise<void> {
    this.#running.delete(peer)
    await peer.stop()
  }

  /** A path below the temporary folder. */
  path(...names: string[]): string {
    return [this.root, ...names].join('/')
  }

  async end(): Promise<void> {
    await Promise.all([...this.#running].map(peer => this.stop(peer)))
    fs.rmSync(this.root, { recursive: true, force: true })
  }
}

/** Shares a path and gives what is told at the end. */
export async function share(
  peer: Peer,
  path: string,
  input: Partial<Omit<ShareInput, 'path'>> = {},
): Promise<Share> {
  for await (const update of peer.files.share({ path, ...input }))
    if (update.phase === 'shared') return update
  throw new Error('the share ended without being shared')
}

/** Fetches until all is on disk, and gives the last that is told. Rejects with what stops it. */
export async function get(
  peer: Peer,
  link: string,
  into: string,
  input: {
    overwrite?: boolean
    choose?: string[]
    timeout?: number
    paused?: boolean
    from?: string
    keep?: boolean
  } = {},
): Promise<TransferSnapshot> {
  const signal = AbortSignal.timeout(patienceMs)
  let last: TransferSnapshot | undefined
  for await (const update of peer.files.get({ link, into, ...input }, { signal })) last = update
  if (last === undefined) throw new Error('nothing was told')
  return last
}

/** As `get`, until `enough` holds; the transfer goes on. */
export async function getUntil(
  peer: Peer,
  link: string,
  into: string,
  enough: (snapshot: TransferSnapshot) => boolean,
): Promise<TransferSnapshot> {
  const signal = AbortSignal.timeout(patienceMs)
  for await (const update of peer.files.get({ link, into }, { signal })) if (enough(update)) return update
  throw new Error('it ended before there was enough')
}

/** Bytes of one file, as `cat` gives them. */
export async function cat(
  peer: Peer,
  content: string,
  input: { file?: string; offset?: number; length?: number; timeout?: number } = {},
): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(patienceMs)
  const chunks: Uint8Array[] = []
  for await (const part of peer.files.cat({ content, ...input }, { signal }))
    if (part instanceof Uint8Array) chunks.push(part)
  return Buffer.concat(chunks)
}

/** What is here of a CID. */
export async function describeCid(peer: Peer, link: string): Promise<CidReport> {
  for await (const update of peer.ipfs.describe({ link })) if (update.phase === 'described') return update
  throw new Error('It was not described.')
}

export async function verify(peer: Peer, content: string): Promise<number | undefined> {
  let bad: number | undefined
  for await (const update of peer.files.verify({ content })) bad = update.badPieces
  return bad
}

/** The first event from now on that fits; rejects when none comes in time. */
export function nextEvent<Type extends PeerEvent['type']>(
  peer: Peer,
  type: Type,
  fits: (event: Extract<PeerEvent, { type: Type }>) => boolean = () => true,
): Promise<Extract<PeerEvent, { type: Type }>> {
  const events = peer.events.subscribe({ signal: AbortSignal.timeout(patienceMs) })
  return (async () => {
    for await (const event of events) {
      const typed = event as Extract<PeerEvent, { type: Type }>
      if (event.type === type && fits(typed)) return typed
    }
    throw new Error(`no event ${type} came`)
  })()
}

/** All events from now on, as they come. */
export function recorded(peer: Peer): PeerEvent[] {
  const events: PeerEvent[] = []
  peer.events.listen(event => void events.push(event))
  return events
}

/** The code of what it is rejected with, `none` when it is not. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'none'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : `${error}`
  }
}
