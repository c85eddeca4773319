import type { ByteStream } from '../../swarm/index.ts'
import type { Budget } from './budget.ts'
import { Connection, type ConnectionParts } from './connection.ts'

/** From so many unsent bytes on `send` asks to wait. */
const highWaterBytes = 2 * 1024 * 1024

export interface UtpStreamParts
  extends Omit<ConnectionParts, 'data' | 'unread' | 'ended' | 'sent' | 'closed' | 'flushSoon'> {
  /** `ip:port`, IPv6 in brackets. */
  readonly peer: string
  flushSoon(connection: Connection): void
  gone(): void
}

/**
 * A uTP connection as swarms use it. It tells no `rttMs`: packets are answered at once, requests when the
 * program behind them gets to it.
 */
export class UtpStream implements ByteStream {
  readonly peer: string
  readonly connection: Connection
  readonly #budget: Budget
  #onData: ((chunk: Uint8Array) => void) | undefined
  readonly #onEnd: (() => void)[] = []
  readonly #onClose: ((error?: Error) => void)[] = []
  #onSent: () => void = () => undefined
  #drained: PromiseWithResolvers<void> | undefined
  /** Came while nobody wanted it. */
  readonly #held: Uint8Array[] = []
  #heldBytes = 0
  #paused = false
  #deaf = false
  #ended = false
  #error: Error | undefined
  readonly #gone: () => void

  constructor(parts: UtpStreamParts) {
    this.peer = parts.peer
    this.#budget = parts.budget
    this.#gone = parts.gone
    this.connection = new Connection({
      ...parts,
      flushSoon: () => parts.flushSoon(this.connection),
      data: payload => this.#data(payload),
      unread: () => this.#heldBytes,
      ended: () => this.#end(),
      sent: () => this.#sent(),
      closed: error => this.#closed(error),
    })
  }

  get bufferedBytes(): number {
    return this.connection.queue.bytes
  }

  send(bytes: Uint8Array, released?: () => void): boolean {
    this.connection.write(bytes, released)
    return this.bufferedBytes < highWaterBytes
  }

  drained(): Promise<void> {
    if (this.connection.isClosed)
      return Promise.reject(this.#error ?? new Error('The connection was closed.'))
    if (this.bufferedBytes < highWaterBytes) return Promise.resolve()
    this.#drained ??= Promise.withResolvers()
    return this.#drained.promise
  }

  onSent(callback: () => void): void {
    this.#onSent = callback
  }

  onData(callback: (chunk: Uint8Array) => void): void {
    const first = this.#onData === undefined
    this.#onData = callback
    if (first) queueMicrotask(() => this.#deliver())
  }

  onEnd(callback: () => void): void {
    this.#onEnd.push(callback)
  }

  onClose(callback: (error?: Error) => void): void {
    this.#onClose.push(callback)
    if (this.connection.isClosed) queueMicrotask(() => callback(this.#error))
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#deliver()
  }

  close(): Promise<void> {
    this.#deaf = true
    this.#drop()
    if (this.connection.isClosed) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onClose.push(() => resolve())
    this.connection.finish()
    return promise
  }

  abort(reason: Error): void {
    this.#deaf = true
    this.connection.close(reason)
  }

  #data(payload: Uint8Array): void {
    if (this.#deaf) return
    if (!this.#paused && this.#onData !== undefined && this.#held.length === 0) this.#onData(payload)
    else {
      this.#held.push(payload.slice())
      this.#heldBytes += payload.length
      this.#budget.use(payload.length)
    }
  }

  #deliver(): void {
    while (!this.#paused && this.#onData !== undefined && this.#held.length > 0) {
      const chunk = this.#held.shift()!
      this.#heldBytes -= chunk.length
      this.#budget.free(chunk.length)
      if (!this.#deaf) this.#onData(chunk)
    }
    if (this.#held.length > 0) return
    this.connection.consumed()
    if (this.#ended && !this.#deaf) for (const callback of this.#onEnd.splice(0)) callback()
  }

  /** The end comes behind what was not read yet. */
  #end(): void {
    this.#ended = true
    this.#deliver()
  }

  #sent(): void {
    if (this.bufferedBytes < highWaterBytes) {
      this.#drained?.resolve()
      this.#drained = undefined
    }
    this.#onSent()
  }

  #closed(error: Error | undefined): void {
    this.#error = error
    this.#drop()
    const waiting = this.#drained
    waiting?.promise.catch(() => undefined)
    waiting?.reject(error ?? new Error('The connection was closed.'))
    this.#gone()
    for (const callback of this.#onClose.splice(0)) callback(error)
  }

  #drop(): void {
    this.#held.length = 0
    this.#budget.free(this.#heldBytes)
    this.#heldBytes = 0
  }
}
