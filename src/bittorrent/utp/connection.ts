import { PeerageError, type Timer, type World } from '../../base/index.ts'
import {
  encodeUtp,
  padUtp,
  type UtpPacket,
  type UtpType,
  utpHeaderBytes,
  writeUtpHeader,
} from '../../wire/index.ts'
import { BaseDelay } from './base-delay.ts'
import type { Budget } from './budget.ts'
import type { UtpConfig } from './config.ts'
import { Congestion } from './congestion.ts'
import { InFlight, type Sent } from './in-flight.ts'
import { PacketSize, type PathLimits } from './packet-size.ts'
import { Reassembly } from './reassembly.ts'
import { RoundTrip } from './round-trip.ts'
import { SendQueue } from './send-queue.ts'
import { advance, distance, microseconds } from './sequence.ts'

export interface ConnectionParts {
  readonly world: World
  readonly config: UtpConfig
  readonly budget: Budget
  readonly limits: PathLimits
  /** Connection ids (BEP 29): in packets to us, and in packets from us. */
  readonly receiveId: number
  readonly sendId: number
  /** Of our first packet. */
  readonly seq: number
  /** Of a connection that came: the number of the packet before its first data. Undefined: we ask for the connection. */
  readonly ack?: number
  send(packet: Uint8Array): void
  /** Has `flush` called after what is going on now. */
  flushSoon(): void
  connected?(): void
  /** Bytes in order, valid only during the call. */
  data(payload: Uint8Array): void
  /** Bytes that were delivered and not yet read. */
  unread(): number
  /** The other side sends no more. */
  ended(): void
  /** Bytes went from the queue to the network. */
  sent(): void
  /** Called once, whatever ends it. */
  closed(error: Error | undefined): void
}

/** One packet alone is acknowledged after so long; two at once. */
const ackDelayMs = 10
/** Clocks of two machines do not drift faster between two packets: the path has changed. */
const mostDrift = 10_000
const never = Number.POSITIVE_INFINITY

/** One uTP connection (BEP 29): turns packets into bytes and bytes into packets. Nothing that the other side sends makes it throw. */
export class Connection {
  readonly queue: SendQueue = new SendQueue()
  readonly roundTrip: RoundTrip = new RoundTrip()
  readonly #parts: ConnectionParts
  readonly #congestion: Congestion
  readonly #size: PacketSize
  readonly #ourDelay = new BaseDelay()
  readonly #theirDelay = new BaseDelay()
  #flight: InFlight
  #reassembly: Reassembly | undefined
  #open: boolean
  #closed = false
  #tries = 0
  /** What the latest packet took to get here, for the other side. */
  #echo = 0
  #peerWindow = utpHeaderBytes * 1024
  #saidWindow: number
  #limited = false
  #unacked = 0
  #ackNow = false
  /** Losses of packets that were sent before do not count again. */
  #cutOrder = 0
  #timeouts = 0
  #finishing = false
  #fin: Sent | undefined
  #timer: Timer | undefined
  #timerAt = never
  #resendAt = never
  #ackAt = never
  #windowProbeAt = never
  #lingerAt = never
  #sentAt: number
  /** When something new was acknowledged, or there was nothing to acknowledge. */
  #progressAt: number

  constructor(parts: ConnectionParts) {
    this.#parts = parts
    const { world, config, limits, seq, ack, budget } = parts
    this.#size = new PacketSize(limits)
    this.#congestion = new Congestion(world, {
      targetMs: config.targetDelayMs,
      mostBytes: config.maxWindowBytes,
      packetBytes: limits.first,
    })
    this.#saidWindow = config.maxWindowBytes
    this.#sentAt = this.#progressAt = world.now()
    this.#open = ack !== undefined
    this.#flight = new InFlight(this.#open ? seq : advance(seq, 1))
    if (ack !== undefined) this.#reassembly = new Reassembly(ack, budget)
    else this.#ask()
  }

  get isOpen(): boolean {
    return this.#open && !this.#closed
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Bytes that the other side may send beyond what came. */
  get window(): number {
    const { config, budget, unread } = this.#parts
    const held = unread() + (this.#reassembly?.earlyBytes ?? 0)
    const room = Math.max(0, config.maxWindowBytes - held)
    return Math.min(room, held > 0 ? budget.left : Math.max(budget.left, 2 * this.#size.bytes))
  }

  write(bytes: Uint8Array, released?: () => void): void {
    if (this.#closed || this.#finishing) {
      released?.()
      return
    }
    if (this.queue.bytes === 0 && this.#flight.size === 0) this.#progressAt = this.#parts.world.now()
    this.queue.add(bytes, released)
    this.#parts.flushSoon()
  }

  /** Sends what waits, then the end. */
  finish(): void {
    if (this.#closed || this.#finishing) return
    this.#finishing = true
    if (!this.#open) {
      this.close()
      return
    }
    this.#lingerAt = this.#parts.world.now() + this.#parts.config.lingerMs
    this.#arm()
    this.#parts.flushSoon()
  }

  /** Ends it at once and tells the other side. */
  close(error?: Error): void {
    if (this.#closed) return
    if (this.#open) this.#parts.send(this.#packet('reset'))
    this.#end(error)
  }

  /** Some of what was delivered has been read. */
  consumed(): void {
    if (!this.isOpen) return
    const room = this.window
    const isNews = room - this.#saidWindow >= this.#parts.config.maxWindowBytes / 2
    if (!isNews && (this.#saidWindow >= 4 * this.#size.bytes || room < 4 * this.#size.bytes)) return
    this.#ackNow = true
    this.#parts.flushSoon()
  }

  /** Takes a packet with our connection id. */
  receive(packet: UtpPacket): void {
    if (this.#closed || packet.type === 'syn') return
    const now = this.#parts.world.now()
    if (packet.type === 'reset') {
      this.#onReset(packet)
      return
    }
    if (!this.#open && !this.#isAnswer(packet)) return
    if (!this.#flight.isPossible(packet.ack, packet.sack)) return
    this.#timeouts = 0
    const queueing = this.#measure(packet, now)
    this.#peerWindow = packet.window
    this.#acknowledge(packet, queueing, now)
    if (packet.type !== 'state' && !this.#closed) this.#take(packet)
    if (!this.#closed) this.#parts.flushSoon()
  }

  /** Sends what may be sent now. */
  flush(): void {
    if (this.#closed || !this.#open) return
    const { world } = this.#parts
    const now = world.now()
    const waiting = this.queue.bytes
    if (waiting > 0 && this.#flight.size === 0 && now - this.#sentAt > this.roundTrip.timeoutMs)
      this.#congestion.idled()
    this.#sendLost(now)
    this.#sendNew(now)
    if (this.#finishing && this.queue.bytes === 0 && this.#fin === undefined) {
      this.#fin = this.#flight.add('fin', new Uint8Array(utpHeaderBytes))
      this.#transmit(this.#fin, now)
    }
    this.#sendAck(now)
    this.#arm()
    if (this.queue.bytes < waiting) this.#parts.sent()
  }

  #ask(): void {
    const { world, config, seq, receiveId } = this.#parts
    if (this.#tries++ >= config.connectTries) {
      const message = 'The other side does not answer by uTP.'
      this.#end(new PeerageError('network.unreachable', message))
      return
    }
    // BEP 29: a SYN carries the id of packets to us; all others the id of packets to the receiver.
    this.#parts.send(encodeUtp({ ...this.#header('syn', seq), connection: receiveId }))
    this.#sentAt = world.now()
    this.#resendAt = this.#sentAt + this.roundTrip.timeoutMs
    this.roundTrip.timedOut()
    this.#arm()
  }

  /**
   * The first `state` packet has the number of the first data to come; libutp and libtorrent do not count it, and the drawing in
   * BEP 29 does not fit them.
   */
  #isAnswer({ type, seq, ack }: UtpPacket): boolean {
    if (type !== 'state' || ack !== this.#parts.seq) return false
    const now = this.#parts.world.now()
    this.#open = true
    this.#resendAt = never
    this.roundTrip.answered()
    if (this.#tries === 1) this.roundTrip.add(now - this.#sentAt)
    this.#reassembly = new Reassembly(advance(seq, -1), this.#parts.budget)
    this.#progressAt = now
    this.#parts.connected?.()
    return !this.#closed
  }

  /** Who sends a reset may name the id of either direction, but must know a number that is on its way. */
  #onReset({ ack }: UtpPacket): void {
    const ahead = this.#open ? distance(this.#flight.acked, ack) : Number(ack !== this.#parts.seq)
    if (ahead < 0 || ahead > this.#flight.size + 1 || (!this.#open && ahead !== 0)) return
    if (this.#finishing) {
      this.#end(undefined)
      return
    }
    const message = this.#open ? 'The other side reset the connection.' : 'The other side refused by uTP.'
    this.#end(new PeerageError('network.unreachable', message))
  }

  /** Answers how many microseconds above the least our packets take, if the other side tells. */
  #measure({ timestamp, delay }: UtpPacket, now: number): number | undefined {
    if (timestamp !== 0) {
      const before = this.#theirDelay.base
      this.#echo = (microseconds(now) - timestamp) >>> 0
      this.#theirDelay.add(this.#echo, now)
      const fell = before === undefined ? 0 : (before - this.#theirDelay.base!) | 0
      // One clock runs faster: what falls in one direction rises in the other.
      if (fell > 0 && fell < mostDrift) this.#ourDelay.shift(fell)
    }
    // Some say the largest number of 31 bits when they do not know.
    return delay === 0 || delay === 0x7fffffff ? undefined : this.#ourDelay.add(delay, now)
  }

  #acknowledge({ ack, sack, type }: UtpPacket, queueing: number | undefined, now: number): void {
    const { roundTrip } = this
    const { acked, lost, mistaken } = this.#flight.acknowledge(
      ack,
      sack,
      type === 'state',
      now,
      roundTrip.leastMs,
    )
    if (acked.length > 0) {
      let bytes = 0
      for (const packet of acked) {
        bytes += packet.bytes.length
        this.#size.arrived(packet.bytes.length, packet.probe)
      }
      if (this.#size.bytes !== this.#congestion.packetBytes) this.#congestion.packetBytes = this.#size.bytes
      // Where something was sent again, the others may have waited there for it.
      if (acked.every(({ sends }) => sends === 1)) roundTrip.add(now - acked[acked.length - 1]!.sentAt)
      roundTrip.answered()
      if (mistaken) this.#congestion.regret()
      this.#congestion.acknowledged({
        bytes,
        queueing,
        limited: this.#limited,
        roundTripMs: roundTrip.ms ?? 1,
        leastRoundTripMs: roundTrip.leastMs,
      })
      this.#progressAt = now
      this.#resendAt = this.#flight.size > 0 ? now + roundTrip.timeoutMs : never
      if (this.#finishing) this.#lingerAt = now + this.#parts.config.lingerMs
    }
    this.#onLost(lost)
    if (this.#fin?.acked === true && this.#reassembly?.ended === true) this.#end(undefined)
  }

  #onLost(lost: readonly Sent[]): void {
    let isCongestion = false
    for (const packet of lost) {
      if (packet.probe !== 0) {
        packet.probe = 0
        this.#size.failed()
      } else isCongestion ||= packet.order > this.#cutOrder
    }
    if (!isCongestion) return
    this.#cutOrder = this.#flight.order
    this.#congestion.lost()
  }

  #take(packet: UtpPacket): void {
    const reassembly = this.#reassembly!
    const { unread, data } = this.#parts
    const hadEnded = reassembly.ended
    // What is next needs no room of its own, unless nobody reads.
    const mayKeep = unread() === 0 || packet.payload.length <= this.window
    const deliver = (payload: Uint8Array): void => {
      if (!this.#closed) data(payload)
    }
    const isNew = mayKeep && reassembly.take(packet, this.window, deliver)
    this.#unacked++
    if (!isNew || reassembly.hasGaps || packet.type === 'fin') this.#ackNow = true
    if (!reassembly.ended || hadEnded || this.#closed) return
    this.#parts.ended()
    if (this.#fin?.acked === true) {
      this.flush()
      this.#end(undefined)
    }
  }

  #sendLost(now: number): void {
    for (let packet = this.#flight.nextLost(); packet !== undefined; packet = this.#flight.nextLost()) {
      const { bytes } = this.#flight
      if (bytes > 0 && bytes + packet.bytes.length > this.#congestion.window) return
      this.#transmit(packet, now)
    }
  }

  #sendNew(now: number): void {
    this.#limited = false
    this.#windowProbeAt = never
    while (this.queue.bytes > 0 && !this.#flight.hasLost) {
      const probe = this.queue.bytes >= this.#size.bytes ? this.#size.probe() : 0
      const length = Math.min(this.#size.bytes - utpHeaderBytes, this.queue.bytes)
      if (!this.#mayGo(length + utpHeaderBytes, now)) {
        if (probe !== 0) this.#size.unused()
        return
      }
      this.#sendPart(length, probe, now)
    }
  }

  #mayGo(length: number, now: number): boolean {
    const { bytes, size } = this.#flight
    if (bytes > 0 && bytes + length > this.#congestion.window) {
      this.#limited = true
      return false
    }
    if (bytes + length <= this.#peerWindow) return true
    if (size === 0) this.#windowProbeAt = now + this.roundTrip.timeoutMs
    return false
  }

  #sendPart(length: number, probe: number, now: number): void {
    const bytes = new Uint8Array(utpHeaderBytes + length)
    this.queue.take(bytes, utpHeaderBytes)
    const packet = this.#flight.add('data', bytes)
    // An extension has at least two bytes.
    if (probe >= bytes.length + 2) packet.probe = probe
    else if (probe !== 0) this.#size.unused()
    this.#transmit(packet, now)
  }

  #transmit(packet: Sent, now: number): void {
    const { bytes, type, seq } = packet
    this.#flight.sent(packet, now)
    writeUtpHeader(bytes, this.#header(type, seq))
    this.#parts.send(packet.probe === 0 ? bytes : padUtp(bytes, packet.probe))
    if (this.#resendAt === never) this.#resendAt = now + this.roundTrip.timeoutMs
    // Data acknowledge too, but cannot tell of gaps.
    if (this.#reassembly?.hasGaps !== true) this.#acknowledged()
    this.#sentAt = now
  }

  #sendAck(now: number): void {
    if (!this.#ackNow && this.#unacked < 2) {
      if (this.#unacked > 0 && this.#ackAt === never) this.#ackAt = now + ackDelayMs
      return
    }
    this.#acknowledged()
    this.#parts.send(this.#packet('state', this.#reassembly?.sack()))
    this.#sentAt = now
  }

  #acknowledged(): void {
    this.#unacked = 0
    this.#ackNow = false
    this.#ackAt = never
  }

  #packet(type: UtpType, sack?: Uint8Array): Uint8Array {
    return encodeUtp(this.#header(type, this.#flight.next), sack)
  }

  #header(type: UtpType, seq: number): Parameters<typeof writeUtpHeader>[1] {
    this.#saidWindow = this.window
    return {
      type,
      connection: this.#parts.sendId,
      timestamp: microseconds(this.#parts.world.now()),
      delay: this.#echo,
      window: this.#saidWindow,
      seq,
      ack: this.#reassembly?.ack ?? 0,
    }
  }

  /** One timer for all that waits: it may come too early, then it is set again. */
  #arm(): void {
    if (this.#closed) return
    const keepAliveAt = this.#open ? this.#sentAt + this.#parts.config.keepAliveMs : never
    const at = Math.min(this.#resendAt, this.#ackAt, this.#windowProbeAt, this.#lingerAt, keepAliveAt)
    if (at === never || (this.#timer !== undefined && this.#timerAt <= at)) return
    this.#timer?.cancel()
    this.#timerAt = at
    this.#timer = this.#parts.world.after(Math.max(0, at - this.#parts.world.now()), () => this.#onTimer())
  }

  #onTimer(): void {
    this.#timer = undefined
    const now = this.#parts.world.now()
    if (now >= this.#lingerAt) {
      if (this.#fin?.acked === true) this.#end(undefined)
      else this.close()
    }
    if (this.#closed) return
    if (now >= this.#resendAt) this.#onTimeout(now)
    if (this.#closed) return
    if (now >= this.#windowProbeAt) this.#probeWindow(now)
    const isQuiet = this.#open && now >= this.#sentAt + this.#parts.config.keepAliveMs
    if (now >= this.#ackAt || isQuiet) this.#ackNow = true
    this.flush()
    this.#arm()
  }

  #onTimeout(now: number): void {
    this.#resendAt = never
    if (!this.#open) this.#ask()
    else if (!this.#isStalled(now)) this.#resend()
  }

  #resend(): void {
    if (++this.#timeouts > this.#parts.config.maxTimeouts) {
      this.close(new PeerageError('network.unreachable', 'The other side does not answer any more.'))
      return
    }
    const oldest = this.#flight.oldest
    const wasProbe = oldest?.probe !== 0 && this.#flight.size === 1
    for (const packet of this.#flight.timedOut())
      if (packet.probe !== 0) {
        packet.probe = 0
        this.#size.failed()
      }
    this.roundTrip.timedOut()
    this.#cutOrder = this.#flight.order
    if (wasProbe) return
    this.#size.timedOut()
    this.#congestion.timedOut()
    this.#congestion.packetBytes = this.#size.bytes
  }

  /** The window of the other side is shut: one packet now and then finds out whether the news of its opening were lost. */
  #probeWindow(now: number): void {
    this.#windowProbeAt = never
    if (this.queue.bytes === 0 || this.#flight.size > 0 || this.#isStalled(now)) return
    this.#sendPart(Math.min(this.#size.bytes - utpHeaderBytes, this.queue.bytes), 0, now)
  }

  #isStalled(now: number): boolean {
    if (now - this.#progressAt < this.#parts.config.stallMs) return false
    this.close(new PeerageError('network.unreachable', 'The other side takes nothing any more.'))
    return true
  }

  #end(error: Error | undefined): void {
    if (this.#closed) return
    this.#closed = true
    this.#timer?.cancel()
    this.#reassembly?.clear()
    this.queue.clear()
    this.#flight = new InFlight(this.#flight.next)
    this.#parts.closed(error)
  }
}
