import { PeerageError, type World } from '../../base/index.ts'
import {
  type DcutrMessage,
  DelimitedReader,
  dcutrLimits,
  decodeDcutr,
  encodeDcutr,
} from '../../wire/index.ts'
import { orAborted } from '../or-aborted.ts'
import type { PeerStream } from '../peer-stream.ts'

/** More than two messages of a side are none of this protocol. */
const maxWaiting = 2

/** What two peers say on one stream before they send at once (libp2p specs `relay/DCUtR.md`). */
export class Conversation {
  readonly #stream: PeerStream
  readonly #world: World
  readonly #reader = new DelimitedReader(dcutrLimits.message)
  readonly #messages: DcutrMessage[] = []
  #error: Error | undefined
  #wake: PromiseWithResolvers<void> = Promise.withResolvers()

  constructor(stream: PeerStream, world: World) {
    this.#stream = stream
    this.#world = world
    stream.onData(chunk => this.#read(chunk))
    stream.onEnd(() => this.#fail(gone()))
    stream.onClose(error => this.#fail(error ?? gone()))
  }

  say(message: DcutrMessage): void {
    this.#stream.send(encodeDcutr(message))
  }

  /** The next message, of that type. Rejects with `wire.*`, `peer.protocol`, `signal.reason`. */
  async hear(type: DcutrMessage['type'], waitMs: number, signal: AbortSignal): Promise<DcutrMessage> {
    const timer = this.#world.after(waitMs, () =>
      this.#fail(new PeerageError('peer.protocol', 'It did not answer.')),
    )
    try {
      while (this.#messages.length === 0) {
        if (this.#error !== undefined) throw this.#error
        await orAborted(this.#wake.promise, signal)
      }
    } finally {
      timer.cancel()
    }
    const message = this.#messages.shift()!
    if (message.type === type) return message
    throw new PeerageError('peer.protocol', 'It said something else.')
  }

  close(): void {
    this.#stream.close().catch(() => undefined)
  }

  #read(chunk: Uint8Array): void {
    try {
      for (const frame of this.#reader.push(chunk)) {
        if (this.#messages.length >= maxWaiting) throw new PeerageError('peer.protocol', 'It says too much.')
        this.#messages.push(decodeDcutr(frame))
      }
      this.#again()
    } catch (error) {
      this.#fail(error as Error)
      this.#stream.abort(error as Error)
    }
  }

  #fail(error: Error): void {
    this.#error ??= error
    this.#again()
  }

  #again(): void {
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }
}

function gone(): PeerageError {
  return new PeerageError('peer.protocol', 'It is gone.')
}
