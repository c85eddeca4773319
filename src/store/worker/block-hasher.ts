import { createHash, type Hash, hash } from 'node:crypto'
import type { LeafShape } from '../io-jobs.ts'
import { leafFrame } from './leaf-frame.ts'
import { hashLength } from './tree.ts'

/** SHA-256 of the UnixFS leaves of a stretch of a file, which comes in pieces of any length and begins where a leaf does. */
export class BlockHasher {
  readonly #shape: LeafShape
  readonly #length: number
  readonly #hashes: Buffer
  #done = 0
  #open: Hash | undefined

  constructor(shape: LeafShape, length: number) {
    this.#shape = shape
    this.#length = length
    this.#hashes = Buffer.allocUnsafeSlow(Math.ceil(length / shape.length) * hashLength)
  }

  update(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      const at = this.#done % this.#shape.length
      const leaf = this.#done - at
      const size = Math.min(this.#shape.length, this.#length - leaf)
      const part = bytes.subarray(from, from + size - at)
      this.#add(part, leaf / this.#shape.length, size, at)
      from += part.length
      this.#done += part.length
    }
  }

  digest(): Uint8Array {
    return new Uint8Array(this.#hashes)
  }

  #add(part: Uint8Array, index: number, size: number, at: number): void {
    const whole = part.length === size && !this.#shape.wrapped
    if (whole) {
      this.#hashes.write(hash('sha256', part, 'binary'), index * hashLength, hashLength, 'latin1')
      return
    }
    this.#open ??= this.#begin(size)
    this.#open.update(part)
    if (at + part.length < size) return
    if (this.#shape.wrapped) this.#open.update(leafFrame(size).suffix)
    this.#hashes.set(this.#open.digest(), index * hashLength)
    this.#open = undefined
  }

  #begin(size: number): Hash {
    const begun = createHash('sha256')
    return this.#shape.wrapped ? begun.update(leafFrame(size).prefix) : begun
  }
}
