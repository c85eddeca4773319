/** Bytes that all peers together may send ahead beyond the initial windows; one for the whole process of a peer. */
export class WindowBudget {
  #left: number

  constructor(bytes: number) {
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

  give(bytes: number): void {
    this.#left += bytes
  }
}
