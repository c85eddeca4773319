/** Shorter blocks are not worth a shared buffer: threads get copies of them. */
const leastShared = 65_536
const mostSpare = 32

/**
 * Memory for blocks while they come, shared with the threads that hash them. A new buffer costs the kernel more than the block costs to
 * copy, so those that are given back are used again, for blocks of the same length.
 */
export class BlockMemory {
  readonly #spare: SharedArrayBuffer[] = []

  take(length: number): Uint8Array {
    if (length < leastShared) return new Uint8Array(length)
    const at = this.#spare.findIndex(({ byteLength }) => byteLength === length)
    const [found] = at < 0 ? [] : this.#spare.splice(at, 1)
    return new Uint8Array(found ?? new SharedArrayBuffer(length))
  }

  /** Nobody looks at these bytes any more. */
  giveBack({ buffer }: Uint8Array): void {
    if (!(buffer instanceof SharedArrayBuffer) || this.#spare.includes(buffer)) return
    this.#spare.push(buffer)
    if (this.#spare.length > mostSpare) this.#spare.shift()
  }
}
