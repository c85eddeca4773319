/** Bytes that all peers together may send ahead beyond the initial windows; one for the whole process of a peer. */
export class WindowBudget {
  readonly #bytes: number
  #left: number

  constructor(bytes: number) {
    this.#bytes = bytes
    this.#left = bytes
  }

  get left(): number {
    return this.#left
  }

  /** As much of `bytes` as there is. */
  take(bytes: number): number {
    const granted = Math.min(bytes, this.#left)
    this.#left -= granted
    return granted
  }

  /** The same for those who have not shown yet that they need it: nothing once half is taken. */
  takeAhead(bytes: number): number {
    return this.#left * 2 < this.#bytes ? 0 : this.take(bytes)
  }

  give(bytes: number): void {
    this.#left += bytes
  }
}
