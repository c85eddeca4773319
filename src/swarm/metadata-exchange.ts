import { concat, equalBytes, PeerageError, type World } from '../base/index.ts'
import { decodeMetadataMessage, encodeMetadataMessage, metadataBlockBytes } from '../wire/index.ts'
import type { SwarmConfig } from './config.ts'
import type { PeerState } from './peer-state.ts'

export interface MetadataParts {
  readonly world: World
  readonly config: SwarmConfig
  /** The hash that the info dictionary must have: SHA-256 (32 bytes), or SHA-1 (20 bytes) where it is known by that. */
  readonly infoHash: Uint8Array
  hash(bytes: Uint8Array, algorithm: 'sha256' | 'sha1'): PromiseLike<Uint8Array>
  /** The info dictionary, once it is known: what others are answered with. */
  info(): Uint8Array | undefined
  peers(): Iterable<PeerState>
  onInfo(info: Uint8Array): void
  onLie(peer: PeerState): void
}

/** The blocks of one size that peers announce. */
interface Attempt {
  readonly size: number
  readonly blocks: (Uint8Array | undefined)[]
  readonly suppliers: Set<PeerState>
  /** Block -> who was asked and when. */
  readonly asked: Map<number, { peer: PeerState; at: number }>
  /** Only this peer is asked: an attempt with several of them was false, and now the liar shall be known. */
  readonly alone: PeerState | undefined
  missing: number
  /** Bytes of the blocks that are there. */
  bytes: number
  readonly startedAt: number
  progressAt: number
  /** When others get their chance, if only one peer is asked. */
  readonly until: number
}

const blocksPerPeer = 32
const patienceMs = 10_000
/** So many seconds' worth of blocks may come at once. */
const burstSeconds = 2
/** So often a lone peer may take twice as long as the one before it: slow is not false. */
const mostDoublings = 10

/**
 * Fetches the info dictionary from peers and gives it to others (BEP 9, `ut_metadata`). Sizes are hearsay, so all that are
 * announced are tried at once: whoever lies about the size, or sends an endless dictionary, costs its own turn and not that of
 * the others.
 */
export class MetadataExchange {
  readonly #parts: MetadataParts
  /** By size; no more than there are peers. */
  readonly #attempts = new Map<number, Attempt>()
  /** Sizes of which what came from several peers was false. */
  readonly #mixedFailed = new Set<number>()
  #lone = 0
  /** Peers that rejected or stalled; asked again when nobody else is left. */
  readonly #useless = new Set<PeerState>()

  constructor(parts: MetadataParts) {
    this.#parts = parts
  }

  get done(): boolean {
    return this.#parts.info() !== undefined
  }

  /** A peer said what it has (extension handshake), or there is room to ask: go on. */
  advance(): void {
    if (this.done) {
      this.#attempts.clear()
      return
    }
    const bySize = Map.groupBy(this.#usable(), peer => peer.metadataSize!)
    // Whoever announced that size is gone.
    for (const [size, { missing }] of this.#attempts)
      if (missing > 0 && !bySize.has(size)) this.#attempts.delete(size)
    for (const [size, peers] of bySize) {
      const attempt = this.#attempts.get(size) ?? this.#start(size, peers)
      for (const peer of peers)
        if (attempt.missing > 0 && (attempt.alone ?? peer) === peer) this.#ask(attempt, peer)
    }
  }

  /** An `extended` message of this extension. Throws what the decoder throws. */
  receive(peer: PeerState, payload: Uint8Array): void {
    const message = decodeMetadataMessage(payload)
    if (message === undefined) return
    if (message.type === 'data') this.#take(peer, message.piece, message.totalSize, message.data)
    else if (message.type === 'request') this.#answer(peer, message.piece)
    else this.#rejected(peer, message.piece)
  }

  leave(peer: PeerState): void {
    this.#useless.delete(peer)
    this.#takeBack(peer)
    this.advance()
  }

  tick(): void {
    if (this.done) return
    const now = this.#parts.world.now()
    for (const attempt of [...this.#attempts.values()]) {
      if (attempt.missing === 0) continue
      for (const [block, asked] of attempt.asked) {
        if (asked.at > now - patienceMs) continue
        attempt.asked.delete(block)
        if (this.#hasOther(attempt.size, asked.peer)) this.#useless.add(asked.peer)
      }
      if (attempt.alone !== undefined && attempt.until < now) this.#useless.add(attempt.alone)
      else if (attempt.progressAt >= now - patienceMs) continue
      this.#attempts.delete(attempt.size)
    }
    this.advance()
  }

  /** Somebody else announces this size. Who is alone with it is late rather than useless: nobody could take its place. */
  #hasOther(size: number, peer: PeerState): boolean {
    for (const other of this.#parts.peers()) if (other !== peer && other.metadataSize === size) return true
    return false
  }

  #start(size: number, peers: readonly PeerState[]): Attempt {
    const count = Math.ceil(size / metadataBlockBytes)
    const now = this.#parts.world.now()
    const alone = this.#mixedFailed.has(size) ? peers[0] : undefined
    const doublings = alone === undefined ? 0 : Math.min(mostDoublings, this.#lone++)
    const attempt = {
      size,
      blocks: new Array<Uint8Array | undefined>(count).fill(undefined),
      suppliers: new Set<PeerState>(),
      asked: new Map(),
      alone,
      missing: count,
      bytes: 0,
      startedAt: now,
      progressAt: now,
      until: now + patienceMs * 2 ** doublings,
    }
    this.#attempts.set(size, attempt)
    return attempt
  }

  #usable(): PeerState[] {
    const all = [...this.#parts.peers()].filter(
      peer =>
        !peer.closed &&
        peer.metadataId !== undefined &&
        peer.metadataSize !== undefined &&
        peer.metadataSize > 0 &&
        peer.metadataSize <= this.#parts.config.maxMetadataBytes,
    )
    const fresh = all.filter(peer => !this.#useless.has(peer))
    if (fresh.length === 0) this.#useless.clear()
    return fresh.length > 0 ? fresh : all
  }

  #ask(attempt: Attempt, peer: PeerState): void {
    let open = 0
    for (const asked of attempt.asked.values()) if (asked.peer === peer) open++
    const at = this.#parts.world.now()
    const limit = Math.min(blocksPerPeer, open + this.#allowance(attempt, at))
    for (let block = 0; block < attempt.blocks.length && open < limit; block++) {
      if (attempt.blocks[block] !== undefined || attempt.asked.has(block)) continue
      attempt.asked.set(block, { peer, at })
      this.#send(peer, encodeMetadataMessage({ type: 'request', piece: block }))
      open++
    }
  }

  /** Blocks that may be asked for by now. Nothing of them can be believed before the last one came, so memory fills slowly. */
  #allowance({ startedAt, blocks, missing, asked }: Attempt, now: number): number {
    const seconds = burstSeconds + (now - startedAt) / 1000
    const allowed = (seconds * this.#parts.config.metadataBytesPerSecond) / metadataBlockBytes
    return Math.max(0, Math.ceil(allowed) - (blocks.length - missing) - asked.size)
  }

  #take(peer: PeerState, block: number, size: number, data: Uint8Array): void {
    const attempt = this.#attempts.get(size)
    if (attempt?.asked.get(block)?.peer !== peer) return
    attempt.asked.delete(block)
    attempt.blocks[block] = data
    attempt.suppliers.add(peer)
    attempt.missing--
    attempt.bytes += data.length
    attempt.progressAt = this.#parts.world.now()
    this.#holdBound()
    if (attempt.missing === 0) this.#check(attempt)
    else if (attempt.asked.size % 8 === 0 || attempt.missing < blocksPerPeer) this.advance()
  }

  /** All attempts together hold no more than the longest info dictionary: the largest of them gives way. */
  #holdBound(): void {
    const attempts = [...this.#attempts.values()].sort((a, b) => b.bytes - a.bytes)
    const held = attempts.reduce((sum, { bytes }) => sum + bytes, 0)
    const [largest] = attempts
    if (largest === undefined || held <= this.#parts.config.maxMetadataBytes) return
    this.#attempts.delete(largest.size)
    for (const supplier of largest.suppliers) this.#useless.add(supplier)
  }

  #check(attempt: Attempt): void {
    const info = concat(attempt.blocks as Uint8Array[])
    const forget = (): void => {
      if (this.#attempts.get(attempt.size) === attempt) this.#attempts.delete(attempt.size)
    }
    const judge = (hash: Uint8Array): void => {
      forget()
      if (this.done) return
      if (equalBytes(hash, this.#parts.infoHash)) this.#parts.onInfo(info)
      else this.#refuse(attempt)
    }
    this.#parts.hash(info, this.#parts.infoHash.length === 20 ? 'sha1' : 'sha256').then(judge, forget)
  }

  #refuse(attempt: Attempt): void {
    const [only] = attempt.suppliers
    if (attempt.suppliers.size === 1 && only !== undefined) this.#parts.onLie(only)
    else this.#mixedFailed.add(attempt.size)
    this.advance()
  }

  #rejected(peer: PeerState, block: number): void {
    const attempt = this.#attempts.get(peer.metadataSize ?? 0)
    if (attempt?.asked.get(block)?.peer !== peer) return
    this.#useless.add(peer)
    this.#takeBack(peer)
    this.advance()
  }

  /** What this peer was asked for, others may be. */
  #takeBack(peer: PeerState): void {
    for (const attempt of this.#attempts.values()) {
      for (const [block, asked] of attempt.asked) if (asked.peer === peer) attempt.asked.delete(block)
      if (attempt.alone === peer && attempt.missing > 0) this.#attempts.delete(attempt.size)
    }
  }

  #answer(peer: PeerState, block: number): void {
    const info = this.#parts.info()
    const start = block * metadataBlockBytes
    if (info === undefined || start >= info.length) {
      this.#send(peer, encodeMetadataMessage({ type: 'reject', piece: block }))
      return
    }
    const data = info.subarray(start, start + metadataBlockBytes)
    this.#send(peer, encodeMetadataMessage({ type: 'data', piece: block, totalSize: info.length, data }))
  }

  #send(peer: PeerState, payload: Uint8Array): void {
    if (peer.metadataId === undefined)
      throw new PeerageError('wire.invalid', 'A peer asks in an extension it has not named.')
    peer.pipe.send({ type: 'extended', id: peer.metadataId, payload })
  }
}
