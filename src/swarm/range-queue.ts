import type { PieceMap } from '../content/index.ts'

/** A block that the swarm asked for. It may lie in several files. */
export interface Block {
  readonly piece: number
  readonly begin: number
  readonly length: number
  /** Where its bytes go, from the first one on; undefined: nobody needs them any more. */
  target: Uint8Array | undefined
  begun: boolean
  /** Bytes of files that are missing yet. */
  left: number
  /** It was given up: what still comes goes nowhere. */
  dropped: boolean
}

/** The part of a block that lies in one file. */
export interface Part {
  readonly block: Block
  readonly file: number
  /** In the file, in bytes. */
  readonly offset: number
  readonly length: number
  /** In the block, in bytes. */
  readonly at: number
}

/** Parts that follow one another in one file, or in one piece: one request. File and offset are those of the first. */
export interface Range {
  readonly file: number
  readonly offset: number
  readonly length: number
  readonly parts: readonly Part[]
}

/** Blocks that wait to be asked of a source that knows files, not pieces, and how they become ranges of those. Padding is never asked for. */
export class RangeQueue {
  readonly #map: PieceMap
  readonly #follows: (next: Part, last: Part) => boolean
  #parts: Part[] = []
  #bytes = 0

  /** `asks`: whether one range is a part of a file or of a piece. */
  constructor(map: PieceMap, asks: 'files' | 'pieces' = 'files') {
    this.#map = map
    this.#follows = asks === 'files' ? followsInFile : followsInPiece
  }

  /** Of files, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  add(piece: number, begin: number, length: number): Block {
    const block: Block = { piece, begin, length, target: undefined, begun: false, left: 0, dropped: false }
    for (const part of this.#map.parts(piece, begin, length)) {
      const { fileIndex: file, fileOffset: offset } = part
      this.#parts.push({ block, file, offset, length: part.length, at: part.begin - begin })
      block.left += part.length
    }
    this.#bytes += block.left
    return block
  }

  /** The block, if all of it still waits; it is removed then. */
  cancel(piece: number, begin: number): Block | undefined {
    const waiting = this.#parts.filter(({ block }) => block.piece === piece && block.begin === begin)
    const block = waiting[0]?.block
    if (block === undefined || waiting.reduce((sum, part) => sum + part.length, 0) < block.left)
      return undefined
    this.drop(block)
    return block
  }

  /** What waits of a block is not asked for. */
  drop(block: Block): void {
    block.dropped = true
    this.#parts = this.#parts.filter(part => part.block !== block)
    this.#bytes = this.#parts.reduce((sum, part) => sum + part.length, 0)
  }

  /** The next range of at most about `longest` bytes; undefined when nothing waits. */
  take(longest: number): Range | undefined {
    const first = this.#parts[0]
    if (first === undefined) return undefined
    let count = 1
    let length = first.length
    for (; count < this.#parts.length && length < longest; count++) {
      const next = this.#parts[count]!
      if (!this.#follows(next, this.#parts[count - 1]!)) break
      length += next.length
    }
    this.#bytes -= length
    return { file: first.file, offset: first.offset, length, parts: this.#parts.splice(0, count) }
  }
}

function followsInFile(next: Part, last: Part): boolean {
  return next.file === last.file && next.offset === last.offset + last.length
}

function followsInPiece(next: Part, last: Part): boolean {
  const end = last.block.begin + last.at + last.length
  return next.block.piece === last.block.piece && next.block.begin + next.at === end
}
