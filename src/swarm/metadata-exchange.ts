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

interface Attempt {
  readonly size: number
  readonly blocks: (Uint8Array | undefined)[]
  readonly suppliers: Set<PeerState>
  /** Block -> who was asked and when. */
  readonly asked: Map<number, { peer: PeerState; at: number }>
  /** Only this peer is asked: an attempt with several of them was false, and now the liar shall be known. */
  readonly alone: PeerState | undefined
  missing: number
  progressAt: number
  /** When peers that announce another size get their chance. */
  readonly until: number
}

const blocksPerPeer = 32
const patienceMs = 10_000
/** So often an attempt may take twice as long as the one before it: slow is not false. */
const mostDoublings = 10

/** Fetches the info dictionary from peers and gives it to others (BEP 9, `ut_metadata`). */
export class MetadataExchange {
  readonly #parts: MetadataParts
  #attempt: Attempt | undefined
  #hashing = false
  #mixedFailed = false
  #attempts = 0
  /** Peers that rejected, stalled or announced a size that led nowhere; asked again when nobody else is left. */
  readonly #useless = new Set<PeerState>()

  constructor(parts: MetadataParts) {
    this.#parts = parts
  }

  get done(): boolean {
    return this.#parts.info() !== undefined
  }

  /** A peer said what it has (extension handshake), or there is room to ask: go on. */
  advance(): void {
    if (this.done || this.#hashing) return
    // Whoever announced that size is gone.
    if (this.#attempt !== undefined && this.#candidates(this.#attempt).length === 0) this.#attempt = undefined
    this.#attempt ??= this.#start()
    if (this.#attempt === undefined) return
    for (const peer of this.#candidates(this.#attempt)) this.#ask(this.#attempt, peer)
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
    const attempt = this.#attempt
    if (attempt === undefined) return
    for (const [block, asked] of attempt.asked) if (asked.peer === peer) attempt.asked.delete(block)
    if (attempt.alone === peer) this.#attempt = undefined
    this.advance()
  }

  tick(): void {
    const attempt = this.#attempt
    if (this.done || this.#hashing) return
    const late = this.#parts.world.now() - patienceMs
    if (attempt !== undefined) {
      for (const [block, asked] of attempt.asked) {
        if (asked.at > late) continue
        attempt.asked.delete(block)
        this.#useless.add(asked.peer)
      }
      if (attempt.progressAt < late) this.#attempt = undefined
      else if (attempt.until < this.#parts.world.now()) this.#tryAnotherSize(attempt)
    }
    this.advance()
  }

  /** A peer that sends blocks of nothing, one at a time, may not keep us from asking the others for ever. */
  #tryAnotherSize(attempt: Attempt): void {
    if (this.#usable().every(peer => peer.metadataSize === attempt.size)) return
    for (const peer of this.#candidates(attempt)) this.#useless.add(peer)
    this.#attempt = undefined
  }

  /** Sizes are hearsay: the one that most peers announce first, and of equal ones the smallest, which is tried soonest. */
  #start(): Attempt | undefined {
    const usable = this.#usable()
    const votes = new Map<number, number>()
    for (const peer of usable) votes.set(peer.metadataSize!, (votes.get(peer.metadataSize!) ?? 0) + 1)
    const [best] = [...votes].sort(([a, forA], [b, forB]) => forB - forA || a - b)
    if (best === undefined) return undefined
    const [size] = best
    const count = Math.ceil(size / metadataBlockBytes)
    const now = this.#parts.world.now()
    const doublings = Math.min(mostDoublings, this.#attempts++)
    return {
      size,
      blocks: new Array<Uint8Array | undefined>(count).fill(undefined),
      suppliers: new Set(),
      asked: new Map(),
      alone: this.#mixedFailed ? usable.find(peer => peer.metadataSize === size) : undefined,
      missing: count,
      progressAt: now,
      until: now + patienceMs * 2 ** doublings,
    }
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

  #candidates(attempt: Attempt): PeerState[] {
    return this.#usable().filter(
      peer => peer.metadataSize === attempt.size && (attempt.alone === undefined || attempt.alone === peer),
    )
  }

  #ask(attempt: Attempt, peer: PeerState): void {
    let open = 0
    for (const asked of attempt.asked.values()) if (asked.peer === peer) open++
    const at = this.#parts.world.now()
    for (let block = 0; block < attempt.blocks.length && open < blocksPerPeer; block++) {
      if (attempt.blocks[block] !== undefined || attempt.asked.has(block)) continue
      attempt.asked.set(block, { peer, at })
      this.#send(peer, encodeMetadataMessage({ type: 'request', piece: block }))
      open++
    }
  }

  #take(peer: PeerState, block: number, size: number, data: Uint8Array): void {
    const attempt = this.#attempt
    if (attempt === undefined || attempt.size !== size || attempt.asked.get(block)?.peer !== peer) return
    attempt.asked.delete(block)
    attempt.blocks[block] = data
    attempt.suppliers.add(peer)
    attempt.missing--
    attempt.progressAt = this.#parts.world.now()
    if (attempt.missing === 0) this.#check(attempt)
    else if (attempt.asked.size % 8 === 0 || attempt.missing < blocksPerPeer) this.advance()
  }

  #check(attempt: Attempt): void {
    this.#hashing = true
    const info = concat(attempt.blocks as Uint8Array[])
    const judge = (hash: Uint8Array): void => {
      this.#hashing = false
      this.#attempt = undefined
      if (this.done) return
      if (equalBytes(hash, this.#parts.infoHash)) this.#parts.onInfo(info)
      else this.#refuse(attempt)
    }
    this.#parts.hash(info, this.#parts.infoHash.length === 20 ? 'sha1' : 'sha256').then(judge, () => {
      this.#hashing = false
      this.#attempt = undefined
    })
  }

  #refuse(attempt: Attempt): void {
    const [only] = attempt.suppliers
    if (attempt.suppliers.size === 1 && only !== undefined) this.#parts.onLie(only)
    else this.#mixedFailed = true
    this.advance()
  }

  #rejected(peer: PeerState, block: number): void {
    const attempt = this.#attempt
    if (attempt?.asked.get(block)?.peer !== peer) return
    for (const [asked, { peer: by }] of attempt.asked) if (by === peer) attempt.asked.delete(asked)
    this.#useless.add(peer)
    if (attempt.alone === peer) this.#attempt = undefined
    this.advance()
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
