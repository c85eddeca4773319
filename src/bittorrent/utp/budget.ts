/** Bytes that all connections together hold for later. */
export class Budget {
  readonly #most: number
  #used = 0

  constructor(most: number) {
    this.#most = most
  }

  get left(): number {
    return Math.max(0, this.#most - this.#used)
  }

  /** May be above the limit for a moment: what was acknowledged has to be kept. */
  use(bytes: number): void {
    this.#used += bytes
  }

  free(bytes: number): void {
    this.#used -= bytes
  }
}
