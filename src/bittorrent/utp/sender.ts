import type { World } from '../../base/index.ts'
import { type UtpPacket, utpHeaderBytes } from '../../wire/index.ts'
import type { UtpConfig } from './config.ts'
import { Congestion } from './congestion.ts'
import { InFlight, type Sent } from './in-flight.ts'
import { Pacer } from './pacer.ts'
import { PacketSize, type PathLimits } from './packet-size.ts'
import { RoundTrip } from './round-trip.ts'
import { SendQueue } from './send-queue.ts'

export interface SenderParts {
  readonly world: World
  readonly config: UtpConfig
  readonly limits: PathLimits
  /** The number of the first packet. */
  readonly seq: number
  /** Sends it, with a header of now. */
  transmit(packet: Sent): void
}

/** What keeps bytes from going. */
export type Obstacle = 'nothing' | 'window' | 'pace' | 'peer'

/** The sending half: turns bytes into packets, sends what is lost again, and never has more on its way than the path takes. */
export class Sender {
  readonly queue: SendQueue = new SendQueue()
  readonly roundTrip: RoundTrip = new RoundTrip()
  flight: InFlight
  readonly #parts: SenderParts
  readonly #congestion: Congestion
  readonly #size: PacketSize
  readonly #pacer = new Pacer()
  /** Room of the other side, in bytes. */
  #peerWindow = utpHeaderBytes * 1024
  #limited = false
  /** Losses of packets that were sent before do not count again. */
  #cutOrder = 0
  #sentAt: number
  #fin: Sent | undefined

  constructor(parts: SenderParts) {
    this.#parts = parts
    const { world, config, limits, seq } = parts
    this.flight = new InFlight(seq)
    this.#size = new PacketSize(limits)
    this.#congestion = new Congestion(world, {
      targetMs: limits.yields ? config.targetDelayMs : Number.POSITIVE_INFINITY,
      mostBytes: config.maxWindowBytes,
      packetBytes: limits.first,
    })
    this.#sentAt = world.now()
  }

  get packetBytes(): number {
    return this.#size.bytes
  }

  /** Milliseconds until more may go, when it is the pace that keeps it. */
  get paceMs(): number {
    return this.#pacer.waitMs
  }

  /** Nothing waits, and nothing is on its way. */
  get isIdle(): boolean {
    return this.queue.bytes === 0 && this.flight.size === 0
  }

  /** The end was sent and has arrived. */
  get isFinished(): boolean {
    return this.#fin?.acked === true
  }

  /** Sends what may be sent now. */
  flush(now: number): Obstacle {
    const { roundTrip, flight } = this
    if (this.queue.bytes > 0 && flight.size === 0 && now - this.#sentAt > roundTrip.timeoutMs)
      this.#congestion.idled()
    const { window, inSlowStart } = this.#congestion
    this.#pacer.refill(now, ((inSlowStart ? 2 : 1.25) * window) / (roundTrip.ms ?? 1), this.#size.bytes)
    this.#limited = false
    return this.#sendLost(now) ?? this.#sendNew(now) ?? 'nothing'
  }

  /** The end, when all bytes went. */
  finish(now: number): void {
    if (this.queue.bytes > 0 || this.#fin !== undefined) return
    this.#fin = this.flight.add('fin', new Uint8Array(utpHeaderBytes))
    this.#transmit(this.#fin, now)
  }

  /** Takes a possible acknowledgement. `queueing`: microseconds. True when it brought news. */
  acknowledge({ ack, sack, type, window }: UtpPacket, queueing: number | undefined, now: number): boolean {
    this.#peerWindow = window
    const { leastMs } = this.roundTrip
    const { acked, lost, mistaken } = this.flight.acknowledge(ack, sack, type === 'state', now, leastMs)
    if (acked.length > 0) this.#onArrived(acked, queueing, mistaken, now)
    this.#onLost(lost)
    return acked.length > 0
  }

  /** Nothing came back for too long. */
  timedOut(): void {
    const wasProbe = this.flight.oldest?.probe !== 0 && this.flight.size === 1
    for (const packet of this.flight.timedOut()) this.#giveUpProbe(packet)
    this.roundTrip.timedOut()
    this.#cutOrder = this.flight.order
    if (wasProbe) return
    this.#size.timedOut()
    this.#congestion.timedOut()
    this.#congestion.packetBytes = this.#size.bytes
  }

  clear(): void {
    this.queue.clear()
    this.flight = new InFlight(this.flight.next)
  }

  /** One packet, though the window of the other side is shut. */
  probeWindow(now: number): void {
    if (this.queue.bytes > 0 && this.flight.size === 0) this.#sendPart(this.#nextLength(), 0, now)
  }

  #onArrived(acked: readonly Sent[], queueing: number | undefined, mistaken: boolean, now: number): void {
    const { roundTrip } = this
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
  }

  #onLost(lost: readonly Sent[]): void {
    let isCongestion = false
    for (const packet of lost) if (!this.#giveUpProbe(packet)) isCongestion ||= packet.order > this.#cutOrder
    if (!isCongestion) return
    this.#cutOrder = this.flight.order
    this.#congestion.lost()
  }

  /** Whether a lost packet only tried a longer size: that says nothing of congestion. */
  #giveUpProbe(packet: Sent): boolean {
    if (packet.probe === 0) return false
    packet.probe = 0
    this.#size.failed()
    return true
  }

  #sendLost(now: number): Obstacle | undefined {
    for (let packet = this.flight.nextLost(); packet !== undefined; packet = this.flight.nextLost()) {
      const obstacle = this.#obstacleTo(packet.bytes.length)
      if (obstacle !== undefined) return obstacle
      this.#transmit(packet, now)
    }
    return undefined
  }

  #sendNew(now: number): Obstacle | undefined {
    while (this.queue.bytes > 0) {
      const length = this.#nextLength()
      const obstacle = this.#obstacleTo(length + utpHeaderBytes) ?? this.#obstacleAtPeer(length)
      if (obstacle !== undefined) return obstacle
      this.#sendPart(length, this.queue.bytes >= this.#size.bytes ? this.#size.probe() : 0, now)
    }
    return undefined
  }

  #nextLength(): number {
    return Math.min(this.#size.bytes - utpHeaderBytes, this.queue.bytes)
  }

  #obstacleTo(length: number): Obstacle | undefined {
    const { bytes } = this.flight
    if (bytes > 0 && bytes + length > this.#congestion.window) {
      this.#limited = true
      return 'window'
    }
    if (!this.#pacer.isEmpty) return undefined
    // What waits only for its turn uses the window all the same.
    this.#limited = true
    return 'pace'
  }

  #obstacleAtPeer(length: number): Obstacle | undefined {
    return this.flight.bytes + length <= this.#peerWindow ? undefined : 'peer'
  }

  #sendPart(length: number, probe: number, now: number): void {
    const bytes = new Uint8Array(utpHeaderBytes + length)
    this.queue.take(bytes, utpHeaderBytes)
    const packet = this.flight.add('data', bytes)
    // An extension has at least two bytes.
    if (probe >= bytes.length + 2) packet.probe = probe
    else if (probe !== 0) this.#size.unused()
    this.#transmit(packet, now)
  }

  #transmit(packet: Sent, now: number): void {
    this.flight.sent(packet, now)
    this.#pacer.take(packet.bytes.length)
    this.#sentAt = now
    this.#parts.transmit(packet)
  }
}
