import type { Timer, TokenBucket, World } from '../../base/index.ts'
import type { PeerStream } from '../peer-stream.ts'

/** Bytes that wait to be passed on, from which the one who sends them has to wait. */
const highWater = 256 * 1024
/** What is lent for one piece: a TLS record with room. */
const pieceBytes = 16 * 1024

/** Buffers that are used again: one for each piece would cost more than passing it on. */
const spare: Uint8Array[] = []
const maxSpare = 64

export interface PipeOptions {
  readonly world: World
  readonly from: PeerStream
  readonly to: PeerStream
  /** What has come before. */
  readonly rest: Uint8Array
  /** What this peer relays in all. */
  readonly rate: TokenBucket
  /** Counts what is passed on; false: it is too much, and is not. */
  count(bytes: number): boolean
}

/** Passes bytes on in one direction, no faster than they can go and than is allowed. */
export class Pipe {
  readonly #options: PipeOptions
  #isFull = false
  #late: Timer | undefined

  constructor(options: PipeOptions) {
    this.#options = options
  }

  start(): void {
    const { from, to, rest } = this.#options
    to.onSent(() => this.#sent())
    if (rest.length > 0) this.#pass(rest)
    from.onEnd(() => void to.closeWrite().catch(() => undefined))
    from.onData(chunk => this.#pass(chunk))
    this.#go()
  }

  stop(): void {
    this.#late?.cancel()
  }

  #pass(chunk: Uint8Array): void {
    const { world, to, rate, count } = this.#options
    if (!count(chunk.length)) return
    for (let at = 0; at < chunk.length; at += pieceBytes) this.#send(chunk.subarray(at, at + pieceBytes))
    rate.spend(chunk.length)
    if (to.bufferedBytes >= highWater) this.#isFull = true
    const waitMs = rate.waitMs(world.now())
    if (waitMs > 0)
      this.#late ??= world.after(waitMs, () => {
        this.#late = undefined
        this.#go()
      })
    if (this.#isFull || waitMs > 0) this.#options.from.pause()
  }

  #send(piece: Uint8Array): void {
    const buffer = spare.pop() ?? new Uint8Array(pieceBytes)
    buffer.set(piece)
    this.#options.to.send(buffer.subarray(0, piece.length), () => {
      if (spare.length < maxSpare) spare.push(buffer)
    })
  }

  #sent(): void {
    if (!this.#isFull || this.#options.to.bufferedBytes * 2 > highWater) return
    this.#isFull = false
    this.#go()
  }

  #go(): void {
    if (!this.#isFull && this.#late === undefined) this.#options.from.resume()
  }
}
