export interface DepthLimits {
  readonly startWindowBytes: number
  readonly maxWindowBytes: number
  readonly queueTimeMs: number
}

/** What a request remembers, so that its answer can be turned into a sample of the peer's speed. */
export interface DepthMark {
  readonly sentAt: number
  readonly deliveredBefore: number
}

/** The granularity of requests, and what every peer of the BitTorrent network answers with. */
export const leafBytes = 16_384

const memoryMs = 1500
const meanMs = 300
const usualRttMs = 25
const mostTimes = 16
/** Bursts come after pauses between these: shorter ones are the grain of limiters and networks, a longer one is no way of sending. */
const leastPauseMs = 300
const mostPauseMs = 1000

/**
 * How much to ask of one peer at a time: its speed times (round trip + queue time), the bandwidth-delay product and a
 * little more. Speed is sampled as in BBR: bytes that arrived since a request was sent, over the time since then. One
 * sample on an empty path already extrapolates to the queue time, so a fast peer is at full depth after two round trips,
 * while a slow one never gets a queue longer than `queueTimeMs`, whatever the start.
 */
export class RequestDepth {
  /** Bytes requested and neither received nor given up. */
  outstanding = 0
  delivered = 0
  readonly #limits: DepthLimits
  #minRttMs = Number.POSITIVE_INFINITY
  /** The highest sample of this and of the last half of the memory; the older one is forgotten in turns. */
  #best = 0
  #bestBefore = 0
  #turnAt: number
  /** Bytes that came and time in which some were due, both fading. */
  #recentBytes = 0
  #recentMs = 1
  #busySince = 0
  /** The latest pause in which nothing came of what was due; of the last two that ended in a burst how long they were, and when. */
  #pauseMs = 0
  #burstAfterMs = 0
  #burstBeforeAfterMs = 0
  #burstAt = 0

  constructor(limits: DepthLimits, now: number) {
    this.#limits = limits
    this.#turnAt = now + memoryMs / 2
  }

  /**
   * Bytes per second that the peer delivers, at best, lately; 0 while unknown. Not more than twice the mean of the time in
   * which it had something to deliver: what a rate limiter lets through in one burst is no speed.
   */
  get bytesPerSecond(): number {
    return Math.min(Math.max(this.#best, this.#bestBefore), (2000 * this.#recentBytes) / this.#recentMs)
  }

  get rttMs(): number {
    return this.#minRttMs === Number.POSITIVE_INFINITY ? 0 : this.#minRttMs
  }

  /** Bytes to have outstanding. */
  get window(): number {
    const rate = this.bytesPerSecond
    if (rate === 0) return this.#startWindow
    // On a long path twice the round trip, so that the window doubles as in TCP's slow start while the path is not full.
    const queueMs = Math.max(this.rttMs, this.#limits.queueTimeMs, 2 * this.#burstMs)
    const wanted = (rate * (this.rttMs + queueMs)) / 1000
    // The more is asked for, the more must have come.
    const proven = this.#startWindow + 4 * this.delivered
    return Math.min(Math.max(wanted, 2 * leafBytes), proven, this.#limits.maxWindowBytes)
  }

  /**
   * From one burst to the next of a peer that sends in bursts, as Transmission does over uTP twice a second. In each it sends what was asked for until then, so it has
   * to be asked for twice of that, or it would never send more. A single pause is none of its habits.
   */
  get #burstMs(): number {
    return Math.min(this.#burstAfterMs, this.#burstBeforeAfterMs)
  }

  /** More on a long path, where each doubling takes long. */
  get #startWindow(): number {
    const times = Math.min(Math.max(this.rttMs / usualRttMs, 1), mostTimes)
    return Math.min(this.#limits.startWindowBytes * times, this.#limits.maxWindowBytes)
  }

  /** Blocks to cut the window into: a power of two of leaves, at least four in the window. */
  requestBytes(longest: number): number {
    let bytes = leafBytes
    while (bytes * 2 <= longest && bytes * 8 <= this.window) bytes *= 2
    return bytes
  }

  sent(bytes: number, now: number): DepthMark {
    if (this.outstanding === 0) this.#busySince = now
    this.outstanding += bytes
    return { sentAt: now, deliveredBefore: this.delivered }
  }

  /** The first byte of an answer came, or the network measured a round trip. */
  roundTrip(ms: number): void {
    if (ms < this.#minRttMs) this.#minRttMs = Math.max(ms, 0.05)
  }

  received(bytes: number, mark: DepthMark, now: number): void {
    this.outstanding -= bytes
    this.delivered += bytes
    this.#remember(bytes, now)
    const elapsed = Math.max(now - mark.sentAt, 0.2)
    const sample = ((this.delivered - mark.deliveredBefore) * 1000) / elapsed
    if (now >= this.#turnAt) {
      this.#bestBefore = now - this.#turnAt > memoryMs ? 0 : this.#best
      this.#best = 0
      this.#turnAt = now + memoryMs / 2
    }
    if (sample > this.#best) this.#best = sample
  }

  #remember(bytes: number, now: number): void {
    const busy = Math.max(now - this.#busySince, 0)
    this.#busySince = now
    this.#noteBurst(busy, now)
    const kept = Math.exp(-busy / meanMs)
    this.#recentBytes = this.#recentBytes * kept + bytes
    this.#recentMs = this.#recentMs * kept + Math.max(busy, 0.01)
  }

  /** Whoever is just slow has as long a pause before each block; in a burst the next comes at once. */
  #noteBurst(pauseMs: number, now: number): void {
    if (pauseMs > leastPauseMs) this.#pauseMs = pauseMs > mostPauseMs ? 0 : pauseMs
    else if (pauseMs < this.#pauseMs / 8) {
      this.#burstBeforeAfterMs = this.#burstAfterMs
      this.#burstAfterMs = this.#pauseMs
      this.#burstAt = now
      this.#pauseMs = 0
    } else if (now - this.#burstAt > memoryMs) this.#burstAfterMs = 0
  }

  /** The request was rejected, cancelled or given up. */
  dropped(bytes: number): void {
    this.outstanding -= bytes
  }

  /** The peer let us down: start over from the least. */
  collapse(): void {
    this.#best = 1
    this.#bestBefore = 0
  }

  /** Milliseconds until `bytes` more would have arrived behind what is outstanding; Infinity while unknown. */
  etaMs(bytes: number): number {
    const rate = this.bytesPerSecond
    return rate === 0 ? Number.POSITIVE_INFINITY : this.rttMs + ((this.outstanding + bytes) * 1000) / rate
  }
}
