import { PeerageError, type Timer, TokenBucket, type World } from '../../base/index.ts'
import type { PeerStream } from '../../network/index.ts'
import { decodeGossip, type GossipMessage, gossipFrameReader } from '../../wire/index.ts'
import type { GossipConfig } from './config.ts'

export interface FramesParts {
  readonly world: World
  readonly config: GossipConfig
  readonly stream: PeerStream
  /** The next one waits for this. */
  onMessage(message: GossipMessage): Promise<void>
  /** Something in the stream is malformed: no more comes. */
  onMalformed(error: PeerageError): void
}

/**
 * Reads the messages of one stream, one after the other and one a turn of the event loop, as each may cost the check of many signatures;
 * and no faster than the peer may talk. What waits is bounded by one chunk: meanwhile the stream stands still.
 */
export class Frames {
  /** Bytes that came in all. */
  bytes = 0
  readonly #parts: FramesParts
  readonly #allowance: TokenBucket
  #reader = gossipFrameReader()
  #waiting: Uint8Array[] = []
  #timer: Timer | undefined
  #ended = false
  #held = false
  #busy = false

  constructor(parts: FramesParts) {
    const { world, config, stream } = parts
    this.#parts = parts
    this.#allowance = new TokenBucket(config.bytesPerSecond, world.now(), config.burstBytes)
    stream.onData(chunk => this.#push(chunk))
  }

  /** Reads no further until what was answered has been taken: who asks and does not listen costs no memory. */
  holdUntilSent(): void {
    if (this.#held) return
    this.#held = true
    this.#parts.stream.drained().then(
      () => {
        this.#held = false
        this.#later(0)
      },
      () => undefined,
    )
  }

  end(): void {
    this.#ended = true
    this.#timer?.cancel()
    this.#waiting = []
  }

  #push(chunk: Uint8Array): void {
    if (this.#ended) return
    this.bytes += chunk.length
    const pauseMs = this.#pauseFor(chunk.length)
    try {
      for (let at = 0; at < chunk.length; ) {
        const { consumed, frame } = this.#reader.push(chunk.subarray(at))
        at += consumed
        if (frame === undefined) break
        this.#waiting.push(frame)
        this.#reader = gossipFrameReader()
      }
    } catch (error) {
      return void this.#malformed(error)
    }
    if (this.#waiting.length === 0 && pauseMs === 0) return
    this.#parts.stream.pause()
    this.#later(pauseMs)
  }

  /** Milliseconds after which more may be read. */
  #pauseFor(bytes: number): number {
    const now = this.#parts.world.now()
    // What a rest has earned counts before, so that it is never more than the burst.
    this.#allowance.waitMs(now)
    this.#allowance.spend(bytes)
    return this.#allowance.waitMs(now)
  }

  #later(delayMs: number): void {
    this.#timer?.cancel()
    if (!this.#ended) this.#timer = this.#parts.world.after(delayMs, () => void this.#next())
  }

  async #next(): Promise<void> {
    if (this.#held || this.#busy) return
    const frame = this.#waiting.shift()
    this.#busy = true
    try {
      if (frame !== undefined) await this.#parts.onMessage(decodeGossip(frame))
    } catch (error) {
      // The whole peer may have been stopped meanwhile.
      if (!this.#ended) this.#malformed(error)
    }
    this.#busy = false
    if (this.#ended) return
    if (this.#waiting.length > 0) this.#later(0)
    else this.#parts.stream.resume()
  }

  #malformed(error: unknown): void {
    this.end()
    if (!(error instanceof PeerageError)) throw error
    this.#parts.onMalformed(error)
  }
}
