import type { Socket } from 'node:net'
import { readInPlace } from '../../network/index.ts'
import type { ByteStream } from '../../swarm/index.ts'

/** From so many unsent bytes on `send` asks to wait. */
const highWaterBytes = 2 * 1024 * 1024
/** How long the other side may take to end its half after ours, in ms. */
const lingerMs = 3_000

export interface TcpStreamOptions {
  /** Bytes that were read from the socket already. */
  readonly head?: Uint8Array
}

/** A TCP connection as swarms use it. Takes the socket over. */
export function tcpStream(socket: Socket, options: TcpStreamOptions = {}): ByteStream {
  return new TcpStream(socket, options.head)
}

interface Sent {
  readonly bytes: number
  readonly released: (() => void) | undefined
}

class TcpStream implements ByteStream {
  readonly peer: string
  readonly #socket: Socket
  #head: Uint8Array | undefined
  #onData: ((chunk: Uint8Array) => void) | undefined
  readonly #onEnd: (() => void)[] = []
  readonly #onClose: ((error?: Error) => void)[] = []
  #onSent: () => void = () => undefined
  #sentSoon = false
  #drained: PromiseWithResolvers<void> | undefined
  #buffered = 0
  /** What the kernel has not taken yet: released when it has, or when the socket is gone. */
  readonly #unsent = new Set<Sent>()
  #corked = false
  #paused = false
  #error: Error | undefined
  #closed = false
  #deaf = false

  constructor(socket: Socket, head: Uint8Array | undefined) {
    this.#socket = socket
    this.#head = head
    const { remoteAddress = '', remotePort = 0 } = socket
    this.peer = remoteAddress.includes(':')
      ? `[${remoteAddress}]:${remotePort}`
      : `${remoteAddress}:${remotePort}`
    socket.setNoDelay(true)
    socket.on('error', error => (this.#error ??= error))
    socket.once('close', () => this.#gone())
    socket.once('end', () => this.#ended())
    if (socket.destroyed) queueMicrotask(() => this.#gone())
  }

  get bufferedBytes(): number {
    return this.#buffered
  }

  send(bytes: Uint8Array, released?: () => void): boolean {
    if (this.#closed || this.#socket.destroyed || this.#socket.writableEnded) {
      released?.()
      return true
    }
    const sent: Sent = { bytes: bytes.length, released }
    this.#unsent.add(sent)
    this.#buffered += bytes.length
    // All that is sent in one turn becomes one writev.
    if (!this.#corked) {
      this.#corked = true
      this.#socket.cork()
      queueMicrotask(() => {
        this.#corked = false
        this.#socket.uncork()
      })
    }
    this.#socket.write(bytes, () => this.#taken(sent))
    return this.#buffered < highWaterBytes
  }

  drained(): Promise<void> {
    if (this.#closed) return Promise.reject(this.#error ?? new Error('The connection was closed.'))
    if (this.#buffered < highWaterBytes) return Promise.resolve()
    this.#drained ??= Promise.withResolvers()
    return this.#drained.promise
  }

  onSent(callback: () => void): void {
    this.#onSent = callback
  }

  onData(callback: (chunk: Uint8Array) => void): void {
    const first = this.#onData === undefined
    this.#onData = callback
    if (first) queueMicrotask(() => this.#begin())
  }

  onEnd(callback: () => void): void {
    this.#onEnd.push(callback)
  }

  onClose(callback: (error?: Error) => void): void {
    this.#onClose.push(callback)
    if (this.#closed) queueMicrotask(() => callback(this.#error))
  }

  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    this.#paused = false
    if (this.#onData === undefined) return
    this.#deliverHead()
    if (!this.#paused) this.#socket.resume()
  }

  async close(): Promise<void> {
    this.#deaf = true
    if (this.#closed) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#socket.once('close', () => resolve())
    this.#socket.resume()
    this.#socket.end()
    // The kernel's own patience would be minutes.
    this.#socket.setTimeout(lingerMs, () => this.#socket.destroy())
    await promise
  }

  abort(reason: Error): void {
    this.#error ??= reason
    if (!this.#socket.destroyed) this.#socket.destroy()
  }

  #begin(): void {
    if (this.#closed) return
    if (!this.#paused) this.#deliverHead()
    const receive = (chunk: Uint8Array): void => {
      if (!this.#deaf) this.#onData?.(chunk)
    }
    if (!readInPlace(this.#socket, receive)) {
      this.#socket.on('data', receive)
      this.#socket.resume()
    }
    if (this.#paused) this.#socket.pause()
  }

  #deliverHead(): void {
    const head = this.#head
    this.#head = undefined
    if (head !== undefined && head.length > 0 && !this.#deaf) this.#onData?.(head)
  }

  #taken(sent: Sent): void {
    if (!this.#unsent.delete(sent)) return
    this.#buffered -= sent.bytes
    sent.released?.()
    if (this.#drained !== undefined && this.#buffered < highWaterBytes) {
      this.#drained.resolve()
      this.#drained = undefined
    }
    if (this.#sentSoon) return
    this.#sentSoon = true
    queueMicrotask(() => {
      this.#sentSoon = false
      if (!this.#closed) this.#onSent()
    })
  }

  #ended(): void {
    if (this.#deaf) return
    for (const callback of this.#onEnd) callback()
  }

  #gone(): void {
    if (this.#closed) return
    this.#closed = true
    for (const sent of this.#unsent) sent.released?.()
    this.#unsent.clear()
    this.#buffered = 0
    const waiting = this.#drained
    waiting?.promise.catch(() => undefined)
    waiting?.reject(this.#error ?? new Error('The connection was closed.'))
    for (const callback of this.#onClose.splice(0)) callback(this.#error)
  }
}
