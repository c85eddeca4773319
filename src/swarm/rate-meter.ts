/** Bytes per second as an exponentially weighted average with time constant `tauMs`; cheap to feed, exact in total. */
export class RateMeter {
  total = 0
  readonly #tauMs: number
  #rate = 0
  #fresh = 0
  #since: number

  constructor(now: number, tauMs = 4000) {
    this.#tauMs = tauMs
    this.#since = now
  }

  add(bytes: number, now: number): void {
    this.total += bytes
    this.#fresh += bytes
    if (now - this.#since >= 100) this.#fold(now)
  }

  /** Bytes per second at `now`. */
  rate(now: number): number {
    if (now - this.#since >= 100) this.#fold(now)
    return this.#rate
  }

  #fold(now: number): void {
    const elapsed = now - this.#since
    const weight = 1 - Math.exp(-elapsed / this.#tauMs)
    this.#rate += weight * ((this.#fresh * 1000) / elapsed - this.#rate)
    this.#fresh = 0
    this.#since = now
  }
}
