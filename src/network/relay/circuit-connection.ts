import { Duplex } from 'node:stream'
import type { Logger } from '@libp2p/interface'
import { AbstractMultiaddrConnection, type SendResult } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { World } from '../../base/index.ts'
import type { PeerStream } from '../peer-stream.ts'
import { type Carrier, HandshakeBytes, type UpperSocket } from '../transports/index.ts'

/** How long the other side may take to close what this side has closed. */
const closeMs = 5_000

export interface CircuitConnectionInit {
  readonly world: World
  /** The stream through the relay, paused, behind what was said to the relay. */
  readonly stream: PeerStream
  /** What has come on it since. */
  readonly rest: Uint8Array
  readonly remoteAddr: Multiaddr
  readonly direction: 'inbound' | 'outbound'
  /** What the other side may send before it has proven who it is. */
  readonly maxHandshakeBytes: number
  readonly log: Logger
}

/**
 * A connection through a relay, for libp2p to secure end to end. As with TCP, Node's own TLS may take it over; other ways of securing
 * it use its events. Nothing is queued here: whoever cannot go on pauses the stream to the relay.
 */
export class CircuitConnection extends AbstractMultiaddrConnection implements Carrier {
  readonly isInside: boolean = true
  readonly #stream: PeerStream
  readonly #world: World
  readonly #handshake: HandshakeBytes
  #carrier: UpperSocket | undefined
  #duplex: CircuitDuplex | undefined

  constructor({ stream, rest, world, ...init }: CircuitConnectionInit) {
    super(init)
    this.#stream = stream
    this.#world = world
    this.#handshake = new HandshakeBytes(init.maxHandshakeBytes, reason => this.abort(reason))
    stream.onData(chunk => this.mayTake(chunk.length) && this.onData(chunk.slice()))
    stream.onEnd(() => this.#ended())
    stream.onClose(error => this.#duplex === undefined && this.onTransportClosed(error))
    if (rest.length > 0) this.onData(rest)
    // Once all that came has been read there is nothing to wait for: such a connection is never half open.
    this.addEventListener('end', () => this.#duplex === undefined && void this.close().catch(() => undefined))
    stream.resume()
  }

  #ended(): void {
    if (this.#duplex === undefined) this.onRemoteCloseWrite()
    else this.#duplex.push(null)
  }

  mayTake(bytes: number): boolean {
    return this.#handshake.take(bytes)
  }

  trust(): void {
    this.#handshake.lift()
  }

  detach(): Duplex {
    const unread = this.readBuffer.subarray()
    this.readBuffer.consume(unread.length)
    const duplex = new CircuitDuplex(this.#stream, {
      mayTake: bytes => this.mayTake(bytes),
      onDestroyed: () => this.#abandon(),
    })
    if (unread.length > 0) duplex.push(unread)
    this.#duplex = duplex
    return duplex
  }

  adopt(secure: UpperSocket): void {
    this.#carrier = secure
    secure.once('close', () => {
      this.#duplex?.destroy()
      this.onTransportClosed()
    })
  }

  sendData(data: Iterable<Uint8Array>): SendResult {
    let sentBytes = 0
    let canSendMore = true
    for (const part of data) {
      sentBytes += part.byteLength
      canSendMore = this.#stream.send(part)
    }
    if (!canSendMore)
      this.#stream.drained().then(
        () => this.safeDispatchEvent('drain'),
        () => undefined,
      )
    return { sentBytes, canSendMore }
  }

  async sendClose(): Promise<void> {
    if (this.#carrier === undefined) {
      this.#abandon()
      return
    }
    if (this.#carrier.destroyed) return
    const closed = new Promise(resolve => this.#carrier?.once('close', resolve))
    const timer = this.#world.after(closeMs, () => this.#carrier?.destroy())
    this.#carrier.destroySoon()
    await closed
    timer.cancel()
  }

  /** Says that nothing more comes, and does not wait for ever for the other side to say so too. */
  #abandon(): void {
    this.#stream.close().catch(() => undefined)
    const timer = this.#world.after(closeMs, () =>
      this.#stream.abort(new Error('It was not closed in time.')),
    )
    this.#stream.onClose(() => timer.cancel())
  }

  sendReset(reason: Error): void {
    this.#carrier?.destroy()
    this.#duplex?.destroy()
    this.#stream.abort(reason)
  }

  sendPause(): void {
    this.#stream.pause()
  }

  sendResume(): void {
    this.#stream.resume()
  }
}

/** The stream as Node's TLS wants it. */
class CircuitDuplex extends Duplex {
  readonly #stream: PeerStream
  readonly #onDestroyed: () => void

  constructor(
    stream: PeerStream,
    { mayTake, onDestroyed }: { mayTake(bytes: number): boolean; onDestroyed(): void },
  ) {
    super({ decodeStrings: true })
    this.#stream = stream
    this.#onDestroyed = onDestroyed
    // What TLS does not expect ends in 'close', too.
    this.on('error', () => {})
    stream.onData(chunk => {
      if (mayTake(chunk.length) && !this.push(Buffer.from(chunk))) stream.pause()
    })
    stream.onClose(error => error && this.destroy(error))
  }

  override _read(): void {
    this.#stream.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (this.#stream.send(chunk)) done()
    else this.#stream.drained().then(() => done(), done)
  }

  override _final(done: (error?: Error) => void): void {
    this.#stream.closeWrite().then(() => done(), done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#onDestroyed()
    done(error)
  }
}
