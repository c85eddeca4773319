import { PeerageError, type World } from '../../base/index.ts'
import { encodeUtp, padUtp, type UtpPacket, type UtpType, writeUtpHeader } from '../../wire/index.ts'
import type { Budget } from './budget.ts'
import type { UtpConfig } from './config.ts'
import { Deadlines } from './deadlines.ts'
import type { Sent } from './in-flight.ts'
import { OneWayDelay } from './one-way-delay.ts'
import type { PathLimits } from './packet-size.ts'
import { Reassembly } from './reassembly.ts'
import type { SendQueue } from './send-queue.ts'
import { Sender } from './sender.ts'
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
  /** Has `flush` called after what is going on now, and after what has arrived by then. */
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

/**
 * One uTP connection (BEP 29): its beginning and end, what is acknowledged and when. Nothing that the other side sends makes it throw.
 * What is due waits for `flushSoon` too: after a pause of the whole program an answer may have come that was only not read yet.
 */
export class Connection {
  readonly #parts: ConnectionParts
  readonly #sender: Sender
  readonly #delay = new OneWayDelay()
  readonly #deadlines: Deadlines<'resend' | 'pace' | 'probeWindow' | 'ack' | 'linger' | 'keepAlive'>
  #reassembly: Reassembly | undefined
  #open: boolean
  #closed = false
  #tries = 0
  #timeouts = 0
  #saidWindow: number
  #unacked = 0
  #ackNow = false
  #finishing = false
  #sentAt: number
  /** When something new was acknowledged, or there was nothing to acknowledge. */
  #progressAt: number

  constructor(parts: ConnectionParts) {
    this.#parts = parts
    const { world, config, limits, seq, ack, budget, flushSoon } = parts
    this.#open = ack !== undefined
    this.#sender = new Sender({
      world,
      config,
      limits,
      seq: this.#open ? seq : advance(seq, 1),
      transmit: packet => this.#transmit(packet),
    })
    this.#deadlines = new Deadlines(world, flushSoon)
    this.#saidWindow = config.maxWindowBytes
    this.#sentAt = this.#progressAt = world.now()
    if (ack !== undefined) this.#reassembly = new Reassembly(ack, budget)
    else this.#ask()
  }

  get queue(): SendQueue {
    return this.#sender.queue
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
    return Math.min(room, held > 0 ? budget.left : Math.max(budget.left, 2 * this.#sender.packetBytes))
  }

  write(bytes: Uint8Array, released?: () => void): void {
    if (this.#closed || this.#finishing) {
      released?.()
      return
    }
    if (this.#sender.isIdle) this.#progressAt = this.#parts.world.now()
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
    this.#linger(this.#parts.world.now())
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
    const few = 4 * this.#sender.packetBytes
    const isNews = room - this.#saidWindow >= this.#parts.config.maxWindowBytes / 2
    if (!isNews && (this.#saidWindow >= few || room < few)) return
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
    if (!this.#sender.flight.isPossible(packet.ack, packet.sack)) return
    this.#timeouts = 0
    const queueing = this.#delay.measure(packet, now)
    if (this.#sender.acknowledge(packet, queueing, now)) this.#onProgress(now)
    this.#endIfBothDid()
    if (packet.type !== 'state' && !this.#closed) this.#take(packet)
    if (!this.#closed) this.#parts.flushSoon()
  }

  /** Does what is due and sends what may be sent now. */
  flush(): void {
    if (this.#closed) return
    const now = this.#parts.world.now()
    this.#doDue(now)
    if (this.isOpen) this.#send(now)
    if (!this.#closed) this.#deadlines.arm()
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
    this.#deadlines.set('resend', this.#sentAt + this.#sender.roundTrip.timeoutMs)
    this.#sender.roundTrip.timedOut()
    this.#deadlines.arm()
  }

  /**
   * The first `state` packet has the number of the first data to come; libutp and libtorrent do not count it, and the drawing in
   * BEP 29 does not fit them.
   */
  #isAnswer({ type, seq, ack }: UtpPacket): boolean {
    if (type !== 'state' || ack !== this.#parts.seq) return false
    const now = this.#parts.world.now()
    const { roundTrip } = this.#sender
    this.#open = true
    this.#deadlines.clear('resend')
    roundTrip.answered()
    if (this.#tries === 1) roundTrip.add(now - this.#sentAt)
    this.#reassembly = new Reassembly(advance(seq, -1), this.#parts.budget)
    this.#progressAt = now
    this.#parts.connected?.()
    return !this.#closed
  }

  /** Who sends a reset may name the id of either direction, but must know a number that is on its way. */
  #onReset({ ack }: UtpPacket): void {
    const { acked, size } = this.#sender.flight
    const ahead = this.#open ? distance(acked, ack) : Number(ack !== this.#parts.seq)
    if (ahead < 0 || ahead > size + 1 || (!this.#open && ahead !== 0)) return
    if (this.#finishing) {
      this.#end(undefined)
      return
    }
    const message = this.#open ? 'The other side reset the connection.' : 'The other side refused by uTP.'
    this.#end(new PeerageError('network.unreachable', message))
  }

  #onProgress(now: number): void {
    const { flight, roundTrip } = this.#sender
    this.#progressAt = now
    if (flight.size > 0) this.#deadlines.set('resend', now + roundTrip.timeoutMs)
    else this.#deadlines.clear('resend')
    if (this.#finishing) this.#linger(now)
  }

  #linger(now: number): void {
    this.#deadlines.set('linger', now + this.#parts.config.lingerMs)
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
    // Its end is acknowledged before ours.
    if (this.#sender.isFinished) this.flush()
    this.#endIfBothDid()
  }

  #endIfBothDid(): void {
    if (this.#sender.isFinished && this.#reassembly?.ended === true) this.#end(undefined)
  }

  #doDue(now: number): void {
    const { config } = this.#parts
    const due = this.#deadlines
    if (due.take('linger', now)) {
      if (this.#sender.isFinished) this.#end(undefined)
      else this.close()
    }
    if (!this.#closed && due.take('resend', now)) this.#onTimeout(now)
    if (!this.#closed && due.take('probeWindow', now) && !this.#isStalled(now)) this.#sender.probeWindow(now)
    due.clear('pace')
    if (due.take('ack', now) || (this.#open && now >= this.#sentAt + config.keepAliveMs)) this.#ackNow = true
  }

  #onTimeout(now: number): void {
    if (!this.#open) this.#ask()
    else if (this.#isStalled(now)) return
    else if (++this.#timeouts <= this.#parts.config.maxTimeouts) this.#sender.timedOut()
    else this.close(new PeerageError('network.unreachable', 'The other side does not answer any more.'))
  }

  #isStalled(now: number): boolean {
    if (now - this.#progressAt < this.#parts.config.stallMs) return false
    this.close(new PeerageError('network.unreachable', 'The other side takes nothing any more.'))
    return true
  }

  #send(now: number): void {
    const sender = this.#sender
    const waiting = this.queue.bytes
    const obstacle = sender.flush(now)
    if (this.#finishing) sender.finish(now)
    this.#sendAck(now)
    if (obstacle === 'pace') this.#deadlines.set('pace', now + sender.paceMs)
    // The window of the other side is shut: one packet now and then finds out whether the news of its opening were lost.
    if (obstacle !== 'peer' || sender.flight.size > 0) this.#deadlines.clear('probeWindow')
    else if (!this.#deadlines.has('probeWindow'))
      this.#deadlines.set('probeWindow', now + sender.roundTrip.timeoutMs)
    this.#deadlines.set('keepAlive', this.#sentAt + this.#parts.config.keepAliveMs)
    if (this.queue.bytes < waiting) this.#parts.sent()
  }

  #transmit({ bytes, type, seq, probe, sentAt }: Sent): void {
    writeUtpHeader(bytes, this.#header(type, seq))
    this.#parts.send(probe === 0 ? bytes : padUtp(bytes, probe))
    if (!this.#deadlines.has('resend'))
      this.#deadlines.set('resend', sentAt + this.#sender.roundTrip.timeoutMs)
    // Data acknowledge too, but cannot tell of gaps.
    if (this.#reassembly?.hasGaps !== true) this.#acknowledged()
    this.#sentAt = sentAt
  }

  #sendAck(now: number): void {
    if (!this.#ackNow && this.#unacked < 2) {
      if (this.#unacked > 0 && !this.#deadlines.has('ack')) this.#deadlines.set('ack', now + ackDelayMs)
      return
    }
    this.#acknowledged()
    this.#parts.send(this.#packet('state', this.#reassembly?.sack()))
    this.#sentAt = now
  }

  #acknowledged(): void {
    this.#unacked = 0
    this.#ackNow = false
    this.#deadlines.clear('ack')
  }

  #packet(type: UtpType, sack?: Uint8Array): Uint8Array {
    return encodeUtp(this.#header(type, this.#sender.flight.next), sack)
  }

  #header(type: UtpType, seq: number): Parameters<typeof writeUtpHeader>[1] {
    this.#saidWindow = this.window
    return {
      type,
      connection: this.#parts.sendId,
      timestamp: microseconds(this.#parts.world.now()),
      delay: this.#delay.echo,
      window: this.#saidWindow,
      seq,
      ack: this.#reassembly?.ack ?? 0,
    }
  }

  #end(error: Error | undefined): void {
    if (this.#closed) return
    this.#closed = true
    this.#deadlines.stop()
    this.#reassembly?.clear()
    this.#sender.clear()
    this.#parts.closed(error)
  }
}
