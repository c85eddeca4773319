import { concat, PeerageError, type World } from '../../base/index.ts'
import { circuitLimits, takeDelimited } from '../../wire/index.ts'
import type { PeerStream } from '../peer-stream.ts'

/** How long the other side may take to close what this side has closed. */
const closeMs = 5_000

/** The messages at the beginning of a stream; what follows them is somebody else's. Never holds more than a message and a chunk. */
export class MessageStream {
  readonly stream: PeerStream
  #rest: Uint8Array = new Uint8Array(0)
  #ended: Error | undefined
  #isDetached = false
  #wake: (() => void) | undefined

  constructor(stream: PeerStream) {
    this.stream = stream
    stream.onEnd(() => this.#end(gone()))
    stream.onClose(error => this.#end(error ?? gone()))
    stream.onData(chunk => {
      this.#rest = concat([this.#rest, chunk])
      stream.pause()
      this.#wake?.()
    })
  }

  /** The next message without its length. Rejects with `wire.*`, with `peer.protocol` when it does not come in time, `signal.reason`. */
  async next(world: World, waitMs: number, signal?: AbortSignal): Promise<Uint8Array> {
    let late = false
    const wake = (): void => this.#wake?.()
    const timer = world.after(waitMs, () => {
      late = true
      wake()
    })
    signal?.addEventListener('abort', wake, { once: true })
    try {
      for (;;) {
        signal?.throwIfAborted()
        const taken = takeDelimited(this.#rest, circuitLimits.message)
        if (taken !== undefined) {
          this.#rest = taken.rest
          return taken.frame
        }
        if (this.#ended !== undefined) throw this.#ended
        if (late) throw new PeerageError('peer.protocol', 'The other side did not answer in time.')
        await this.#more()
      }
    } finally {
      timer.cancel()
      signal?.removeEventListener('abort', wake)
    }
  }

  send(message: Uint8Array): void {
    this.stream.send(message)
  }

  /** Gives the stream, paused, to somebody else, with what came behind the last message. */
  detach(): Uint8Array {
    this.#isDetached = true
    this.stream.pause()
    return this.#rest
  }

  /** Whether the other side is gone, or sends no more. */
  get hasEnded(): boolean {
    return this.#ended !== undefined
  }

  /** Ends it after what was sent, and soon altogether, whether the other side does so or not. */
  close(world: World): void {
    this.#isDetached = true
    const timer = world.after(closeMs, () => this.stream.abort(new Error('It was not closed in time.')))
    this.stream.onClose(() => timer.cancel())
    this.stream.close().catch(() => undefined)
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
    if (this.#isDetached) return
    this.#ended ??= error
    this.#wake?.()
  }
}

function gone(): PeerageError {
  return new PeerageError('peer.protocol', 'The other side is gone.')
}
