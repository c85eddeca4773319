import type { Account } from '../limits/index.ts'

/** Chunks that have come and wait for their reader, counted. */
export class UnreadChunks {
  readonly #account: Account
  #chunks: Uint8Array[] = []
  #next = 0

  constructor(account: Account) {
    this.#account = account
  }

  get isEmpty(): boolean {
    return this.#next === this.#chunks.length
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#account.add('receiving', chunk.length)
  }

  /** The first one; there must be one. */
  shift(): Uint8Array {
    const chunk = this.#chunks[this.#next++]!
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
  }

  #forget(): void {
    this.#chunks = []
    this.#next = 0
  }
}
