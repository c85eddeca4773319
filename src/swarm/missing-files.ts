import { Bitfield, type Timer, type World } from '../base/index.ts'
import type { Content } from '../content/index.ts'

export interface MissingFilesParts {
  readonly world: World
  readonly content: Content
  /** How long it is believed that a file is not there, in ms. */
  readonly forgetMs: number
  /** They may be there again. */
  onForgotten(): void
}

/** Which files a source lacks, as far as it was asked lately, and so which pieces can be had from it. */
export class MissingFiles {
  readonly #parts: MissingFilesParts
  readonly #files = new Set<number>()
  #pieces: Bitfield
  #timer: Timer | undefined

  constructor(parts: MissingFilesParts) {
    this.#parts = parts
    this.#pieces = Bitfield.full(parts.content.pieceCount)
  }

  get count(): number {
    return this.#files.size
  }

  /** Those without a byte of a file that is missing. */
  pieces(): Bitfield {
    return this.#pieces.copy()
  }

  add(files: readonly number[]): void {
    const { world, content, forgetMs } = this.#parts
    for (const index of files) {
      this.#files.add(index)
      const { firstPiece, pieceCount } = content.files[index]!
      for (let piece = firstPiece; piece < firstPiece + pieceCount; piece++) this.#pieces.set(piece, false)
    }
    this.#timer ??= world.after(forgetMs, () => this.#forget())
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #forget(): void {
    this.#timer = undefined
    this.#files.clear()
    this.#pieces = Bitfield.full(this.#pieces.length)
    this.#parts.onForgotten()
  }
}
