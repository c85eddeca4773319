import { PeerageError, type World } from '../base/index.ts'
import type { SwarmConfig } from './config.ts'
import type { Layout } from './layout.ts'
import type { PeerState, UploadRequest } from './peer-state.ts'
import type { ContentPort, Lease } from './ports.ts'

export interface UploadsParts {
  readonly world: World
  readonly config: SwarmConfig
  readonly port: ContentPort
  readonly layout: Layout
  /** False: not now, others are served first (see `Spread`). */
  admit(peer: PeerState, piece: number): boolean
  /** Feed this peer again in so many milliseconds: a rate limit holds it back. */
  later(peer: PeerState, ms: number): void
  /** The store cannot read this piece any more. */
  onFailed(piece: number, error: PeerageError): void
}

const leastBudget = 131_072
/** What a pipe should hold of this peer's data, in time. */
const budgetMs = 250

/** Answers requests: bounded queues, reads no faster than the pipe drains, within the rate limits. */
export class Uploads {
  readonly #parts: UploadsParts
  #closed = false

  constructor(parts: UploadsParts) {
    this.#parts = parts
  }

  close(): void {
    this.#closed = true
  }

  /** Queues a request, or rejects it. False when it asks for what cannot be: the peer breaks the protocol. */
  request(peer: PeerState, piece: number, begin: number, length: number): boolean {
    const { layout, config, port } = this.#parts
    if (!layout.contains(piece, begin, length) || length > config.maxRequestBytes) return false
    const choked = peer.amChoking && !peer.allowedFastOut.has(piece)
    const full = peer.uploads.length >= config.maxQueuedRequests
    const vain = choked || full || !port.have.has(piece)
    if (vain) peer.vainRequests++
    if (vain || !this.#parts.admit(peer, piece)) this.#reject(peer, { piece, begin, length })
    else peer.uploads.push({ piece, begin, length })
    return true
  }

  /** BEP 6: a cancelled request is still answered, with a reject. */
  cancel(peer: PeerState, piece: number, begin: number, length: number): void {
    const at = peer.uploads.findIndex(r => r.piece === piece && r.begin === begin && r.length === length)
    if (at < 0) return
    peer.uploads.splice(at, 1)
    this.#reject(peer, { piece, begin, length })
  }

  /** We choke it now: what waits is rejected, except what it may ask for anyway (BEP 6). */
  choked(peer: PeerState): void {
    for (const request of peer.uploads.splice(0)) {
      if (peer.allowedFastOut.has(request.piece)) peer.uploads.push(request)
      else this.#reject(peer, request)
    }
  }

  /** The pipe has drained: if it ran empty although more was wanted, more is kept ready from now on. */
  drained(peer: PeerState): void {
    if (peer.pipe.bufferedBytes === 0 && peer.uploads.length > 0)
      peer.uploadBudget = Math.min(peer.uploadBudget * 2, this.#parts.config.uploadBufferBytes)
    this.feed(peer)
  }

  /** Once a second: a peer that turned slow is not read ahead for as if it were fast. */
  adapt(peer: PeerState, now: number): void {
    const enough = Math.max(leastBudget, (peer.up.rate(now) * budgetMs) / 1000)
    if (peer.uploadBudget > 2 * enough) peer.uploadBudget = Math.max(enough, peer.uploadBudget / 2)
  }

  /** Reads ahead for one peer as far as its pipe and the limits allow. */
  feed(peer: PeerState): void {
    while (peer.uploads.length > 0 && !peer.closed) {
      if (peer.reading + peer.pipe.bufferedBytes >= peer.uploadBudget) return
      const wait = peer.uploadLimit.waitMs(this.#parts.world.now())
      if (wait > 0) {
        this.#parts.later(peer, wait)
        return
      }
      this.#read(peer, peer.uploads.shift()!)
    }
  }

  #read(peer: PeerState, request: UploadRequest): void {
    const { piece, begin, length } = request
    peer.reading += length
    peer.uploadLimit.spend(length)
    this.#parts.port.loan(piece, begin, length).then(
      loan => this.#send(peer, request, loan),
      (error: unknown) => this.#fail(peer, request, error),
    )
  }

  #send(peer: PeerState, request: UploadRequest, loan: Lease): void {
    peer.reading -= request.length
    if (this.#closed || peer.closed) {
      loan.release()
      return
    }
    const { piece, begin, length } = request
    const now = this.#parts.world.now()
    peer.pipe.send({ type: 'piece', piece, begin, length, data: loan.bytes }, () => loan.release())
    peer.up.add(length, now)
    peer.lastUploadAt = now
    peer.vainRequests = 0
    peer.uploadedSinceUnchoke += length
    this.feed(peer)
  }

  #fail(peer: PeerState, request: UploadRequest, error: unknown): void {
    peer.reading -= request.length
    peer.uploadLimit.refund(request.length)
    if (this.#closed) return
    if (!peer.closed) this.#reject(peer, request)
    this.#parts.onFailed(
      request.piece,
      error instanceof PeerageError
        ? error
        : new PeerageError('store.io', 'The store failed to read a block.', { cause: error }),
    )
  }

  #reject(peer: PeerState, { piece, begin, length }: UploadRequest): void {
    if (peer.fast) peer.pipe.send({ type: 'reject', piece, begin, length })
  }
}
