import { advance, distance } from './sequence.ts'

/** A packet that was sent and is not acknowledged yet. */
export interface Sent {
  readonly type: 'data' | 'fin'
  readonly seq: number
  /** The whole packet; its header is written anew each time it is sent. */
  readonly bytes: Uint8Array
  /** Length to which it was padded to see whether the path takes so much; 0 is none. */
  probe: number
  sentAt: number
  /** The how-manieth sending of this connection that was. */
  order: number
  sends: number
  lost: boolean
  acked: boolean
}

/** What an acknowledgement did. */
export interface Progress {
  /** Packets that it acknowledged for the first time. */
  readonly acked: Sent[]
  readonly lost: Sent[]
  /** What was taken for lost had only been overtaken. */
  mistaken: boolean
}

/** BEP 29: a packet is lost when three that were sent later have arrived. */
const firstThreshold = 3
/** A path may deliver in another order than we thought. */
const mostThreshold = 512

/** Packets on their way, oldest first: which are acknowledged, which are lost. */
export class InFlight {
  /** From `#head` on without gaps in their numbers. */
  #packets: Sent[] = []
  #head = 0
  /** The next number. */
  #next: number
  #order = 0
  /** The latest sending that is known to have arrived. */
  #arrivedOrder = 0
  #threshold = firstThreshold
  #lost = 0
  #sameAcks = 0
  /** Bytes on their way: neither acknowledged nor lost. */
  bytes = 0

  constructor(next: number) {
    this.#next = next
  }

  get size(): number {
    return this.#packets.length - this.#head
  }

  /** The number of the next new packet. */
  get next(): number {
    return this.#next
  }

  /** The latest number up to which all is acknowledged. */
  get acked(): number {
    return advance(this.#next, -this.size - 1)
  }

  get hasLost(): boolean {
    return this.#lost > 0
  }

  get oldest(): Sent | undefined {
    return this.#packets[this.#head]
  }

  get order(): number {
    return this.#order
  }

  /** A new packet, to be given to `sent` at once. */
  add(type: 'data' | 'fin', bytes: Uint8Array): Sent {
    const packet: Sent = {
      type,
      seq: this.#next,
      bytes,
      probe: 0,
      sentAt: 0,
      order: 0,
      sends: 0,
      lost: false,
      acked: false,
    }
    this.#packets.push(packet)
    this.#next = advance(this.#next, 1)
    return packet
  }

  /** It goes out now, for the first time or again. */
  sent(packet: Sent, now: number): void {
    packet.sentAt = now
    packet.order = ++this.#order
    packet.sends++
    this.bytes += packet.bytes.length
    if (!packet.lost) return
    packet.lost = false
    this.#lost--
  }

  nextLost(): Sent | undefined {
    if (this.#lost === 0) return undefined
    for (let at = this.#head; at < this.#packets.length; at++)
      if (this.#packets[at]!.lost) return this.#packets[at]
    return undefined
  }

  /** Whether such an acknowledgement can be: of nothing that was not sent. */
  isPossible(ack: number, sack: Uint8Array | undefined): boolean {
    const ahead = distance(this.acked, ack)
    if (ahead > this.size) return false
    return sack === undefined || ahead < 0 || highestBit(sack) + 2 + ahead <= this.size
  }

  /** Takes a possible acknowledgement. `pure`: it came without data, so that hearing it again means something. */
  acknowledge(
    ack: number,
    sack: Uint8Array | undefined,
    pure: boolean,
    now: number,
    leastMs: number,
  ): Progress {
    const progress: Progress = { acked: [], lost: [], mistaken: false }
    const ahead = distance(this.acked, ack)
    if (ahead < 0) return progress
    for (let i = 0; i < ahead; i++) this.#arrive(this.#packets[this.#head + i]!, progress, now, leastMs)
    this.#drop(ahead)
    if (sack !== undefined && this.size > 0) this.#selected(sack, progress, now, leastMs)
    this.#sameAcks = ahead > 0 || this.size === 0 ? 0 : this.#sameAcks + Number(pure)
    if (sack !== undefined || this.#sameAcks > 0) this.#findLost(progress)
    return progress
  }

  /** Nothing came back in time: all of it is taken for lost. */
  timedOut(): Sent[] {
    const lost: Sent[] = []
    for (let at = this.#head; at < this.#packets.length; at++) this.#lose(this.#packets[at]!, lost)
    this.#sameAcks = 0
    return lost
  }

  #selected(sack: Uint8Array, progress: Progress, now: number, leastMs: number): void {
    // Bit 0 stands for the packet after the oldest one.
    for (let byte = 0; byte < sack.length; byte++)
      for (let rest = sack[byte]!, bit = byte * 8; rest > 0; rest >>= 1, bit++)
        if ((rest & 1) === 1) this.#arrive(this.#packets[this.#head + 1 + bit]!, progress, now, leastMs)
  }

  #arrive(packet: Sent, progress: Progress, now: number, leastMs: number): void {
    if (packet.acked) return
    packet.acked = true
    progress.acked.push(packet)
    if (packet.lost) this.#lost--
    else this.bytes -= packet.bytes.length
    // Which sending of it arrived is known only of what was sent once (Karn), or when it can be no answer to the second.
    if (packet.sends === 1) this.#arrivedOrder = Math.max(this.#arrivedOrder, packet.order)
    if (packet.lost || (packet.sends > 1 && now - packet.sentAt < leastMs / 2)) {
      this.#threshold = Math.min(mostThreshold, this.#threshold * 2)
      progress.mistaken = true
    }
    packet.lost = false
  }

  #drop(count: number): void {
    this.#head += count
    if (this.size > 0 && (this.#head < 256 || this.#head * 2 < this.#packets.length)) return
    this.#packets = this.#packets.slice(this.#head)
    this.#head = 0
  }

  #findLost({ lost }: Progress): void {
    for (let at = this.#head; at < this.#packets.length; at++) {
      const packet = this.#packets[at]!
      if (packet.order + this.#threshold <= this.#arrivedOrder) this.#lose(packet, lost)
    }
    // Some acknowledge nothing selectively.
    const { oldest } = this
    if (this.#sameAcks === this.#threshold && oldest?.sends === 1) this.#lose(oldest, lost)
  }

  #lose(packet: Sent, lost: Sent[]): void {
    if (packet.acked || packet.lost) return
    packet.lost = true
    this.#lost++
    this.bytes -= packet.bytes.length
    lost.push(packet)
  }
}

function highestBit(mask: Uint8Array): number {
  for (let at = mask.length - 1; at >= 0; at--) if (mask[at]! > 0) return at * 8 + 31 - Math.clz32(mask[at]!)
  return -2
}
