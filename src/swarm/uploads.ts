import { PeerageError, type World } from '../base/index.ts'
import type { SwarmConfig } from './config.ts'
import type { Layout } from './layout.ts'
import type { PeerState, UploadRequest } from './peer-state.ts'
import type { ContentPort, Lease, UploadAllowance } from './ports.ts'
import { leafBytes } from './request-depth.ts'

export interface UploadsParts {
  readonly world: World
  readonly config: SwarmConfig
  readonly port: ContentPort
  readonly layout: Layout
  /** False: not now, others are served first (see `Spread`). */
  admit(peer: PeerState, piece: number): boolean
  /** Feed this peer again in so many milliseconds: a rate limit holds it back. */
  later(peer: PeerState, ms: number): void
  /** It got all that it may, and what was on its way from the disk has been sent. */
  onExhausted(peer: PeerState): void
  /** The store cannot read this piece any more. */
  onFailed(piece: number, error: PeerageError): void
}

const leastBudget = 131_072
/** What a pipe should hold of this peer's data, in time. */
const budgetMs = 250
/** Blocks that follow one another are read together, up to so many bytes: each visit to the disk costs more than a block. */
const mostReadTogether = 262_144

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
    const vain = choked || full || peer.isExhausted || !port.have.has(piece)
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
      const room = peer.uploadBudget - peer.reading - peer.pipe.bufferedBytes
      if (room <= 0) return
      const wait = peer.uploadLimit.waitMs(this.#parts.world.now())
      if (wait > 0) {
        this.#parts.later(peer, wait)
        return
      }
      const most = Math.min(room, mostReadTogether)
      if (peer.allowance === undefined) this.#read(peer, takeRun(peer.uploads, most))
      else this.#readWithin(peer, peer.allowance, most)
    }
  }

  /** Reads what the peer may still get, paid for before; else rejects the first request, and all when nothing fits any more. */
  #readWithin(peer: PeerState, allowance: UploadAllowance, most: number): void {
    const { left } = allowance
    if (peer.uploads[0]!.length <= left) {
      const run = takeRun(peer.uploads, Math.min(most, left))
      if (allowance.take(run.length)) {
        this.#read(peer, run, allowance)
        return
      }
      for (const block of run.blocks) this.#reject(peer, block)
    } else if (left >= leafBytes) {
      this.#reject(peer, peer.uploads.shift()!)
      return
    }
    // Less than a block is worth nothing to anybody; without it everybody agrees that nothing is left.
    allowance.take(left)
    peer.isExhausted = true
    for (const request of peer.uploads.splice(0)) this.#reject(peer, request)
    if (peer.reading === 0) this.#parts.onExhausted(peer)
  }

  #read(peer: PeerState, run: Run, paidBy?: UploadAllowance): void {
    const { piece, begin, length } = run
    peer.reading += length
    peer.uploadLimit.spend(length)
    this.#parts.port.loan(piece, begin, length).then(
      loan => this.#send(peer, run, loan, paidBy),
      (error: unknown) => this.#fail(peer, run, error, paidBy),
    )
  }

  #send(peer: PeerState, run: Run, loan: Lease, paidBy: UploadAllowance | undefined): void {
    peer.reading -= run.length
    if (this.#closed || peer.closed) {
      paidBy?.giveBack(run.length)
      loan.release()
      return
    }
    let unsent = run.blocks.length
    const release = (): void => {
      if (--unsent === 0) loan.release()
    }
    for (const { piece, begin, length } of run.blocks) {
      const data = loan.bytes.subarray(begin - run.begin, begin - run.begin + length)
      peer.pipe.send({ type: 'piece', piece, begin, length, data }, release)
    }
    const now = this.#parts.world.now()
    peer.up.add(run.length, now)
    peer.lastUploadAt = now
    peer.vainRequests = 0
    peer.uploadedSinceUnchoke += run.length
    if (peer.isExhausted && peer.reading === 0) this.#parts.onExhausted(peer)
    else this.feed(peer)
  }

  #fail(peer: PeerState, run: Run, error: unknown, paidBy: UploadAllowance | undefined): void {
    peer.reading -= run.length
    peer.uploadLimit.refund(run.length)
    paidBy?.giveBack(run.length)
    if (this.#closed) return
    if (!peer.closed) for (const block of run.blocks) this.#reject(peer, block)
    this.#parts.onFailed(
      run.piece,
      error instanceof PeerageError
        ? error
        : new PeerageError('store.io', 'The store failed to read a block.', { cause: error }),
    )
  }

  #reject(peer: PeerState, { piece, begin, length }: UploadRequest): void {
    if (peer.fast) peer.pipe.send({ type: 'reject', piece, begin, length })
  }
}

/** Blocks of one piece, each beginning where the one before ends. */
interface Run extends UploadRequest {
  readonly blocks: readonly UploadRequest[]
}

/** Takes the first request, and those right behind it as long as all have fewer than `bytes`. */
function takeRun(requests: UploadRequest[], bytes: number): Run {
  const { piece, begin, length: first } = requests[0]!
  let length = first
  let count = 1
  for (; count < requests.length; count++) {
    const next = requests[count]!
    if (next.piece !== piece || next.begin !== begin + length || length + next.length > bytes) break
    length += next.length
  }
  return { piece, begin, length, blocks: requests.splice(0, count) }
}
