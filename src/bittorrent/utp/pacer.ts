/** Packets that may go out at once, least and most: a socket with the default buffer of Linux holds about 90 that Ethernet takes. */
const leastPackets = 16
const mostPackets = 64
/** Timers come that late. */
const burstMs = 4

/**
 * Spreads a window over its round trip: sent at once it would overflow what is short on the way, a queue or the buffer of a socket, and the
 * last packets of a burst are those whose loss only a time-out tells.
 */
export class Pacer {
  #left = 0
  #at = Number.NEGATIVE_INFINITY
  #rate = 0
  #most = 0

  /** `rate`: bytes in a millisecond; `packet`: length of one. */
  refill(now: number, rate: number, packet: number): void {
    this.#rate = rate
    this.#most = Math.min(mostPackets * packet, Math.max(leastPackets * packet, rate * burstMs))
    // The first comparison also answers for infinite times and rates.
    const came = (now - this.#at) * rate
    this.#left = came > this.#most ? this.#most : Math.min(this.#most, this.#left + came)
    this.#at = now
  }

  take(bytes: number): void {
    this.#left -= bytes
  }

  get isEmpty(): boolean {
    return this.#left <= 0
  }

  /** Milliseconds until some packets may go again. */
  get waitMs(): number {
    return Math.max(1, (this.#most / 4 - this.#left) / this.#rate)
  }
}
