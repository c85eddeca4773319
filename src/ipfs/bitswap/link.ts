import { PeerageError, type Timer, type World } from '../../base/index.ts'
import type { PeerStream } from '../../network/index.ts'
import { copyBytes } from '../../swarm/index.ts'
import {
  type BitswapBlock,
  type BitswapMessage,
  type BitswapNotes,
  BitswapReader,
  encodeBitswap,
} from '../../wire/index.ts'
import type { BitswapConfig } from './config.ts'

/** The latest first: before 1.2 nobody said whether he has something, before 1.1 all blocks were of version 0. */
export const bitswapProtocols = ['/ipfs/bitswap/1.2.0', '/ipfs/bitswap/1.1.0'] as const

/** Whom a link tells what came. */
export interface LinkListener {
  /** Memory for a block that is announced; undefined: it is passed over. */
  room(length: number, prefix: Uint8Array): Uint8Array | undefined
  block(block: BitswapBlock): void
  /** So many blocks that there was room for do not come: their stream ended within them. */
  cutShort(blocks: number): void
  refused(length: number): void
  /** What it says of wants and blocks, and on which connection. */
  notes(notes: BitswapNotes, connection: string): void
  /** What was sent may not have arrived. */
  lost(): void
  /** Nothing can be sent: nobody is there, or it does not speak Bitswap. */
  unreachable(error: unknown): void
  /** It broke the rules. */
  offence(reason: string): void
}

export interface LinkParts {
  readonly world: World
  readonly config: BitswapConfig
  readonly listener: LinkListener
  open(protocol: string, signal: AbortSignal): Promise<PeerStream>
}

/** Of a message that has begun so much must come in the time of silence, and so much must be taken of what waits to be sent. */
const leastBytes = 32_768

const nothing: BitswapMessage = { full: false, wants: [], blocks: [], presences: [], pendingBytes: 0 }

/**
 * What goes to and comes from one peer: a stream of ours for what we send, opened when there is something and closed when there is nothing
 * for a while, and streams of the peer's, of which some programs open one a message.
 */
export class Link {
  readonly #parts: LinkParts
  readonly #stop = new AbortController()
  readonly #inbound = new Set<Inbound>()
  #out: PeerStream | undefined
  #opening: AbortController | undefined
  #queue: Queued[] = []
  #protocol: string = bitswapProtocols[0]
  #idle: Timer | undefined
  #sentAt = 0
  /** What was given to the stream, what of that it had taken when it last took enough, and when that was. */
  #given = 0
  #taken = { bytes: 0, at: 0 }
  #isPaused = false
  /** World.now() when bytes last came. */
  heardAt = 0

  constructor(parts: LinkParts) {
    this.#parts = parts
  }

  /** Whether the other side understands "have" and "do not have", as far as is known. */
  get tellsPresence(): boolean {
    return this.#protocol === bitswapProtocols[0]
  }

  get isClosed(): boolean {
    return this.#stop.signal.aborted
  }

  /** `released` is called once, when the bytes of its blocks are needed no more. */
  send(message: Partial<BitswapMessage>, released: () => void = () => {}): void {
    if (this.isClosed) {
      released()
      return
    }
    this.#queue.push({ message, released })
    if (this.#out !== undefined) this.#flush(this.#out)
    else if (this.#opening === undefined) void this.#open()
  }

  /** Answers that wait to be sent have become pointless. */
  dropAnswers(): void {
    const isAnswer = ({ message: { wants = [] } }: Queued): boolean => wants.length === 0
    const dropped = this.#queue.filter(isAnswer)
    this.#queue = this.#queue.filter(queued => !isAnswer(queued))
    for (const { released } of dropped) released()
  }

  /** Whatever was sent on another connection than this, on which the peer begins anew, may never arrive. */
  moveTo(connection: string): void {
    const reason = new Error('It goes on over another connection.')
    const stream = this.#out
    if (this.#opening !== undefined) {
      this.#opening.abort(reason)
      void this.#open()
    } else if (stream !== undefined && stream.connection !== connection) {
      this.#closed(stream)
      stream.abort(reason)
    }
  }

  accept(stream: PeerStream): void {
    const { world, config, listener } = this.#parts
    if (this.#inbound.size >= config.maxStreamsPerPeer) {
      const [oldest] = this.#inbound
      oldest?.stream.abort(new Error('There are too many streams.'))
    }
    const room = (...of: Parameters<LinkListener['room']>): Uint8Array | undefined => {
      const memory = listener.room(...of)
      if (memory !== undefined) inbound.rooms++
      return memory
    }
    const reader = new BitswapReader(room, copyBytes)
    const inbound: Inbound = { stream, reader, bytes: 0, rooms: 0, watch: undefined }
    this.#inbound.add(inbound)
    if (this.#isPaused) stream.pause()
    watchSilence(inbound, world, config.silenceMs)
    stream.onData(chunk => this.#received(inbound, chunk))
    stream.onEnd(() => void stream.close().catch(() => {}))
    stream.onClose(() => {
      inbound.watch?.cancel()
      this.#inbound.delete(inbound)
      if (inbound.rooms > 0) listener.cutShort(inbound.rooms)
    })
    // Nothing is said on a stream that the other side opened.
    stream.closeWrite().catch(() => {})
  }

  /** Stops reading while there is no room for what comes. */
  set isPaused(paused: boolean) {
    if (paused === this.#isPaused) return
    this.#isPaused = paused
    for (const { stream } of this.#inbound) {
      if (paused) stream.pause()
      else stream.resume()
    }
  }

  close(reason: Error): void {
    if (this.isClosed) return
    this.#stop.abort(reason)
    this.#idle?.cancel()
    for (const { stream } of this.#inbound) stream.abort(reason)
    this.#out?.abort(reason)
    this.#drop()
  }

  #received(inbound: Inbound, chunk: Uint8Array): void {
    const { listener } = this.#parts
    inbound.bytes += chunk.length
    this.heardAt = this.#parts.world.now()
    try {
      for (const part of inbound.reader.push(chunk)) {
        if ('block' in part) {
          inbound.rooms--
          listener.block(part.block)
        } else if ('refused' in part) listener.refused(part.refused)
        else listener.notes(part.notes, inbound.stream.connection)
      }
    } catch (error) {
      inbound.stream.abort(error instanceof Error ? error : new Error(String(error)))
      if (!(error instanceof PeerageError)) throw error
      listener.offence(error.message)
    }
  }

  async #open(): Promise<void> {
    const opening = new AbortController()
    this.#opening = opening
    try {
      const stream = await this.#negotiate(AbortSignal.any([this.#stop.signal, opening.signal]))
      const isNeeded = this.#opening === opening
      if (isNeeded) this.#opening = undefined
      if (this.isClosed || !isNeeded) {
        stream.abort(new Error('It is closed.'))
        return
      }
      this.#out = stream
      this.#given = 0
      this.#taken = { bytes: 0, at: this.#parts.world.now() }
      stream.onClose(() => this.#closed(stream))
      // Nobody says anything here, but the end is only told to who reads.
      stream.onData(() => {})
      this.#watchIdle()
      this.#flush(stream)
    } catch (error) {
      if (this.#opening !== opening) return
      this.#opening = undefined
      this.#drop()
      if (!this.isClosed) this.#parts.listener.unreachable(error)
    }
  }

  async #negotiate(signal: AbortSignal): Promise<PeerStream> {
    for (const protocol of bitswapProtocols) {
      try {
        const stream = await this.#parts.open(protocol, signal)
        this.#protocol = protocol
        return stream
      } catch (error) {
        const isLast = protocol === bitswapProtocols.at(-1)
        if (isLast || !(error instanceof PeerageError) || error.code !== 'peer.protocol') throw error
      }
    }
    throw new TypeError('there is a protocol')
  }

  #flush(stream: PeerStream): void {
    this.#sentAt = this.#parts.world.now()
    for (const { message, released } of this.#queue.splice(0)) {
      const pieces = encodeBitswap({ ...nothing, ...message, ...(!this.tellsPresence && { presences: [] }) })
      for (const piece of pieces) this.#given += piece.length
      for (const [at, piece] of pieces.entries())
        if (at === pieces.length - 1) stream.send(piece, released)
        else stream.send(piece)
    }
  }

  #closed(stream: PeerStream): void {
    if (this.#out !== stream) return
    this.#out = undefined
    this.#idle?.cancel()
    if (!this.isClosed) this.#parts.listener.lost()
  }

  #watchIdle(): void {
    const { world, config, listener } = this.#parts
    this.#idle = world.after(config.idleMs / 2, () => {
      const stream = this.#out
      if (stream === undefined) return
      if (this.#isStuck(stream.bufferedBytes))
        return listener.offence('it takes nothing of what it asked for.')
      const isIdle = stream.bufferedBytes === 0 && world.now() - this.#sentAt >= config.idleMs / 2
      if (!isIdle) return this.#watchIdle()
      this.#out = undefined
      stream.close().catch(() => {})
    })
  }

  /** Whether next to nothing is taken of what waits: memory that others could use. */
  #isStuck(waiting: number): boolean {
    const { world, config } = this.#parts
    const bytes = this.#given - waiting
    if (waiting === 0 || bytes - this.#taken.bytes >= leastBytes) this.#taken = { bytes, at: world.now() }
    return world.now() - this.#taken.at >= config.silenceMs
  }

  #drop(): void {
    for (const { released } of this.#queue.splice(0)) released()
  }
}

interface Queued {
  readonly message: Partial<BitswapMessage>
  readonly released: () => void
}

interface Inbound {
  readonly stream: PeerStream
  readonly reader: BitswapReader
  bytes: number
  /** Blocks that there was room for and that are not whole. */
  rooms: number
  watch: Timer | undefined
}

/** Cuts off who begins a message and goes on with it by drops. */
function watchSilence(inbound: Inbound, world: World, silenceMs: number): void {
  let before = 0
  inbound.watch = world.every(silenceMs, () => {
    const isSilent = inbound.reader.isInside && inbound.bytes - before < leastBytes
    before = inbound.bytes
    if (isSilent) inbound.stream.abort(new Error('The message does not go on.'))
  })
}
