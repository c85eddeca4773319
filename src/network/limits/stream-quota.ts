/** What every connection may have, however many streams others have. */
const always = 8

/** Open streams of all connections together. */
export class StreamQuota {
  readonly limit: number
  #open = 0

  constructor(limit: number) {
    this.limit = limit
  }

  get open(): number {
    return this.#open
  }

  /** Whether a connection that has `streams` may have one more, which is counted then. */
  take(streams: number): boolean {
    if (this.#open >= this.limit && streams >= always) return false
    this.#open++
    return true
  }

  give(): void {
    this.#open--
  }
}
