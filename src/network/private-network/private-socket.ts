import { Duplex } from 'node:stream'
import { concat, PeerageError, utf8 } from '../../base/index.ts'
import type { ByteSocket } from '../transports/index.ts'
import { XSalsa20 } from './xsalsa20.ts'

const nonceBytes = 24
/** What every connection of libp2p begins with, once the key has been taken off: multistream-select, length first. */
const beginning = utf8('\x13/multistream/1.0.0\n')

/** What is hidden: a TCP socket, a UDX stream, a stream through a relay. */
export type InnerSocket = Duplex & Partial<Pick<ByteSocket, 'resetAndDestroy' | 'destroySoon'>>

export interface PrivateSocketOptions {
  readonly inner: InnerSocket
  readonly key: Uint8Array
  /** This side's 24 bytes by chance. */
  readonly nonce: Uint8Array
  /** Whether this side dialled. */
  readonly dialled: boolean
  /** The other side has another key, or none. */
  refused(): void
}

/**
 * A connection of a private network (libp2p specs `pnet`): a nonce in each direction, then everything under XSalsa20. It hides and authenticates nothing
 * by itself beyond that: TLS follows inside.
 *
 * Whoever was dialled sends its nonce when the other one has come, so it is silent to those who say nothing. What does not begin like libp2p was
 * not hidden by our key, and ends the connection at once.
 */
export class PrivateSocket extends Duplex implements ByteSocket {
  readonly #options: PrivateSocketOptions
  readonly #sending: XSalsa20
  #receiving: XSalsa20 | undefined
  /** Of the nonce, and then how much of the beginning was as it must be. */
  #head: Uint8Array = new Uint8Array(0)
  #begun = 0
  /** Writes before our nonce went out. */
  #waiting: (() => void) | undefined
  #isOpen = false

  constructor(options: PrivateSocketOptions) {
    super({ allowHalfOpen: false })
    this.#options = options
    const { inner, key, nonce, dialled } = options
    this.#sending = new XSalsa20(key, nonce)
    // Always ends in 'close', which is heard; without a listener it would end the process.
    this.on('error', () => {})
    inner.on('data', chunk => this.#receive(chunk))
    inner.on('end', () => this.push(null))
    inner.on('drain', () => this.#continue())
    inner.on('error', error => this.destroy(error))
    inner.on('close', () => this.destroy())
    if (dialled) this.#openUp()
    inner.resume()
  }

  resetAndDestroy(): this {
    const { inner } = this.#options
    if (inner.writableEnded || inner.resetAndDestroy === undefined) inner.destroy()
    else if (!inner.destroyed) inner.resetAndDestroy()
    return this.destroy()
  }

  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  #openUp(): void {
    this.#isOpen = true
    this.#options.inner.write(this.#options.nonce)
    this.#continue()
  }

  #receive(chunk: Uint8Array): void {
    if (this.destroyed) return
    try {
      const hidden = this.#afterNonce(chunk)
      const shown = hidden && this.#receiving?.apply(hidden)
      if (shown === undefined || shown.length === 0) return
      if (!this.#beginsWell(shown)) this.#refuse()
      else if (!this.push(shown)) this.#options.inner.pause()
    } catch (error) {
      this.destroy(error as Error)
    }
  }

  /** What follows the nonce of the other side; undefined: nothing yet. */
  #afterNonce(chunk: Uint8Array): Uint8Array | undefined {
    if (this.#receiving !== undefined) return chunk
    this.#head = concat([this.#head, chunk])
    if (this.#head.length < nonceBytes) return undefined
    this.#receiving = new XSalsa20(this.#options.key, this.#head.slice(0, nonceBytes))
    const rest = this.#head.subarray(nonceBytes)
    this.#head = new Uint8Array(0)
    if (!this.#isOpen) this.#openUp()
    return rest
  }

  #beginsWell(shown: Uint8Array): boolean {
    const from = this.#begun
    if (from === beginning.length) return true
    this.#begun = Math.min(beginning.length, from + shown.length)
    return beginning.subarray(from, this.#begun).every((byte, at) => byte === shown[at])
  }

  #refuse(): void {
    this.#options.refused()
    this.resetAndDestroy()
  }

  override _read(): void {
    this.#options.inner.resume()
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#send([chunk], done)
  }

  override _writev(
    chunks: readonly { readonly chunk: Uint8Array }[],
    done: (error?: Error | null) => void,
  ): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      done,
    )
  }

  #send(chunks: readonly Uint8Array[], done: (error?: Error) => void): void {
    if (!this.#isOpen) {
      this.#waiting = () => this.#send(chunks, done)
      return
    }
    const { inner } = this.#options
    let more = true
    inner.cork()
    try {
      for (const chunk of chunks) more = inner.write(this.#sending.apply(chunk))
    } catch (error) {
      done(error as Error)
      return
    } finally {
      inner.uncork()
    }
    if (more) done()
    else this.#waiting = done
  }

  #continue(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.()
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#options.inner.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { inner } = this.#options
    if (inner.destroyed || error !== null || !this.writableFinished) {
      inner.destroy()
      done(error)
      return
    }
    // Whoever hears that this one is closed closes the inner one, which has to send the rest first.
    inner.once('close', () => done(null))
    if (inner.destroySoon !== undefined) inner.destroySoon()
    else if (inner.writableFinished) inner.destroy()
    else inner.once('finish', () => inner.destroy())
  }
}

/** Told to whoever dialled. */
export function otherKey(cause?: unknown): PeerageError {
  return new PeerageError('peer.protocol', 'The peer has another key of a private network, or none.', {
    cause,
  })
}
