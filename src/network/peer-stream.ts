import type { Path } from './path.ts'

/**
 * Two-way bytes to one authenticated peer, in order, encrypted, with backpressure. No callback may throw into the network:
 * what it throws aborts this stream.
 */
export interface PeerStream {
  /** PeerId of the other side, proven. */
  readonly peer: string
  readonly protocol: string
  readonly path: Path
  /** Names the connection that it is on. */
  readonly connection: string
  /** Latest round trip of the connection in milliseconds. */
  readonly rttMs?: number | undefined
  /**
   * Queues `bytes` and takes ownership of them: the caller must not change them afterwards. False: over the high-water mark,
   * wait for `drained()`. After the stream closed, bytes are dropped and the answer is false. `released` is called exactly once,
   * when the bytes are needed no more, whatever happened to them: then the caller may use that memory again.
   */
  send(bytes: Uint8Array, released?: () => void): boolean
  /** Bytes queued here and not yet handed to the operating system. */
  readonly bufferedBytes: number
  /** Calls back, at most once a turn, after `bufferedBytes` became fewer: for those who refill before it runs empty. */
  onSent(callback: () => void): void
  /** Resolves when there is room to send again; rejects when the stream closes or with `signal.reason`. */
  drained(signal?: AbortSignal): Promise<void>
  /** Chunks as they come, of any size. A chunk is valid only during the call. Until this is called nothing is read. */
  onData(callback: (chunk: Uint8Array) => void): void
  /** The other side sends no more (its `closeWrite`); all its data has been delivered. */
  onEnd(callback: () => void): void
  /** Called once, after all data was delivered: without error when both sides closed, with one otherwise. */
  onClose(callback: (error?: Error) => void): void
  /** Stops delivery at once; the other side stops soon after, when its window is used up. */
  pause(): void
  resume(): void
  /** Sends what is queued, then tells the other side that no more comes. */
  closeWrite(): Promise<void>
  /** closeWrite, and what still arrives is dropped. Resolves when queued bytes are handed over. */
  close(): Promise<void>
  /** Closes at once; the other side sees an error. */
  abort(reason: Error): void
}
