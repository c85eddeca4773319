import { PeerageError, type World } from '../base/index.ts'
import {
  encodeMessage,
  encodePieceHeader,
  type Message,
  MessageDecoder,
  type WireConfig,
} from '../wire/index.ts'
import { copyBytes } from './copy-bytes.ts'
import { Cork } from './cork.ts'
import type { PeerTraits, Pipe } from './ports.ts'
import type { Session } from './session.ts'
import type { Swarm } from './swarm.ts'

/** Two-way bytes to one authenticated peer: as much of `PeerStream` (see `network/`) as a swarm needs. */
export interface ByteStream {
  readonly peer: string
  readonly rttMs?: number | undefined
  /** False: over the high-water mark. `released` is called once the bytes are needed no more. */
  send(bytes: Uint8Array, released?: () => void): boolean
  readonly bufferedBytes: number
  drained(): Promise<void>
  /** Calls back after `bufferedBytes` became fewer, at most once a turn. Without it the pump looks by itself. */
  onSent?(callback: () => void): void
  onData(callback: (chunk: Uint8Array) => void): void
  onEnd(callback: () => void): void
  onClose(callback: (error?: Error) => void): void
  pause(): void
  resume(): void
  close(): Promise<void>
  abort(reason: Error): void
}

export interface PumpOptions {
  readonly stream: ByteStream
  readonly swarm: Swarm
  readonly traits: PeerTraits
  /** Bytes that came behind the first frame and belong to the peer wire protocol. */
  readonly rest?: Uint8Array
  readonly limits?: Partial<WireConfig>
}

/** How often to look whether a stream below its high-water mark has drained; it tells only when it was above. */
const lookMs = 4

/**
 * Binds a session of the swarm to a stream: chunks become messages, the data of blocks goes straight into leases, messages
 * of one turn become one send. Throws what `Swarm.join` throws, then the stream is still the caller's; afterwards it
 * belongs to the swarm. Nothing that a peer sends makes it throw.
 */
export function pump(options: PumpOptions): Session {
  return new Pump(options).session
}

class Pump implements Pipe {
  readonly name: string
  readonly session: Session
  readonly #stream: ByteStream
  readonly #world: World
  readonly #cork: Cork
  readonly #decoder: MessageDecoder
  #onDrain: () => void = () => undefined
  readonly #tellsSent: boolean
  #watching = false
  #open = true
  /** Chunks are being decoded: what is sent meanwhile goes out behind them at once. */
  #decoding = false

  constructor({ stream, swarm, traits, rest, limits }: PumpOptions) {
    this.name = stream.peer
    this.#stream = stream
    this.#world = swarm.world
    this.#cork = new Cork((bytes, released) => this.#write(bytes, released))
    this.#decoder = new MessageDecoder({
      place: (piece, begin, length) => this.session.place(piece, begin, length),
      onMessage: message => this.session.receive(message),
      copy: copyBytes,
      ...(limits !== undefined && { limits }),
    })
    this.session = swarm.join(this, traits)
    this.#tellsSent = stream.onSent !== undefined
    stream.onSent?.(() => {
      if (this.#open) this.#onDrain()
    })
    stream.onClose(error => this.#closed(error?.message ?? 'The other side closed.'))
    stream.onEnd(() => this.#closed('The other side closed.'))
    if (rest !== undefined && rest.length > 0) this.#decode(rest)
    stream.onData(chunk => this.#decode(chunk))
  }

  get bufferedBytes(): number {
    return this.#stream.bufferedBytes + this.#cork.bytes
  }

  get rttMs(): number | undefined {
    return this.#stream.rttMs
  }

  send(message: Message, release?: () => void): void {
    if (!this.#open) {
      release?.()
      return
    }
    if (message.type !== 'piece') this.#cork.add(encodeMessage(message))
    else {
      const { piece, begin, length, data } = message
      this.#cork.add(encodePieceHeader(piece, begin, length))
      this.#cork.add(data!, release)
    }
    if (!this.#decoding) this.#cork.flushSoon()
  }

  onDrain(callback: () => void): void {
    this.#onDrain = callback
  }

  close(reason: string): void {
    if (!this.#open) return
    this.#cork.flush()
    this.#open = false
    this.#decoder.stop()
    this.#stream.close().catch(() => this.#stream.abort(new Error(reason)))
  }

  #decode(chunk: Uint8Array): void {
    if (!this.#open) return
    this.#decoding = true
    try {
      this.#decoder.push(chunk)
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
      this.session.refuse(error.message)
    } finally {
      this.#decoding = false
      if (this.#open) this.#cork.flushSoon()
    }
  }

  #write(bytes: Uint8Array, released?: () => void): void {
    if (!this.#open) {
      released?.()
      return
    }
    const room = this.#stream.send(bytes, released)
    if (!this.#tellsSent && !this.#watching && this.#stream.bufferedBytes > 0) this.#watch(room)
  }

  /** Tells the session when what was buffered has shrunk. */
  #watch(room: boolean): void {
    this.#watching = true
    const look = (): void => {
      this.#watching = false
      if (!this.#open) return
      this.#onDrain()
      if (!this.#watching && this.#stream.bufferedBytes > 0) this.#watch(true)
    }
    if (room) this.#world.after(lookMs, look)
    else this.#stream.drained().then(look, () => undefined)
  }

  #closed(reason: string): void {
    if (!this.#open) return
    this.#open = false
    this.#decoder.stop()
    this.session.closed(reason)
    this.#stream.close().catch(() => undefined)
  }
}
