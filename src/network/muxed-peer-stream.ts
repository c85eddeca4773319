import type { StreamCloseEvent } from '@libp2p/interface'
import { orAborted } from './or-aborted.ts'
import type { Path } from './path.ts'
import type { PeerStream } from './peer-stream.ts'
import type { MuxedStream, StreamReader } from './yamux/index.ts'

const ignore = (): void => {}

/** A PeerStream on one stream of our muxer: each call and each chunk goes straight through. */
export class MuxedPeerStream implements PeerStream, StreamReader {
  readonly peer: string
  readonly path: Path
  readonly connection: string
  readonly #stream: MuxedStream
  #onData: ((chunk: Uint8Array) => void) | undefined
  readonly #onEnd: (() => void)[] = []
  #onSent: () => void = ignore
  #onClose: ((error?: Error) => void)[] = []
  #ended = false
  #closed: { readonly error: Error | undefined } | undefined
  #drained: PromiseWithResolvers<void> | undefined
  /** What arrives after `close()` is of no interest any more. */
  #deaf = false

  constructor(stream: MuxedStream, peer: string, path: Path, connection: string) {
    this.#stream = stream
    this.peer = peer
    this.connection = connection
    this.path = path
    // The stream calls its reader's methods without `this`.
    this.data = this.data.bind(this)
    this.end = this.end.bind(this)
    this.sent = this.sent.bind(this)
    stream.addEventListener('drain', () => this.#room())
    if (stream.status === 'open' || stream.status === 'closing')
      stream.addEventListener('close', event => this.#close(event))
    else this.#closed = { error: new Error('The stream was closed.') }
  }

  get protocol(): string {
    return this.#stream.protocol
  }

  get rttMs(): number | undefined {
    return this.#stream.rttMs
  }

  get bufferedBytes(): number {
    return this.#stream.queuedBytes
  }

  send(bytes: Uint8Array, released?: () => void): boolean {
    return this.#stream.enqueue(bytes, released)
  }

  async drained(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (this.#closed !== undefined) throw this.#closed.error ?? new Error('The stream was closed.')
    if (!this.#stream.blocked) return
    this.#drained ??= Promise.withResolvers()
    return orAborted(this.#drained.promise, signal)
  }

  onData(callback: (chunk: Uint8Array) => void): void {
    const first = this.#onData === undefined
    this.#onData = callback
    if (first && this.#closed === undefined) this.#stream.attach(this)
  }

  onEnd(callback: () => void): void {
    this.#onEnd.push(callback)
    if (this.#ended) queueMicrotask(callback)
  }

  onSent(callback: () => void): void {
    this.#onSent = callback
  }

  onClose(callback: (error?: Error) => void): void {
    this.#onClose.push(callback)
    if (this.#closed !== undefined) queueMicrotask(() => this.#tellClosed())
  }

  pause(): void {
    this.#stream.setPaused(true)
  }

  resume(): void {
    this.#stream.setPaused(false)
  }

  async closeWrite(): Promise<void> {
    await this.#stream.close()
  }

  async close(): Promise<void> {
    this.#deaf = true
    if (this.#onData === undefined) this.onData(ignore)
    this.resume()
    await this.#stream.close()
  }

  abort(reason: Error): void {
    this.#stream.abort(reason)
  }

  data(chunk: Uint8Array): void {
    if (!this.#deaf) this.#onData?.(chunk)
  }

  end(): void {
    this.#ended = true
    if (this.#deaf) return
    for (const callback of this.#onEnd) callback()
  }

  sent(): void {
    this.#onSent()
  }

  #room(): void {
    this.#drained?.resolve()
    this.#drained = undefined
  }

  #close(event: StreamCloseEvent): void {
    this.#closed = { error: event.error }
    const waiting = this.#drained
    this.#drained = undefined
    waiting?.promise.catch(ignore)
    waiting?.reject(event.error ?? new Error('The stream was closed.'))
    this.#tellClosed()
  }

  #tellClosed(): void {
    const callbacks = this.#onClose
    this.#onClose = []
    for (const callback of callbacks) {
      try {
        callback(this.#closed?.error)
      } catch {
        // The stream is gone already; there is nobody left to tell.
      }
    }
  }
}
