import type { CID } from 'multiformats/cid'
import { PeerageError } from '../../../base/index.ts'
import { codecs, dagLimits, decodeCid, hashCodes, type VerifiedBlock } from '../../../content/index.ts'
import type { BlockSession } from '../../../ipfs/index.ts'
import type { TreeWriter } from '../../../store/index.ts'
import { copyOf } from '../../../swarm/index.ts'
import { decodeDagPb, decodeUnixFs } from '../../../wire/index.ts'
import type { Window } from './window.ts'

export interface LeafWalkParts {
  readonly session: Pick<BlockSession, 'get'>
  readonly writer: Pick<TreeWriter, 'verify' | 'node' | 'leaf' | 'leafIn' | 'has'>
  /** How many blocks are on their way at once. */
  readonly window: Window
  readonly signal: AbortSignal
  onBytes(bytes: number): void
  /** Some of it came from somebody who may give it to nobody else. */
  onPrivate(): void
}

/** A stretch of one file of the tree, which a block and those below it are. */
export interface Place {
  readonly file: number
  readonly offset: number
  readonly length: number
}

/** A block, and whether whoever gave it gives it to anybody. */
interface Node {
  readonly block: VerifiedBlock
  readonly isPublic: boolean
}

/** Below one node: leaves that are begun, and nodes that are looked into, at the same time. Few of these keep the order of the file. */
const mostLeaves = 64
const mostNodes = 2
/** When so many are looked into in all, those below each come one after the other: twice as many a level are millions in a tree that is deep and narrow. */
const mostOpen = 64
/** What all that are looked into may cost, in links and what a node costs besides. */
const openLimit = 4 * dagLimits.fileLinks
const costOfNode = 64

/** Fetches all blocks of files, many at once and roughly in order, and has each written where it belongs. */
export class LeafWalk {
  readonly #parts: LeafWalkParts
  #open = 0
  #cost = 0
  /** Then nothing more is begun: the rest of a tree that is refused may have no end. */
  #failure: { readonly error: unknown } | undefined

  constructor(parts: LeafWalkParts) {
    this.#parts = parts
  }

  /**
   * True: it was a leaf.
   *
   * @throws PeerageError `dag.invalid`, `dag.limit`, `dag.unsupported`, what the writer throws, `signal.reason`
   */
  async fetch(cid: CID, place: Place, depth = 0): Promise<boolean> {
    if (cid.code !== codecs.raw) return await this.#below(await this.#node(cid, place), place, depth)
    const { file, offset, length } = place
    if (length > 0 && !this.#parts.writer.has(file, offset, length))
      await this.#inWindow(() => this.#leaf(cid, place))
    return true
  }

  async #leaf(cid: CID, place: Place): Promise<void> {
    const { writer, onBytes, onPrivate } = this.#parts
    const put = async (bytes: Uint8Array, isPublic?: boolean): Promise<VerifiedBlock> => {
      // Whoever sends it sends what the CID says; it is the node above that lies.
      if (bytes.length !== place.length) throw misfit((await writer.verify(cid, bytes)).cid)
      if (isPublic !== true) onPrivate()
      return await writer.leaf(cid, bytes, [place])
    }
    await this.#get(cid, place, put)
    onBytes(place.length)
  }

  async #node(cid: CID, place: Place): Promise<Node> {
    let isPublic = false
    const take = async (bytes: Uint8Array, given?: boolean): Promise<VerifiedBlock> => {
      isPublic = given === true
      return await this.#parts.writer.verify(cid, copyOf(bytes))
    }
    const block = await this.#inWindow(() => this.#get(cid, place, take))
    return { block, isPublic }
  }

  #get(
    cid: CID,
    { offset }: Place,
    sink: (bytes: Uint8Array, isPublic?: boolean) => Promise<VerifiedBlock>,
  ): Promise<VerifiedBlock> {
    if (cid.multihash.code === hashCodes.identity) return sink(cid.multihash.digest, true)
    const { session, signal } = this.#parts
    // Each sink has written the bytes, or has a copy, when it is done.
    return session.get(cid, {
      signal,
      order: offset,
      transient: true,
      sink: (_, bytes, isPublic) => sink(bytes, isPublic),
    })
  }

  async #inWindow<T>(get: () => Promise<T>): Promise<T> {
    const { window, signal } = this.#parts
    await window.enter()
    try {
      signal.throwIfAborted()
      return await get()
    } finally {
      window.leave()
    }
  }

  /** The bytes of a node that is a leaf, or what lies behind its links. */
  async #below({ block, isPublic }: Node, place: Place, depth: number): Promise<boolean> {
    const { writer, onBytes, onPrivate } = this.#parts
    const { cid, bytes } = block
    const { links, data = new Uint8Array(0) } = decodeDagPb(bytes)
    const { type, data: own = new Uint8Array(0), blockSizes } = decodeUnixFs(data)
    const size = blockSizes.reduce((sum, part) => sum + part, own.length)
    if ((type !== 'file' && type !== 'raw') || links.length !== blockSizes.length || size !== place.length)
      throw misfit(cid)
    if (links.length === 0) {
      if (!isPublic && own.length > 0) onPrivate()
      const begin = own.byteOffset - bytes.byteOffset
      if (own.length > 0) await writer.leafIn(block, [place], { begin, length: own.length })
      onBytes(own.length)
      return true
    }
    if (own.length > 0) throw unsupported(cid)
    if (depth >= dagLimits.fileDepth)
      throw new PeerageError('dag.limit', `The tree of a file is deeper than ${dagLimits.fileDepth} nodes.`)
    const cost = links.length + costOfNode
    if (this.#cost + cost > openLimit)
      throw new PeerageError('dag.limit', 'The tree of a file is deep and wide: too many links wait.')
    this.#open++
    this.#cost += cost
    try {
      writer.node(block)
      let offset = place.offset
      const parts = links.map(({ hash }, i) => {
        const part = { cid: decodeCid(hash), place: { file: place.file, offset, length: blockSizes[i]! } }
        offset += part.place.length
        return part
      })
      await this.#children(parts, depth + 1)
    } finally {
      this.#open--
      this.#cost -= cost
    }
    return false
  }

  async #children(parts: readonly { cid: CID; place: Place }[], depth: number): Promise<void> {
    const running = new Set<Promise<void>>()
    let most = mostNodes
    for (const { cid, place } of parts) {
      const isRaw = cid.code === codecs.raw
      if (isRaw) most = mostLeaves
      const task = this.fetch(cid, place, depth)
        .then(isLeaf => {
          most = isLeaf ? mostLeaves : mostNodes
        })
        .catch(error => {
          this.#failure ??= { error }
        })
        .finally(() => running.delete(task))
      running.add(task)
      while (running.size >= (isRaw || this.#open < mostOpen ? most : 1)) await Promise.race(running)
      if (this.#failure !== undefined) break
    }
    await Promise.all(running)
    if (this.#failure !== undefined) throw this.#failure.error
  }
}

function misfit(cid: CID): PeerageError {
  return new PeerageError('dag.invalid', `The block ${cid} is not what the node above it says.`)
}

function unsupported(cid: CID): PeerageError {
  return new PeerageError('dag.unsupported', `The node ${cid} has bytes of a file beside its links.`)
}
