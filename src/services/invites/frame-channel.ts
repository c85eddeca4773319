import type { SealedChannel } from '../../access/index.ts'
import { concat, PeerageError, type Timer, type World } from '../../base/index.ts'
import type { PeerStream } from '../../network/index.ts'
import { encodeFrame, inviteFrameReader, inviteLimits } from '../../wire/index.ts'

/** Bytes that may wait for whoever reads; more pause the stream. */
const maxWaitingBytes = 131_072
/** How long the other side may take for what is due at once. */
const frameMs = 15_000

/** Frames, one after another, on a stream between two peers, or on one that a third passes on. */
export class FrameChannel {
  readonly stream: PeerStream
  readonly #world: World
  #rest: Uint8Array = new Uint8Array(0)
  #ended: Error | undefined
  #wake: (() => void) | undefined

  constructor(world: World, stream: PeerStream) {
    this.#world = world
    this.stream = stream
    stream.onClose(error => this.#end(error ?? gone()))
    stream.onEnd(() => this.#end(gone()))
    stream.onData(chunk => {
      this.#rest = concat([this.#rest, chunk])
      if (this.#rest.length > maxWaitingBytes) stream.pause()
      this.#wake?.()
    })
  }

  /**
   * The next frame without its prefix; waits for it so long. Rejects with `wire.*`, `peer.protocol` when the stream ends or the frame
   * does not come.
   */
  async next(
    maxBytes: number = inviteLimits.frameBytes,
    waitMs: number | 'for ever' = frameMs,
  ): Promise<Uint8Array> {
    const reader = inviteFrameReader(maxBytes)
    let late = false
    const timer: Timer | undefined =
      waitMs === 'for ever'
        ? undefined
        : this.#world.after(waitMs, () => {
            late = true
            this.#wake?.()
          })
    try {
      for (;;) {
        const { consumed, frame } = reader.push(this.#rest)
        this.#rest = this.#rest.slice(consumed)
        if (frame !== undefined) return frame
        if (this.#ended !== undefined) throw this.#ended
        if (late) throw new PeerageError('peer.protocol', 'The other side did not answer in time.')
        await this.#more()
      }
    } finally {
      timer?.cancel()
    }
  }

  send(frame: Uint8Array): void {
    this.stream.send(frame)
  }

  /** Resolves as soon as something is there to be read, or with false when nothing comes any more. */
  async hasMore(): Promise<boolean> {
    while (this.#rest.length === 0 && this.#ended === undefined) await this.#more()
    return this.#rest.length > 0
  }

  /** Gives the stream, paused, to somebody else, with what came and was not read. */
  detach(): Uint8Array {
    this.stream.pause()
    this.stream.onData(() => undefined)
    return this.#rest
  }

  async close(): Promise<void> {
    await this.stream.close().catch(() => undefined)
  }

  abort(why: string): void {
    this.stream.abort(new Error(why))
  }

  #more(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
      this.stream.resume()
    })
  }

  #end(error: Error): void {
    this.#ended ??= error
    this.#wake?.()
  }
}

/** Messages that only the other end of an exchange can read. */
export class SealedFrames {
  readonly channel: FrameChannel
  readonly #sealed: SealedChannel

  constructor(channel: FrameChannel, sealed: SealedChannel) {
    this.channel = channel
    this.#sealed = sealed
  }

  send(message: Uint8Array): void {
    this.channel.send(encodeFrame(this.#sealed.seal(message), inviteLimits.frameBytes))
  }

  /** As `FrameChannel.next`; rejects with `peer.protocol` also for what is not from the other end. */
  async next(waitMs?: number | 'for ever'): Promise<Uint8Array> {
    const message = this.#sealed.open(await this.channel.next(inviteLimits.frameBytes, waitMs))
    if (message === undefined)
      throw new PeerageError('peer.protocol', 'A sealed message was changed on its way.')
    return message
  }
}

function gone(): PeerageError {
  return new PeerageError('peer.protocol', 'The other side is gone.')
}
