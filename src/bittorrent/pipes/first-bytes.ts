import { concat, PeerageError } from '../../base/index.ts'
import type { ByteStream } from '../../swarm/index.ts'

/** More than any handshake with its padding needs, in bytes; a peer may send messages right behind it. */
const mostBytes = 262_144

/** Reads the beginning of a stream piece by piece, and loses nothing of what comes behind it. */
export class FirstBytes {
  #stream: ByteStream
  #bytes: Uint8Array = new Uint8Array(0)
  #error: Error | undefined
  #wake: () => void = () => undefined

  constructor(stream: ByteStream) {
    this.#stream = stream
    const gone = (error?: Error): void => {
      this.#error ??=
        error instanceof PeerageError
          ? error
          : new PeerageError('peer.protocol', 'The connection ended before the handshake.', { cause: error })
      this.#wake()
    }
    stream.onClose(gone)
    stream.onEnd(() => gone())
    this.#listen()
    stream.resume()
  }

  /** Waits until `read` makes something of the bytes so far. What it throws ends it. */
  async take<T>(read: (bytes: Uint8Array) => T | undefined): Promise<T> {
    for (;;) {
      const found = read(this.#bytes)
      if (found !== undefined) return found
      if (this.#error !== undefined) throw this.#error
      if (this.#bytes.length > mostBytes)
        throw new PeerageError('wire.limit', 'Too much came before the handshake.')
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  /** Goes on over a stream that lies upon the one so far; `behind`: as what it gives what came behind the first `used` bytes. */
  over(stream: ByteStream, used: number, behind: (bytes: Uint8Array) => Uint8Array): void {
    this.#stream = stream
    this.#bytes = behind(this.#bytes.slice(used))
    this.#listen()
  }

  /** Stops reading: the stream is paused, and what came behind the first `used` bytes is given back. */
  end(used: number): Uint8Array {
    this.#stream.pause()
    this.#stream.onData(() => undefined)
    return this.#bytes.slice(used)
  }

  #listen(): void {
    this.#stream.onData(chunk => {
      this.#bytes = concat([this.#bytes, chunk])
      if (this.#bytes.length > mostBytes) this.#stream.pause()
      this.#wake()
    })
  }
}
