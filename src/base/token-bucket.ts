/** Who has to wait asks again after so long at most, since a limit may be raised meanwhile. */
const longestWaitMs = 1_000

/** A token bucket that may go into debt: whoever finds a positive balance may spend a whole block. 0 is no limit. */
export class TokenBucket {
  #bytesPerSecond: number
  #isClosed = false
  readonly #fixedBurst: number | undefined
  #balance = 0
  #since: number

  /** `burst`: bytes that may be spent at once after a rest; 100 ms worth by default. */
  constructor(bytesPerSecond: number, now: number, burst?: number) {
    this.#fixedBurst = burst
    this.#bytesPerSecond = bytesPerSecond
    this.#since = now
    this.#balance = this.#burst
  }

  /** 0: as fast as it goes. While nothing passes (`close`) it is 1, which is as good as nothing. */
  get bytesPerSecond(): number {
    return this.#isClosed ? 1 : this.#bytesPerSecond
  }

  get limited(): boolean {
    return this.#isClosed || this.#bytesPerSecond > 0
  }

  /** By default 100 ms worth: long enough for timers to be late, short enough not to be felt on the line. */
  get #burst(): number {
    return this.#fixedBurst ?? this.#bytesPerSecond / 10
  }

  setLimit(bytesPerSecond: number, now: number): void {
    this.#refill(now)
    this.#isClosed = false
    this.#bytesPerSecond = bytesPerSecond
    this.#balance = Math.min(this.#balance, this.#burst)
  }

  /** Lets nothing through until the next `setLimit`. */
  close(now: number): void {
    this.#refill(now)
    this.#isClosed = true
  }

  /** Milliseconds until something may be spent, or until it is worth asking again; 0 is now. */
  waitMs(now: number): number {
    if (this.#isClosed) return longestWaitMs
    if (!this.limited) return 0
    this.#refill(now)
    return this.#balance > 0
      ? 0
      : Math.min(longestWaitMs, ((1 - this.#balance) * 1000) / this.#bytesPerSecond)
  }

  spend(bytes: number): void {
    if (this.limited) this.#balance -= bytes
  }

  /** Gives back what was spent on something that did not happen. */
  refund(bytes: number): void {
    if (this.limited) this.#balance = Math.min(this.#balance + bytes, this.#burst)
  }

  #refill(now: number): void {
    const earned = ((now - this.#since) * this.#bytesPerSecond) / 1000
    this.#since = now
    this.#balance = Math.min(this.#balance + earned, this.#burst)
  }
}
