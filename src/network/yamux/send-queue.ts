/** Bytes that wait to be sent, as the chunks they came in. */
export class SendQueue {
  #chunks: Uint8Array[] = []
  #first = 0
  #offset = 0
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
  }

  /** Moves the first `count` bytes (at most `bytes`) into `into` at `at`. */
  copy(into: Uint8Array, at: number, count: number): void {
    let left = count
    while (left > 0) {
      const chunk = this.#chunks[this.#first]!
      const size = Math.min(left, chunk.length - this.#offset)
      into.set(
        size === chunk.length ? chunk : chunk.subarray(this.#offset, this.#offset + size),
        at + count - left,
      )
      left -= size
      this.#offset += size
      if (this.#offset === chunk.length) this.#drop()
    }
    this.#bytes -= count
  }

  #drop(): void {
    this.#chunks[this.#first] = empty
    this.#first++
    this.#offset = 0
    if (this.#first === this.#chunks.length) {
      this.#chunks = []
      this.#first = 0
    } else if (this.#first >= 64) {
      this.#chunks = this.#chunks.slice(this.#first)
      this.#first = 0
    }
  }

  clear(): void {
    this.#chunks = []
    this.#first = 0
    this.#offset = 0
    this.#bytes = 0
  }
}

const empty = new Uint8Array(0)
