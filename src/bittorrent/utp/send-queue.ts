interface Part {
  readonly bytes: Uint8Array
  readonly released: (() => void) | undefined
}

/** Bytes that wait to be sent, as they were handed over; copied once, into packets. */
export class SendQueue {
  readonly #parts: Part[] = []
  #head = 0
  /** Bytes of the first part that are in packets already. */
  #taken = 0
  bytes = 0

  add(bytes: Uint8Array, released?: () => void): void {
    if (bytes.length === 0) released?.()
    else this.#parts.push({ bytes, released })
    this.bytes += bytes.length
  }

  /** Fills `out` from `at` on; there must be so much. Parts that are used up are released. */
  take(out: Uint8Array, at: number): void {
    while (at < out.length) {
      const { bytes, released } = this.#parts[this.#head]!
      const length = Math.min(bytes.length - this.#taken, out.length - at)
      out.set(bytes.subarray(this.#taken, this.#taken + length), at)
      at += length
      this.#taken += length
      this.bytes -= length
      if (this.#taken < bytes.length) continue
      this.#taken = 0
      this.#head++
      released?.()
    }
    if (this.#head > 64) this.#parts.splice(0, this.#head)
    else if (this.#head < this.#parts.length) return
    else this.#parts.length = 0
    this.#head = 0
  }

  clear(): void {
    for (const { released } of this.#parts.splice(0).slice(this.#head)) released?.()
    this.#head = 0
    this.#taken = 0
    this.bytes = 0
  }
}
