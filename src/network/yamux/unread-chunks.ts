import type { Account } from '../limits/index.ts'

/** What chunks are copied into: a TLS record fills one. They are used again: collecting one for each chunk costs more than the copy. */
const bufferBytes = 16 * 1024
const maxSpare = 256
const spare: Uint8Array[] = []

/** Chunks that have come and wait for their reader, counted. A copy is made of them. */
export class UnreadChunks {
  readonly #account: Account
  #chunks: Uint8Array[] = []
  #next = 0
  /** The chunk that was read last, which its reader is done with when it asks for the next. */
  #lent: Uint8Array | undefined

  constructor(account: Account) {
    this.#account = account
  }

  get isEmpty(): boolean {
    return this.#next === this.#chunks.length
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(copyOf(chunk))
    this.#account.add('receiving', chunk.length)
  }

  /** The first one, valid until the next call; there must be one. */
  shift(): Uint8Array {
    this.#takeBack()
    const chunk = this.#chunks[this.#next++]!
    this.#lent = chunk
    this.#account.add('receiving', -chunk.length)
    if (this.isEmpty) this.#forget()
    else if (this.#next >= 64) {
      this.#chunks = this.#chunks.slice(this.#next)
      this.#next = 0
    }
    return chunk
  }

  clear(): void {
    while (!this.isEmpty) this.shift()
    this.#takeBack()
  }

  #takeBack(): void {
    if (this.#lent?.buffer.byteLength === bufferBytes && spare.length < maxSpare)
      spare.push(new Uint8Array(this.#lent.buffer))
    this.#lent = undefined
  }

  #forget(): void {
    this.#chunks = []
    this.#next = 0
  }
}

function copyOf(chunk: Uint8Array): Uint8Array {
  if (chunk.length > bufferBytes || chunk.length * 2 < bufferBytes) return chunk.slice()
  const copy = (spare.pop() ?? new Uint8Array(bufferBytes)).subarray(0, chunk.length)
  copy.set(chunk)
  return copy
}
