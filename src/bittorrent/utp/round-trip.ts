const firstTimeoutMs = 1_000
/** BEP 29, "timeouts". */
const leastTimeoutMs = 500
const mostTimeoutMs = 30_000

/** How long answers take, and how long to wait for one (RFC 6298, with the least time-out of BEP 29). */
export class RoundTrip {
  #smoothMs: number | undefined
  #variationMs = 0
  #backOff = 1
  /** The least so far. */
  leastMs: number = Number.POSITIVE_INFINITY

  get ms(): number | undefined {
    return this.#smoothMs
  }

  /** Time after which a packet without answer is lost. */
  get timeoutMs(): number {
    const once =
      this.#smoothMs === undefined
        ? firstTimeoutMs
        : Math.max(leastTimeoutMs, this.#smoothMs + 4 * this.#variationMs)
    return Math.min(mostTimeoutMs, once * this.#backOff)
  }

  /** A packet that was sent only once has been answered after so long. */
  add(tookMs: number): void {
    const sampleMs = Math.max(0.01, tookMs)
    this.leastMs = Math.min(this.leastMs, sampleMs)
    if (this.#smoothMs === undefined) {
      this.#smoothMs = sampleMs
      this.#variationMs = sampleMs / 2
    } else {
      this.#variationMs += (Math.abs(this.#smoothMs - sampleMs) - this.#variationMs) / 4
      this.#smoothMs += (sampleMs - this.#smoothMs) / 8
    }
  }

  timedOut(): void {
    this.#backOff = Math.min(64, this.#backOff * 2)
  }

  /** Something new was acknowledged. */
  answered(): void {
    this.#backOff = 1
  }
}
