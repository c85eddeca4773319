import {
  type AbortOptions,
  type EventHandler,
  type Logger,
  type MessageStream,
  type StreamMuxer,
  type StreamMuxerEvents,
  type StreamMuxerStatus,
  TypedEventEmitter,
} from '@libp2p/interface'
import { PeerageError } from '../../base/index.ts'
import type { Account, MemoryLedger, StreamQuota } from '../limits/index.ts'
import { unmapped } from '../path.ts'
import { ControlQueue } from './control-queue.ts'
import { Flight } from './flight.ts'
import { Flag, FrameDecoder, type FrameSink, FrameType, GoAway, headerBytes, writeHeader } from './frame.ts'
import { type Link, linkOf } from './link.ts'
import { MuxedStream, type StreamPort } from './muxed-stream.ts'
import { giveOutbox, outboxBytes, takeOutbox } from './outbox.ts'
import { Pinger } from './pinger.ts'
import type { WindowBudget } from './window-budget.ts'

export const yamuxProtocol = '/yamux/1.0.0'

export interface MuxerOptions {
  readonly maxStreams: number
  readonly maxStreamWindow: number
  readonly highWater: number
  readonly pingIntervalMs: number
  readonly pingTimeoutMs: number
  readonly budget: WindowBudget
  readonly memory: MemoryLedger
  readonly quota: StreamQuota
  /** Monotonic milliseconds. */
  now(): number
  /** Runs `callback` once after `delayMs`; returns what cancels it. */
  after(delayMs: number, callback: () => void): () => void
}

/** Share of a write that one stream may take while others wait too. */
const quantum = 32 * 1024

/** A stream with no more than this to send goes before the others. */
const smallBytes = 16 * 1024

/** Pings from here on mark how far data have come; those below measure the round trip. */
const markerBit = 2 ** 31

/** Window that a stream is given at most before anything came on it: as long as the longest block of others. */
const mostAhead = 2 * 1024 * 1024

/** Streams that a peer may open in a second on average; opening and resetting in a loop must not cost us much. */
const maxOpensPerSecond = 200

/** Muxers by the array of their streams, which is what a libp2p `Connection` shows of its muxer. */
const muxers = new WeakMap<object, Muxer>()

export function muxerOf(connection: { readonly streams: object }): Muxer | undefined {
  return muxers.get(connection.streams)
}

const silence = (): PeerageError => new PeerageError('network.unreachable', 'The peer no longer answers.')

const crowded = (): PeerageError =>
  new PeerageError('network.limit', 'Too many bytes wait on connections, and most of them on this one.')

const protocolError = (message: string): PeerageError => new PeerageError('wire.invalid', message)

/** yamux (hashicorp/yamux `spec.md`) over one secured connection. */
export class Muxer
  extends TypedEventEmitter<StreamMuxerEvents<MuxedStream>>
  implements StreamMuxer<MuxedStream>, FrameSink, StreamPort
{
  readonly protocol: string = yamuxProtocol
  readonly streams: MuxedStream[] = []
  status: StreamMuxerStatus = 'open'
  readonly openedAt: number
  readonly budget: WindowBudget
  readonly account: Account
  readonly maxWindow: number
  readonly highWater: number
  readonly #options: MuxerOptions
  readonly #link: Link
  readonly #log: Logger
  readonly #decoder: FrameDecoder
  readonly #pinger: Pinger
  readonly #flight: Flight
  #cancelReturn: (() => void) | undefined
  readonly #byId: Map<number, MuxedStream> = new Map()
  readonly #control: ControlQueue = new ControlQueue()
  readonly #client: boolean
  #ready: MuxedStream[] = []
  readonly #waking: Set<MuxedStream> = new Set()
  #nextId: number
  #inbound = 0
  #outbound = 0
  #received = 0
  /** What streams of the peer needed lately: the most, fading. */
  #usualWindow = 0
  #opens = 0
  #opensSince: number
  #started = false
  #scheduled = false
  #writing = false
  #gone = false
  #remoteGoAway = false
  #current: MuxedStream | undefined
  #finAfterPayload = false

  constructor(connection: MessageStream, options: MuxerOptions) {
    super()
    this.#options = options
    this.budget = options.budget
    this.account = options.memory.open(() => this.#giveUp(crowded()))
    this.maxWindow = options.maxStreamWindow
    this.highWater = options.highWater
    this.#log = connection.log
    this.#link = linkOf(connection)
    this.#client = connection.direction === 'outbound'
    this.#nextId = this.#client ? 1 : 2
    this.openedAt = options.now()
    this.#opensSince = this.openedAt
    this.#decoder = new FrameDecoder(this)
    this.#flight = new Flight(options.now)
    this.#pinger = new Pinger({
      intervalMs: options.pingIntervalMs,
      timeoutMs: options.pingTimeoutMs,
      now: options.now,
      after: options.after,
      send: id => this.control(FrameType.ping, Flag.syn, 0, id),
      onSilence: () => this.#fail(silence()),
    })
    muxers.set(this.streams, this)
    connection.addEventListener('close', event => this.#closed(event.error))
  }

  now(): number {
    return this.#options.now()
  }

  /** Latest round trip in ms. */
  rttMs(): number | undefined {
    return this.#pinger.rttMs
  }

  /** Finds out soon whether the other side is still there; `isOwn`: which addresses this machine has. */
  probe(timeoutMs: number, isOwn: (ip: string) => boolean): void {
    const { localIp } = this.#link
    if (localIp !== undefined && !isOwn(unmapped(localIp))) this.#fail(silence())
    else if (this.#started && this.status === 'open') this.#pinger.probe(timeoutMs)
  }

  /** Bytes that streams have received so far. */
  get receivedBytes(): number {
    return this.#received
  }

  /** Streams that this side opened. */
  get ownStreams(): number {
    return this.#outbound
  }

  override addEventListener<K extends keyof StreamMuxerEvents<MuxedStream>>(
    type: K,
    listener: EventHandler<StreamMuxerEvents<MuxedStream>[K]> | null,
    options?: boolean | AddEventListenerOptions,
  ): void {
    super.addEventListener(type, listener, options)
    if (type !== 'stream' || this.#started) return
    // Nothing is read before somebody takes the streams that peers open.
    this.#started = true
    this.#link.start(chunk => this.#receive(chunk))
    this.#pinger.start()
  }

  async createStream(): Promise<MuxedStream> {
    if (this.status !== 'open' || this.#remoteGoAway)
      throw new PeerageError('network.unreachable', 'The connection is closing.')
    if (this.#outbound >= this.#options.maxStreams)
      throw new PeerageError('network.limit', 'Too many streams are open to this peer.')
    if (!this.#options.quota.take(this.streams.length))
      throw new PeerageError('network.limit', 'Too many streams are open.')
    const id = this.#nextId
    this.#nextId += 2
    this.#outbound++
    const stream = this.#add(id, 'outbound')
    this.control(FrameType.windowUpdate, Flag.syn, id, 0)
    return stream
  }

  async close(options?: AbortOptions): Promise<void> {
    if (this.status !== 'open') return
    this.status = 'closing'
    this.#pinger.stop()
    await Promise.all(this.streams.map(stream => stream.close(options)))
    this.control(FrameType.goAway, 0, 0, GoAway.normal)
    this.#pump()
    this.status = 'closed'
  }

  abort(reason: Error): void {
    if (this.status === 'closed') return
    this.status = 'closing'
    this.#pinger.stop()
    for (const stream of [...this.streams]) stream.abort(reason)
    const code = reason instanceof PeerageError ? GoAway.protocolError : GoAway.internalError
    this.control(FrameType.goAway, 0, 0, code)
    this.#pump()
    this.status = 'closed'
  }

  wake(stream: MuxedStream): void {
    if (this.#waking.has(stream)) return
    this.#waking.add(stream)
    this.#ready.push(stream)
    this.#schedule()
  }

  control(type: number, flags: number, streamId: number, length: number): void {
    if (this.#gone) return
    if (this.#control.push(type, flags, streamId, length)) this.#schedule()
    else if (this.status === 'open')
      this.#fail(protocolError('The peer asks for answers that it does not read.'))
  }

  onFrame(type: number, flags: number, streamId: number, length: number): void {
    if (type === FrameType.data || type === FrameType.windowUpdate)
      this.#streamFrame(type, flags, streamId, length)
    else if (streamId !== 0) throw protocolError('A yamux session frame names a stream.')
    else if (type === FrameType.ping) this.#ping(flags, length)
    else this.#goAway(length)
  }

  onPayload(part: Uint8Array, last: boolean): void {
    this.#received += part.length
    this.#current?.receive(part)
    if (last && this.#finAfterPayload) this.#current?.receiveEnd()
  }

  #streamFrame(type: number, flags: number, id: number, length: number): void {
    if (id === 0) throw protocolError('A yamux stream frame names no stream.')
    if ((flags & Flag.syn) !== 0) this.#incoming(id)
    const stream = this.#byId.get(id)
    const fin = (flags & Flag.fin) !== 0
    if (type === FrameType.data) {
      this.#current = stream
      this.#finAfterPayload = fin && length > 0
      if (stream !== undefined && !stream.announce(length))
        throw protocolError('The peer sent more than its window allows.')
      if (fin && length === 0) stream?.receiveEnd()
    } else {
      if (stream !== undefined && !stream.raise(length)) throw protocolError('A yamux window overflows.')
      if (fin) stream?.receiveEnd()
    }
    if ((flags & Flag.rst) !== 0) stream?.receiveReset()
  }

  #incoming(id: number): void {
    if ((id % 2 === 0) !== this.#client) throw protocolError('A yamux stream has the wrong parity.')
    if (this.#byId.has(id)) throw protocolError('A yamux stream was opened twice.')
    this.#countOpen()
    const isFull = this.status !== 'open' || this.#inbound >= this.#options.maxStreams
    if (isFull || !this.#options.quota.take(this.streams.length)) {
      this.control(FrameType.windowUpdate, Flag.rst, id, 0)
      return
    }
    this.#inbound++
    const stream = this.#add(id, 'inbound')
    this.control(FrameType.windowUpdate, Flag.ack, id, stream.beginWith(this.#usualWindow))
    this.safeDispatchEvent('stream', { detail: stream })
  }

  #countOpen(): void {
    const elapsed = this.now() - this.#opensSince
    const allowance = this.#options.maxStreams + (1 + elapsed / 1000) * maxOpensPerSecond
    if (++this.#opens > allowance) throw protocolError('The peer opens streams too fast.')
    if (elapsed < 60_000) return
    this.#opensSince = this.now()
    this.#opens = 0
  }

  #add(streamId: number, direction: 'inbound' | 'outbound'): MuxedStream {
    const stream = new MuxedStream({ streamId, direction, port: this, log: this.#log })
    this.streams.push(stream)
    this.#byId.set(streamId, stream)
    stream.addEventListener('close', () => this.#remove(stream))
    return stream
  }

  #remove(stream: MuxedStream): void {
    if (!this.#byId.delete(stream.streamId)) return
    this.#options.quota.give()
    const at = this.streams.indexOf(stream)
    if (at >= 0) this.streams.splice(at, 1)
    if (stream.direction === 'inbound') this.#ended(stream)
    else this.#outbound--
    if (this.#current === stream) this.#current = undefined
    this.#settle()
  }

  /** Some programs open a stream a message (Kubo for each block): the next may begin with the window that this one needed. */
  #ended(stream: MuxedStream): void {
    this.#inbound--
    const most = Math.min(stream.neededWindow, mostAhead)
    const less = (this.#usualWindow - most) / 8
    this.#usualWindow = less < 0 ? most : Math.floor(this.#usualWindow - less)
  }

  /** What has been received completely is delivered also after the connection closed, and counts until then. */
  #settle(): void {
    if (this.#gone && this.streams.length === 0) this.account.close()
  }

  #ping(flags: number, id: number): void {
    if ((flags & Flag.syn) !== 0) this.control(FrameType.ping, Flag.ack, 0, id)
    else if ((flags & Flag.ack) !== 0 && id >= markerBit) this.#landed(id - markerBit)
    else if ((flags & Flag.ack) !== 0) this.#measured(id)
    else throw protocolError('A yamux ping has no direction.')
  }

  #measured(id: number): void {
    this.#pinger.answered(id)
    if (this.#pinger.rttMs !== undefined) this.#flight.tookRoundTrip(this.#pinger.rttMs)
  }

  #landed(marker: number): void {
    this.#flight.answered(marker)
    if (this.#ready.length > 0) this.#schedule()
  }

  #goAway(code: number): void {
    this.#remoteGoAway = true
    if (code !== GoAway.normal) this.#fail(new Error('The peer gave the connection up.'))
  }

  #receive(chunk: Uint8Array): void {
    if (this.#gone || this.status === 'closed') return
    this.#pinger.heard()
    try {
      this.#decoder.push(chunk)
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #giveUp(reason: Error): void {
    for (const stream of [...this.streams]) stream.abort(reason)
    this.#fail(reason)
  }

  #fail(reason: Error): void {
    this.abort(reason)
    this.#link.abort(reason)
  }

  #closed(error: Error | undefined): void {
    if (this.#gone) return
    this.#gone = true
    this.status = 'closed'
    this.#pinger.stop()
    this.#cancelReturn?.()
    const reason = error ?? new Error('The connection closed.')
    for (const stream of [...this.streams]) stream.connectionClosed(reason)
    this.#settle()
  }

  #schedule(): void {
    if (this.#scheduled || this.#writing) return
    this.#scheduled = true
    // What is sent during one turn goes out in one write.
    queueMicrotask(() => this.#pump())
  }

  #pump(): void {
    this.#scheduled = false
    if (this.#writing || this.#gone || (this.#control.bytes === 0 && this.#ready.length === 0)) return
    const outbox = takeOutbox()
    const length = this.#assemble(outbox, this.#control.moveTo(outbox))
    if (length === 0) {
      giveOutbox(outbox)
      if (this.#ready.length > 0) this.#comeBack()
      return
    }
    this.#writing = true
    this.#link.write(outbox.subarray(0, length), () => {
      this.#writing = false
      giveOutbox(outbox)
      this.#pump()
    })
  }

  /** Enough is under way. An answer will let us go on; if none comes, the other side does not give any. */
  #comeBack(): void {
    this.#cancelReturn ??= this.#options.after(this.#flight.patienceMs, () => {
      this.#cancelReturn = undefined
      this.#pump()
    })
  }

  /** Fills `outbox` from `start` with frames of the streams that have something to send; returns the end. */
  #assemble(outbox: Uint8Array, start: number): number {
    let at = this.#assembleSmall(outbox, start)
    let room = this.#flight.room - (at - start)
    while (this.#ready.length > 0 && room > 0 && outboxBytes - at > 3 * headerBytes) {
      const stream = this.#ready.shift()!
      const free = Math.min(room, outboxBytes - at - 3 * headerBytes)
      const before = at
      at = this.#frame(outbox, at, stream, this.#ready.length === 0 ? free : Math.min(free, quantum))
      room -= at - before
      if (stream.sendable > 0) this.#ready.push(stream)
      else this.#waking.delete(stream)
    }
    // One may be due though nothing could be written: when the window shrinks, what is under way without a marker may fill it.
    const marker = this.#flight.wrote(at - start)
    if (marker === undefined) return at
    writeHeader(outbox, at, FrameType.ping, Flag.syn, 0, markerBit + (marker % markerBit))
    return at + headerBytes
  }

  /** Streams that have little to say go first, and do not wait for what is under way: they are what people wait for. */
  #assembleSmall(outbox: Uint8Array, start: number): number {
    let at = start
    const others: MuxedStream[] = []
    for (const stream of this.#ready) {
      const isSmall = stream.sendable <= smallBytes && outboxBytes - at > smallBytes + 3 * headerBytes
      if (!isSmall) {
        others.push(stream)
        continue
      }
      at = this.#frame(outbox, at, stream, smallBytes)
      this.#waking.delete(stream)
    }
    this.#ready = others
    return at
  }

  /** A frame with at most `most` bytes of a stream, and its end if it has come. */
  #frame(outbox: Uint8Array, start: number, stream: MuxedStream, most: number): number {
    let at = start
    const size = Math.min(stream.sendable, most)
    if (size > 0) {
      writeHeader(outbox, at, FrameType.data, 0, stream.streamId, size)
      stream.fill(outbox, at + headerBytes, size)
      at += headerBytes + size
    }
    if (stream.finishing) {
      writeHeader(outbox, at, FrameType.windowUpdate, Flag.fin, stream.streamId, 0)
      stream.sentFin()
      at += headerBytes
    }
    return at
  }
}
