import type { AbortOptions, Logger } from '@libp2p/interface'
import { AbstractStream, type SendResult } from '@libp2p/utils'
import type { Account } from '../limits/index.ts'
import { orAborted } from '../or-aborted.ts'
import { Flag, FrameType, initialWindow } from './frame.ts'
import { ReceiveWindow, type WindowPorts } from './receive-window.ts'
import { SendQueue } from './send-queue.ts'
import { UnreadChunks } from './unread-chunks.ts'

/** What a stream needs of its muxer. */
export interface StreamPort extends WindowPorts {
  /** Where the bytes that wait are counted. */
  readonly account: Account
  /** Bytes queued from which a writer is asked to wait. */
  readonly highWater: number
  /** The stream has bytes, or its end, to send. */
  wake(stream: MuxedStream): void
  /** Queues a frame without payload, ahead of all data. */
  control(type: number, flags: number, streamId: number, length: number): void
}

/** Takes a stream over from libp2p's events: each chunk costs one call, no event and no copy. */
export interface StreamReader {
  /** A chunk, valid during the call. */
  data(chunk: Uint8Array): void
  /** The other side sends no more. */
  end(): void
  /** Queued bytes have become fewer. */
  sent?(): void
}

export interface MuxedStreamInit {
  readonly streamId: number
  readonly direction: 'inbound' | 'outbound'
  readonly port: StreamPort
  readonly log: Logger
}

const maxSendWindow = 0xffffffff

/**
 * One stream of a connection. For libp2p it is a `Stream` like any other (negotiation, identify and ping use it so); a
 * PeerStream attaches a reader and from then on talks to it directly.
 */
export class MuxedStream extends AbstractStream {
  readonly streamId: number
  readonly #port: StreamPort
  readonly #queue: SendQueue
  readonly #unread: UnreadChunks
  readonly #window: ReceiveWindow
  readonly #finished: PromiseWithResolvers<void> = Promise.withResolvers()
  #sendWindow: number = initialWindow
  #finishing = false
  #blocked = false
  #reader: StreamReader | undefined
  /** Bytes received by libp2p's own read buffer for which the sender has not been given new window. */
  #uncredited = 0
  #paused = false
  #tellingSent = false
  #delivering = false
  #ended = false
  #orphaned = false

  constructor(init: MuxedStreamInit) {
    // The receive window bounds what can be unread, so libp2p's own bound, which aborts, is switched off.
    super({
      id: String(init.streamId),
      direction: init.direction,
      log: init.log,
      maxReadBufferLength: Number.POSITIVE_INFINITY,
    })
    this.streamId = init.streamId
    this.#port = init.port
    this.#queue = new SendQueue(init.port.account)
    this.#unread = new UnreadChunks(init.port.account)
    this.#window = new ReceiveWindow(init.port)
    this.addEventListener('close', () => this.#release())
  }

  /** Latest round trip of the connection in ms. */
  get rttMs(): number | undefined {
    return this.#port.rttMs()
  }

  get queuedBytes(): number {
    return this.#queue.bytes
  }

  /** Over the high-water mark since it was last reached. */
  get blocked(): boolean {
    return this.#blocked
  }

  /** Bytes that could be put into a frame now. */
  get sendable(): number {
    return Math.min(this.#queue.bytes, this.#sendWindow)
  }

  /** True when all data has been sent and the other side has to be told that no more comes. */
  get finishing(): boolean {
    return this.#finishing && this.#queue.bytes === 0
  }

  /** Queues bytes, which are the stream's from now on. False: over the high-water mark, or closed. */
  enqueue(bytes: Uint8Array, released?: () => void): boolean {
    if (this.writeStatus !== 'writable' || bytes.length === 0) released?.()
    if (this.writeStatus !== 'writable') return false
    if (bytes.length > 0) {
      this.#queue.push(bytes, released)
      this.#port.wake(this)
    }
    return this.#room()
  }

  #room(): boolean {
    if (this.#queue.bytes >= this.#port.highWater) this.#blocked = true
    return !this.#blocked
  }

  /** Copies the next `bytes` (at most `sendable`) to `into` at `at`; `drain` is dispatched below half of the high-water mark. */
  fill(into: Uint8Array, at: number, bytes: number): void {
    this.#queue.copy(into, at, bytes)
    this.#sendWindow -= bytes
    this.#tellSent()
    if (!this.#blocked || this.#queue.bytes * 2 > this.#port.highWater) return
    this.#blocked = false
    // Not now: the muxer is assembling a write.
    queueMicrotask(() => this.safeDispatchEvent('drain'))
  }

  /** Once a turn, and not now: the muxer is assembling a write. */
  #tellSent(): void {
    if (this.#reader?.sent === undefined || this.#tellingSent) return
    this.#tellingSent = true
    setImmediate(() => {
      this.#tellingSent = false
      const told = this.#reader?.sent
      if (this.#alive && told !== undefined) this.#call(told)
    })
  }

  /** The frame that ends this direction has been handed over. */
  sentFin(): void {
    this.#finishing = false
    this.#finished.resolve()
  }

  /** Adds to what the other side lets us send. False: beyond what the protocol can count. */
  raise(bytes: number): boolean {
    this.#sendWindow += bytes
    if (this.#sendWindow > maxSendWindow) return false
    if (this.#queue.bytes > 0) this.#port.wake(this)
    return true
  }

  /** How large its receive window would have had to be from the start. */
  get neededWindow(): number {
    return this.#window.needed
  }

  /** Opens the receive window further before anything came; returns by how much. */
  beginWith(window: number): number {
    return this.#window.beginWith(window)
  }

  /** A data frame of `length` bytes begins. False: more than the window allows. */
  announce(length: number): boolean {
    return this.#window.announce(length)
  }

  /** Takes a part of a data frame; it is valid only during the call, so what must wait is copied. */
  receive(part: Uint8Array): void {
    if (this.#reader === undefined) {
      this.#buffer(part.length)
      if (this.readStatus === 'closing' || this.readStatus === 'closed') this.#creditBuffered()
      else this.onData(part.slice())
    } else if (this.#paused || this.#delivering || !this.#unread.isEmpty) this.#unread.push(part)
    else this.#deliver(part)
  }

  /** The other side sends no more. */
  receiveEnd(): void {
    this.#ended = true
    if (this.#unread.isEmpty && !this.#delivering) this.#finishReading()
  }

  receiveReset(): void {
    this.#unread.clear()
    if (this.status === 'open' || this.status === 'closing') this.onRemoteReset()
  }

  /** The connection is gone. What was received completely is still delivered. */
  connectionClosed(reason: Error): void {
    if (this.#ended && !this.#unread.isEmpty) this.#orphaned = true
    else this.onTransportClosed(reason)
  }

  /** Hands the stream over to `reader`, starting with what libp2p has buffered. */
  attach(reader: StreamReader): void {
    this.#reader = reader
    this.#creditBuffered()
    const buffered = this.readBuffer.subarray()
    this.readBuffer.consume(buffered.length)
    this.#buffer(-this.#uncredited)
    if (buffered.length > 0) this.#unread.push(buffered)
    if (this.remoteWriteStatus === 'closed') this.#ended = true
    queueMicrotask(() => this.#flush())
  }

  setPaused(paused: boolean): void {
    this.#paused = paused
    if (!paused) this.#flush()
  }

  #flush(): void {
    if (this.#delivering) return
    this.#delivering = true
    while (!this.#unread.isEmpty && !this.#paused && this.#alive) this.#deliver(this.#unread.shift())
    if (!this.#alive) this.#unread.clear()
    this.#delivering = false
    if (this.#ended && this.#unread.isEmpty) this.#finishReading()
  }

  get #alive(): boolean {
    return this.status === 'open' || this.status === 'closing'
  }

  #deliver(part: Uint8Array): void {
    // After closeRead what still comes is dropped, but the sender must not be left waiting for window.
    if (this.readStatus !== 'closing' && this.readStatus !== 'closed') this.#call(this.#reader!.data, part)
    this.#credit(part.length)
  }

  #call<Args extends unknown[]>(callback: (...args: Args) => void, ...args: Args): void {
    try {
      callback(...args)
    } catch (error) {
      this.abort(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #finishReading(): void {
    if (this.#reader !== undefined) {
      this.#ended = false
      this.#call(this.#reader.end)
    }
    this.onRemoteCloseWrite()
    if (this.#orphaned) this.onTransportClosed(new Error('The connection closed.'))
  }

  #credit(bytes: number): void {
    const delta = this.#window.consume(bytes)
    if (delta > 0 && this.#alive) this.#port.control(FrameType.windowUpdate, 0, this.streamId, delta)
  }

  #creditBuffered(): void {
    const consumed = this.#uncredited - this.readBuffer.byteLength
    if (consumed <= 0) return
    this.#buffer(-consumed)
    this.#credit(consumed)
  }

  /** Counts what libp2p's own read buffer holds. */
  #buffer(bytes: number): void {
    this.#uncredited += bytes
    this.#port.account.add('receiving', bytes)
  }

  #release(): void {
    this.#finishing = false
    this.#queue.clear()
    this.#unread.clear()
    this.#buffer(-this.#uncredited)
    this.#window.release()
    this.#finished.resolve()
  }

  protected override dispatchReadBuffer(): void {
    super.dispatchReadBuffer()
    this.#creditBuffered()
  }

  sendData(data: Iterable<Uint8Array> & { readonly byteLength: number }): SendResult {
    for (const part of data) this.#queue.push(part)
    this.#port.wake(this)
    return { sentBytes: data.byteLength, canSendMore: this.#room() }
  }

  sendReset(): void {
    this.#queue.clear()
    this.#unread.clear()
    this.#port.control(FrameType.windowUpdate, Flag.rst, this.streamId, 0)
  }

  async sendCloseWrite(options?: AbortOptions): Promise<void> {
    this.#finishing = true
    this.#port.wake(this)
    await orAborted(this.#finished.promise, options?.signal)
  }

  async sendCloseRead(): Promise<void> {}

  sendPause(): void {}

  sendResume(): void {
    this.#creditBuffered()
  }
}
