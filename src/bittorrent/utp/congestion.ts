import type { World } from '../../base/index.ts'

/** RFC 6817: packets by which the window grows in a round trip while nothing waits. */
const growthPackets = 2
const firstPackets = 4
const leastPackets = 2
/** RFC 6817, CURRENT_FILTER. */
const filtered = 4
/** Slow start ends when packets begin to wait: at half of the target. */
const slowStartShare = 0.5
/**
 * So often all flows of this peer make room for a moment, at the same time: on a link that they share, each then sees what the path
 * takes when it is empty. Otherwise who comes later takes the packets of the others for a part of the path, and gets more than they.
 */
const restMs = 10_000

/** What one acknowledgement brought. */
export interface Acknowledged {
  readonly bytes: number
  /** Microseconds above the least, if it told. */
  readonly queueing: number | undefined
  /** The window was what kept us from sending more. */
  readonly limited: boolean
  readonly roundTripMs: number
  readonly leastRoundTripMs: number
}

/**
 * How many bytes may be on their way: LEDBAT (RFC 6817). It fills what others leave, until packets wait for the target delay.
 * Above the target it shrinks in proportion to the window rather than by a constant, and it rests now and then: both are of
 * LEDBAT++ (draft-irtf-iccrg-ledbat-plus-plus), where flows of RFC 6817 would not share evenly, and yield slowly.
 */
export class Congestion {
  readonly #world: World
  readonly #targetMs: number
  readonly #most: number
  #packet: number
  #window: number
  #slowStart = true
  #threshold: number
  /** Window before the latest loss or time-out. */
  #before = 0
  readonly #queueing: number[] = []
  #at = 0
  #restAt: number
  #restUntil = 0
  /** The window during a rest; 0 is none. */
  #resting = 0
  #carried = 0

  constructor(world: World, options: { targetMs: number; mostBytes: number; packetBytes: number }) {
    this.#world = world
    this.#targetMs = options.targetMs
    this.#most = options.mostBytes
    this.#threshold = options.mostBytes
    this.#packet = options.packetBytes
    this.#window = firstPackets * options.packetBytes
    this.#restAt = nextRest(world.now())
  }

  /** Bytes that may be on their way now. */
  get window(): number {
    return this.#resting > 0 ? this.#resting : this.#window
  }

  get inSlowStart(): boolean {
    return this.#slowStart
  }

  get packetBytes(): number {
    return this.#packet
  }

  set packetBytes(bytes: number) {
    this.#packet = bytes
    this.#window = Math.max(this.#window, leastPackets * bytes)
  }

  acknowledged(news: Acknowledged): void {
    if (news.queueing !== undefined) this.#queueing[this.#at++ % filtered] = news.queueing
    const over = this.#delayMs() / this.#targetMs - 1
    if (this.#rests(news)) return
    if (this.#slowStart && over > slowStartShare - 1) this.#slowStart = false
    if (this.#slowStart) {
      if (news.limited) this.#window += news.bytes
      if (this.#window >= this.#threshold) this.#slowStart = false
    } else if (over <= 0) {
      if (news.limited)
        this.#window +=
          (growthPackets * this.#packet * -over * news.bytes) / Math.max(this.#window, news.bytes)
    } else this.#window -= Math.min(0.5, over) * news.bytes
    this.#bound()
  }

  /** Packets were lost; to be said once a round trip. */
  lost(): void {
    this.#slowStart = false
    this.#before = this.#window
    this.#window /= 2
    this.#bound()
  }

  /** They were not lost after all. */
  regret(): void {
    if (this.#before === 0) return
    this.#window = Math.max(this.#window, this.#before)
    this.#before = 0
    this.#slowStart = false
  }

  /** Nothing came back at all. */
  timedOut(): void {
    this.#before = this.#window
    this.#threshold = Math.max(this.#window / 2, leastPackets * this.#packet)
    this.#window = leastPackets * this.#packet
    this.#slowStart = true
    this.#resting = 0
  }

  /** After silence nothing is known of the path: the window is not sent at once. */
  idled(): void {
    if (this.#window <= firstPackets * this.#packet) return
    this.#threshold = this.#window
    this.#window = firstPackets * this.#packet
    this.#slowStart = true
  }

  /** The least of the latest samples: noise only adds. */
  #delayMs(): number {
    return this.#queueing.length === 0 ? 0 : Math.min(...this.#queueing) / 1000
  }

  #bound(): void {
    this.#window = Math.min(this.#most, Math.max(leastPackets * this.#packet, this.#window))
  }

  /** Lets the path drain, for one round trip; then sends what it carries, and finds its way back from there. */
  #rests({ roundTripMs, leastRoundTripMs }: Acknowledged): boolean {
    const now = this.#world.now()
    if (this.#resting > 0) {
      if (now < this.#restUntil) return true
      this.#threshold = this.#window
      this.#window = Math.max(leastPackets * this.#packet, this.#carried)
      this.#slowStart = true
      this.#queueing.length = this.#at = 0
      this.#resting = 0
      return false
    }
    if (now < this.#restAt) return false
    this.#restAt = nextRest(now)
    if (this.#slowStart || this.#delayMs() < this.#targetMs / 4) return false
    this.#carried = this.#window * Math.min(1, leastRoundTripMs / roundTripMs)
    this.#resting = leastPackets * this.#packet
    this.#restUntil = now + roundTripMs
    return true
  }
}

function nextRest(now: number): number {
  return (Math.floor(now / restMs) + 1) * restMs
}
