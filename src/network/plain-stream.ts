import type { Stream } from '@libp2p/interface'
import type { Path } from './path.ts'
import type { PeerStream } from './peer-stream.ts'

/** A PeerStream on a libp2p stream. */
export class PlainPeerStream implements PeerStream {
  readonly peer: string
  readonly path: Path
  readonly protocol: string
  readonly #stream: Stream
  readonly #rtt: () => number | undefined

  constructor(stream: Stream, about: { peer: string; path: Path; rttMs: () => number | undefined }) {
    this.#stream = stream
    this.peer = about.peer
    this.path = about.path
    this.protocol = stream.protocol
    this.#rtt = about.rttMs
  }

  get rttMs(): number {
    return this.#rtt() as number
  }

  get bufferedBytes(): number {
    return this.#stream.writeBufferLength
  }

  send(bytes: Uint8Array): boolean {
    try {
      return this.#stream.send(bytes)
    } catch {
      return false
    }
  }

  drained(signal?: AbortSignal): Promise<void> {
    return this.#stream.onDrain(signal === undefined ? {} : { signal })
  }

  onData(callback: (chunk: Uint8Array) => void): void {
    this.#stream.addEventListener('message', event => {
      try {
        const data = event.data
        if (data instanceof Uint8Array) callback(data)
        else for (const part of data) callback(part)
      } catch (error) {
        this.abort(error as Error)
      }
    })
  }

  onEnd(callback: () => void): void {
    this.#stream.addEventListener('end', () => callback())
  }

  onClose(callback: (error?: Error) => void): void {
    const stream = this.#stream
    if (stream.status === 'open' || stream.status === 'closing')
      stream.addEventListener('close', event => callback(event.error))
    else queueMicrotask(() => callback(stream.status === 'closed' ? undefined : new Error('aborted')))
  }

  pause(): void {
    if (this.#stream.readStatus === 'readable') this.#stream.pause()
  }

  resume(): void {
    if (this.#stream.readStatus === 'paused') this.#stream.resume()
  }

  async closeWrite(): Promise<void> {
    await this.#stream.close()
  }

  async close(): Promise<void> {
    await this.#stream.close()
    await this.#stream.closeRead()
  }

  abort(reason: Error): void {
    this.#stream.abort(reason)
  }
}
