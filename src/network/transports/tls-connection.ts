import { once } from 'node:events'
import type { TLSSocket } from 'node:tls'
import type { AbortOptions } from '@libp2p/interface'
import { AbstractMessageStream, type SendResult } from '@libp2p/utils'
import type { Link, LinkSource } from '../yamux/index.ts'
import type { Carrier } from './carrier.ts'
import { readInPlace } from './read-in-place.ts'

/**
 * A connection secured by Node's own TLS. Our muxer takes its `link`, which costs one call per TLS record; any other muxer can
 * use it as the libp2p message stream it also is.
 */
export class TlsConnection extends AbstractMessageStream implements LinkSource {
  readonly link: Link
  readonly #socket: TLSSocket
  readonly #carrier: Carrier
  readonly #onData = (chunk: Uint8Array): void => {
    if (this.#carrier.mayTake(chunk.length)) this.onData(chunk)
  }

  constructor(carrier: Carrier, socket: TLSSocket) {
    super({ log: carrier.log, direction: carrier.direction })
    this.#carrier = carrier
    this.#socket = socket
    this.link = {
      // After the end the muxer may still want to answer what comes; nobody waits for it.
      write: (bytes, done) => void (socket.writable && socket.write(bytes, error => error ?? done())),
      start: onBytes => this.#takeOver(onBytes),
      abort: reason => this.abort(reason),
      get localIp() {
        return socket.localAddress
      },
    }
    socket.on('data', this.#onData)
    socket.on('drain', () => this.safeDispatchEvent('drain'))
    socket.on('error', error => this.abort(error))
    socket.once('close', () => this.onTransportClosed())
  }

  #takeOver(onBytes: (chunk: Uint8Array) => void): void {
    this.#socket.off('data', this.#onData)
    this.#socket.pause()
    const unread = this.readBuffer.subarray()
    this.readBuffer.consume(unread.length)
    if (unread.length > 0) onBytes(unread)
    if (this.#socket.destroyed || readInPlace(this.#socket, onBytes, this.#carrier.isInside)) return
    this.#socket.on('data', onBytes)
    this.#socket.resume()
  }

  sendData(data: Iterable<Uint8Array>): SendResult {
    let sentBytes = 0
    for (const part of data) {
      sentBytes += part.byteLength
      if (!this.#socket.write(part)) return { sentBytes, canSendMore: false }
    }
    return { sentBytes, canSendMore: true }
  }

  async close(options?: AbortOptions): Promise<void> {
    if (this.#socket.destroyed) return
    const closed = once(
      this.#socket,
      'close',
      options?.signal === undefined ? {} : { signal: options.signal },
    )
    this.#socket.destroySoon()
    await closed
  }

  sendReset(reason: Error): void {
    this.#carrier.abort(reason)
  }

  sendPause(): void {
    this.#socket.pause()
  }

  sendResume(): void {
    this.#socket.resume()
  }
}
