/** A part that is longer goes out as it is; shorter ones are copied together. */
const longPart = 16_384
const mostGathered = 65_536

/** Gathers small parts so that the messages of one turn become one write; long ones pass without being copied. */
export class Cork {
  readonly #write: (bytes: Uint8Array) => void
  #parts: Uint8Array[] = []
  bytes = 0
  #due = false

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write
  }

  /** Takes ownership of `part`. */
  add(part: Uint8Array): void {
    if (part.length > longPart) {
      this.flush()
      this.#write(part)
      return
    }
    this.#parts.push(part)
    this.bytes += part.length
    if (this.bytes >= mostGathered) this.flush()
  }

  /** After what is going on now. */
  flushSoon(): void {
    if (this.#due || this.#parts.length === 0) return
    this.#due = true
    queueMicrotask(() => {
      this.#due = false
      this.flush()
    })
  }

  flush(): void {
    const parts = this.#parts
    if (parts.length === 0) return
    const length = this.bytes
    this.#parts = []
    this.bytes = 0
    if (parts.length === 1) {
      this.#write(parts[0]!)
      return
    }
    const out = new Uint8Array(length)
    let at = 0
    for (const part of parts) {
      out.set(part, at)
      at += part.length
    }
    this.#write(out)
  }
}
