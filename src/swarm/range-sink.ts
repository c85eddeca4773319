import { copyBytes } from './copy-bytes.ts'
import type { Block, Part, Range } from './range-queue.ts'

/** Takes the bytes of a range in order and puts them into its blocks. */
export class RangeSink {
  received = 0
  readonly #range: Range
  readonly #place: (block: Block) => Uint8Array | undefined
  readonly #finish: (block: Block) => void
  #index = 0
  /** Of the present part, in bytes. */
  #done = 0

  constructor(range: Range, place: (block: Block) => Uint8Array | undefined, finish: (block: Block) => void) {
    this.#range = range
    this.#place = place
    this.#finish = finish
  }

  take(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const part = this.#range.parts[this.#index]!
      const count = Math.min(chunk.length - at, part.length - this.#done)
      this.#put(part, chunk, at, count)
      at += count
    }
  }

  #put({ block, at, length }: Part, chunk: Uint8Array, from: number, count: number): void {
    if (!block.begun && !block.dropped) {
      block.begun = true
      block.target = this.#place(block)
    }
    if (block.target !== undefined && !block.dropped)
      copyBytes(chunk, from, from + count, block.target, at + this.#done)
    this.received += count
    this.#done += count
    block.left -= count
    if (this.#done === length) {
      this.#index++
      this.#done = 0
    }
    if (block.left === 0 && !block.dropped) this.#finish(block)
  }
}
