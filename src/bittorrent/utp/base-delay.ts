const stepMs = 60_000
/** RFC 6817, BASE_HISTORY: ten minutes and the current one. */
const steps = 11

/**
 * The least delay of late: what a path takes when nothing waits. Samples are differences of two clocks, modulo 2^32
 * microseconds; only how they change means something.
 */
export class BaseDelay {
  readonly #minima: number[] = []
  #steppedAt = 0
  #base: number | undefined

  /** Takes a sample; answers how far it is above the base, in microseconds. */
  add(sample: number, now: number): number {
    if (this.#base === undefined || this.#minima.length === 0 || now - this.#steppedAt >= stepMs) {
      this.#minima.push(sample)
      if (this.#minima.length > steps) this.#minima.shift()
      this.#steppedAt = now
      this.#base = this.#minima.reduce(lower)
    } else if (isBelow(sample, this.#minima[this.#minima.length - 1]!)) {
      this.#minima[this.#minima.length - 1] = sample
      this.#base = lower(sample, this.#base)
    }
    return (sample - this.#base) >>> 0
  }

  get base(): number | undefined {
    return this.#base
  }

  /** The clocks drift: what was the least would be `by` microseconds more now. */
  shift(by: number): void {
    for (const [i, one] of this.#minima.entries()) this.#minima[i] = (one + by) >>> 0
    if (this.#base !== undefined) this.#base = (this.#base + by) >>> 0
  }
}

function lower(a: number, b: number): number {
  return isBelow(a, b) ? a : b
}

/** Of two numbers modulo 2^32 the one that the other is less than half a turn ahead of. */
function isBelow(a: number, b: number): boolean {
  return ((a - b) | 0) < 0
}
