import { Bitfield } from '../base/index.ts'
import type { Content, PieceMap } from '../content/index.ts'

/** How many segments there are numbers for: the same for each piece, so that numbers are found by arithmetic. */
export function segmentCountOf(content: Content, segmentLength: number): number {
  return content.pieceCount * (content.pieceLength / segmentLength)
}

/**
 * Which segments are verified and on disk, with what follows: whole pieces and whole files. Segment number =
 * piece * segments per piece + begin / segment length; those of a file are contiguous, as files start new pieces.
 */
export class SegmentMap {
  readonly segments: Bitfield
  /** Whole pieces; the same object as `segments` while a piece is one segment. */
  readonly have: Bitfield
  readonly perPiece: number
  readonly #content: Content
  readonly #segmentLength: number
  /** For each file how many segments are missing. */
  readonly #missing: Uint32Array

  /** `bits` undefined: everything is there. */
  constructor(map: PieceMap, bits: Uint8Array | undefined) {
    const content = map.content
    this.#content = content
    this.#segmentLength = map.segmentLength
    this.perPiece = content.pieceLength / map.segmentLength
    this.segments = bitfield(segmentCountOf(content, map.segmentLength), bits)
    this.#missing = Uint32Array.from(content.files, file => this.#missingOf(file.index))
    this.have = this.perPiece === 1 ? this.segments : new Bitfield(content.pieceCount)
    if (this.perPiece > 1) for (let piece = 0; piece < content.pieceCount; piece++) this.#refresh(piece)
  }

  number(piece: number, begin: number): number {
    return piece * this.perPiece + begin / this.#segmentLength
  }

  segmentsOf(file: number): { first: number; count: number } {
    const { firstPiece, size } = this.#content.files[file]!
    return { first: firstPiece * this.perPiece, count: Math.ceil(size / this.#segmentLength) }
  }

  missing(file: number): number {
    return this.#missing[file]!
  }

  /** True when all segments that overlap the stretch of the piece are there. */
  hasStretch(piece: number, begin: number, length: number): boolean {
    if (this.have.has(piece)) return true
    const from = piece * this.perPiece + Math.floor(begin / this.#segmentLength)
    const to = piece * this.perPiece + Math.ceil((begin + length) / this.#segmentLength)
    for (let number = from; number < to; number++) if (!this.segments.has(number)) return false
    return true
  }

  /** True when the bit was new. */
  set(file: number, segment: number): boolean {
    if (!this.segments.set(segment)) return false
    this.#missing[file]!--
    if (this.perPiece > 1) this.#refresh(Math.floor(segment / this.perPiece))
    return true
  }

  setPiece(file: number, piece: number): void {
    const { first, count } = this.segmentsOf(file)
    const from = piece * this.perPiece
    const to = Math.min(from + this.perPiece, first + count)
    for (let segment = from; segment < to; segment++) this.set(file, segment)
  }

  clearPiece(file: number, piece: number): void {
    const from = piece * this.perPiece
    for (let segment = from; segment < from + this.perPiece; segment++)
      if (this.segments.has(segment)) {
        this.segments.set(segment, false)
        this.#missing[file]!++
      }
    if (this.perPiece > 1) this.have.set(piece, false)
  }

  /** Returns the pieces that were whole. */
  clearFile(file: number): number[] {
    const { firstPiece, pieceCount } = this.#content.files[file]!
    const lost: number[] = []
    for (let piece = firstPiece; piece < firstPiece + pieceCount; piece++) {
      if (this.have.has(piece)) lost.push(piece)
      this.clearPiece(file, piece)
    }
    return lost
  }

  /** Bytes of the file in verified segments. */
  bytesOf(file: number): number {
    const { first, count } = this.segmentsOf(file)
    const { size } = this.#content.files[file]!
    const whole = (count - this.#missing[file]!) * this.#segmentLength
    const tail = count * this.#segmentLength - size
    return count > 0 && this.segments.has(first + count - 1) ? whole - tail : whole
  }

  get isFull(): boolean {
    return this.have.isFull
  }

  #missingOf(file: number): number {
    const { first, count } = this.segmentsOf(file)
    let missing = 0
    for (let i = first; i < first + count; i++) if (!this.segments.has(i)) missing++
    return missing
  }

  #refresh(piece: number): void {
    const from = piece * this.perPiece
    const file = this.#fileOf(piece)
    const { first, count } = this.segmentsOf(file)
    const to = Math.min(from + this.perPiece, first + count)
    for (let segment = from; segment < to; segment++) if (!this.segments.has(segment)) return
    this.have.set(piece)
  }

  #fileOf(piece: number): number {
    const { files } = this.#content
    let low = 0
    let high = files.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (files[middle]!.firstPiece <= piece) low = middle
      else high = middle - 1
    }
    // Empty files carry the number of what follows: step back to the one with bytes.
    while (files[low]!.pieceCount === 0) low--
    return low
  }
}

function bitfield(length: number, bits: Uint8Array | undefined): Bitfield {
  if (bits === undefined) return Bitfield.full(length)
  // Damage of the row must not look like data: too short means nothing is there.
  return bits.length < (length + 7) >> 3 ? new Bitfield(length) : new Bitfield(length, Uint8Array.from(bits))
}
