/** How much of something a peer may do: `most` at once, `perSecond` in the long run. */
export class Allowance {
  readonly #most: number
  readonly #perSecond: number
  #left: number
  #at: number

  constructor(most: number, perSecond: number, now: number) {
    this.#most = most
    this.#perSecond = perSecond
    this.#left = most
    this.#at = now
  }

  /** False when it is used up. */
  take(now: number): boolean {
    if (this.#left < 1) {
      this.#left = Math.min(this.#most, this.#left + ((now - this.#at) * this.#perSecond) / 1000)
      this.#at = now
      if (this.#left < 1) return false
    } else if (this.#left === this.#most) this.#at = now
    this.#left--
    return true
  }
}
