import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import type { AbortOptions, Logger } from '@libp2p/interface'
import { AbstractMultiaddrConnection, type SendResult } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Carrier, UpperSocket } from './carrier.ts'
import { HandshakeBytes } from './handshake-bytes.ts'

/** A TCP socket, or what takes its place over UDP. */
export interface ByteSocket extends Duplex {
  /** Ends at once, and lets the other side know. */
  resetAndDestroy(): this
  /** Ends once everything is written. */
  destroySoon(): void
  /** From now on a chunk is valid only during the call that delivers it. */
  lendChunks?(): void
}

export interface TcpConnectionInit {
  readonly socket: ByteSocket
  readonly remoteAddr: Multiaddr
  readonly direction: 'inbound' | 'outbound'
  readonly log: Logger
  /** What the other side may send before it has proven who it is. */
  readonly maxHandshakeBytes: number
}

/**
 * A TCP connection for libp2p, or one over UDX. It carries the plain bytes of the negotiation; then an encrypter may `detach` the socket,
 * run Node's own TLS on it and `adopt` the result, so that libp2p's `close` and `abort` still reach it.
 */
export class TcpConnection extends AbstractMultiaddrConnection implements Carrier {
  readonly isInside: boolean = false
  readonly #socket: ByteSocket
  #carrier: UpperSocket
  readonly #handshake: HandshakeBytes
  readonly #onData = (chunk: Uint8Array): void => {
    if (this.mayTake(chunk.length)) this.onData(chunk)
  }
  readonly #onDrain = (): void => void this.safeDispatchEvent('drain')

  constructor(init: TcpConnectionInit) {
    super({ remoteAddr: init.remoteAddr, direction: init.direction, log: init.log })
    this.#socket = init.socket
    this.#carrier = init.socket
    this.#handshake = new HandshakeBytes(init.maxHandshakeBytes, reason => this.abort(reason))
    init.socket.on('data', this.#onData)
    init.socket.on('drain', this.#onDrain)
    init.socket.on('error', error => this.abort(error))
    init.socket.once('close', () => this.onTransportClosed())
  }

  mayTake(bytes: number): boolean {
    return this.#handshake.take(bytes)
  }

  trust(): void {
    this.#handshake.lift()
  }

  detach(): ByteSocket {
    const socket = this.#socket
    socket.off('data', this.#onData)
    socket.off('drain', this.#onDrain)
    socket.pause()
    const unread = this.readBuffer.subarray()
    this.readBuffer.consume(unread.length)
    if (unread.length > 0) socket.unshift(unread)
    return socket
  }

  adopt(secure: UpperSocket): void {
    this.#carrier = secure
    // TLS takes what comes during the call.
    this.#socket.lendChunks?.()
    secure.once('close', () => {
      this.#socket.destroy()
      this.onTransportClosed()
    })
  }

  sendData(data: Iterable<Uint8Array>): SendResult {
    let sentBytes = 0
    for (const part of data) {
      sentBytes += part.byteLength
      if (!this.#socket.write(part)) return { sentBytes, canSendMore: false }
    }
    return { sentBytes, canSendMore: true }
  }

  async sendClose(options?: AbortOptions): Promise<void> {
    const carrier = this.#carrier
    if (carrier.destroyed) return
    const closed = once(carrier, 'close', options?.signal === undefined ? {} : { signal: options.signal })
    carrier.destroySoon()
    await closed
  }

  sendReset(): void {
    if (this.#carrier !== this.#socket) this.#carrier.destroy()
    // A reset frees both sides at once; destroy() where a graceful end has already begun (libuv forbids mixing them).
    if (this.#socket.writableEnded || this.#socket.destroyed) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
  }

  sendPause(): void {
    this.#socket.pause()
  }

  sendResume(): void {
    this.#socket.resume()
  }
}
