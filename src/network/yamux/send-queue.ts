import type { Account } from '../limits/index.ts'

interface Chunk {
  readonly bytes: Uint8Array
  /** The bytes have been copied away or are dropped: their memory may be used again. */
  readonly released: (() => void) | undefined
}

/** Bytes that wait to be sent, as the chunks they came in. */
export class SendQueue {
  #chunks: (Chunk | undefined)[] = []
  #first = 0
  #offset = 0
  #bytes = 0
  readonly #account: Account

  constructor(account: Account) {
    this.#account = account
  }

  get bytes(): number {
    return this.#bytes
  }

  push(bytes: Uint8Array, released?: () => void): void {
    this.#chunks.push({ bytes, released })
    this.#count(bytes.length)
  }

  /** Moves the first `count` bytes (at most `bytes`) into `into` at `at`. */
  copy(into: Uint8Array, at: number, count: number): void {
    let left = count
    while (left > 0) {
      const { bytes } = this.#chunks[this.#first]!
      const size = Math.min(left, bytes.length - this.#offset)
      copyBytes(bytes, this.#offset, size, into, at + count - left)
      left -= size
      this.#offset += size
      if (this.#offset === bytes.length) this.#drop()
    }
    this.#count(-count)
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    this.#account.add('sending', bytes)
  }

  #drop(): void {
    this.#chunks[this.#first]!.released?.()
    this.#chunks[this.#first] = undefined
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
    const chunks = this.#chunks
    this.#chunks = []
    this.#first = 0
    this.#offset = 0
    this.#count(-this.#bytes)
    for (const chunk of chunks) chunk?.released?.()
  }
}

/** Out of shared memory `TypedArray.set` is several times slower than Buffer's copy, which takes both. */
function copyBytes(from: Uint8Array, start: number, length: number, to: Uint8Array, at: number): void {
  const { buffer, byteOffset } = from
  if (length < 1024) to.set(from.subarray(start, start + length), at)
  else Buffer.from(buffer).copy(to, at, byteOffset + start, byteOffset + start + length)
}
