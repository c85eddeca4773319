import { giveBackRoom, roomBytes, takeRoom } from './rooms.ts'

/** A part that is longer goes out as it is; shorter ones are copied together. */
const longPart = 16_384
const mostGathered = 65_536
const leastWorthIt = 8192

/** Gathers small parts so that the messages of one turn become one write; long ones pass without being copied. */
export class Cork {
  readonly #write: (bytes: Uint8Array, released?: () => void) => void
  #parts: Uint8Array[] = []
  #released: (() => void)[] = []
  bytes = 0
  #due = false

  constructor(write: (bytes: Uint8Array, released?: () => void) => void) {
    this.#write = write
  }

  /** Takes ownership of `part`, until `released` is called. */
  add(part: Uint8Array, released?: () => void): void {
    if (part.length > longPart) {
      this.flush()
      this.#write(part, released)
      return
    }
    this.#parts.push(part)
    if (released !== undefined) this.#released.push(released)
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
    const released = this.#released
    const { bytes } = this
    const room = bytes < leastWorthIt || bytes > roomBytes ? undefined : takeRoom()
    const out = room?.subarray(0, bytes) ?? new Uint8Array(bytes)
    this.#parts = []
    this.#released = []
    this.bytes = 0
    let at = 0
    for (const part of parts) {
      out.set(part, at)
      at += part.length
    }
    for (const release of released) release()
    this.#write(out, room && (() => giveBackRoom(room)))
  }
}
