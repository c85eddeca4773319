import { Bitfield } from '../base/index.ts'
import type { Content, PieceMap } from '../content/index.ts'

/** How many segments there are numbers for: the same for each piece, so that numbers are found by arithmetic. */
export function segmentCountOf(content: Content, segmentLength: number): number {
  return content.pieceCount * (content.pieceLength / segmentLength)
}

/**
 * Which segments are verified and on disk, with what follows: whole pieces and whole files. Segment number =
 * piece * segments per piece + begin / segment length. In v2 and hybrid content those of a file are contiguous, as files
 * start new pieces. In v1 content a segment is a piece, which several files may share: it counts for all of them.
 */
export class SegmentMap {
  readonly segments: Bitfield
  /** Whole pieces; the same object as `segments` while a piece is one segment. */
  readonly have: Bitfield
  readonly perPiece: number
  /** Told of each change of `bytesOf` a file. */
  onBytes: ((file: number, change: number) => void) | undefined
  readonly #map: PieceMap
  readonly #content: Content
  readonly #segmentLength: number
  readonly #isShared: boolean
  /** For each file how many segments are missing. */
  readonly #missing: Uint32Array

  /** `bits` undefined: everything is there. */
  constructor(map: PieceMap, bits: Uint8Array | undefined) {
    const content = map.content
    this.#map = map
    this.#content = content
    this.#segmentLength = map.segmentLength
    this.#isShared = content.version === 'v1'
    this.perPiece = content.pieceLength / map.segmentLength
    this.segments = bitfield(segmentCountOf(content, map.segmentLength), bits)
    this.#missing = new Uint32Array(content.files.length)
    if (!this.segments.isFull)
      for (let file = 0; file < content.files.length; file++) this.#missing[file] = this.#missingOf(file)
    this.have = this.perPiece === 1 ? this.segments : new Bitfield(content.pieceCount)
    if (this.perPiece > 1 && this.segments.count > 0)
      for (let piece = 0; piece < content.pieceCount; piece++) this.#refresh(piece)
  }

  number(piece: number, begin: number): number {
    return piece * this.perPiece + begin / this.#segmentLength
  }

  segmentsOf(file: number): { first: number; count: number } {
    const { firstPiece, pieceCount, size } = this.#content.files[file]!
    if (this.#isShared) return { first: firstPiece, count: pieceCount }
    return { first: firstPiece * this.perPiece, count: Math.ceil(size / this.#segmentLength) }
  }

  missing(file: number): number {
    return this.#missing[file]!
  }

  /** True when all segments that overlap the stretch of the piece are there. */
  hasStretch(piece: number, begin: number, length: number): boolean {
    if (this.have.has(piece)) return true
    if (this.#isShared) return false
    const from = piece * this.perPiece + Math.floor(begin / this.#segmentLength)
    const to = piece * this.perPiece + Math.ceil((begin + length) / this.#segmentLength)
    for (let number = from; number < to; number++) if (!this.segments.has(number)) return false
    return true
  }

  /** True when the bit was new. `file` is one that the segment belongs to. */
  set(file: number, segment: number): boolean {
    if (this.segments.has(segment)) return false
    this.#change(file, segment, true)
    if (this.perPiece > 1) this.#refresh(Math.floor(segment / this.perPiece))
    return true
  }

  setPiece(file: number, piece: number): void {
    if (this.#isShared) {
      this.set(file, piece)
      return
    }
    const { first, count } = this.segmentsOf(file)
    const from = piece * this.perPiece
    const to = Math.min(from + this.perPiece, first + count)
    for (let segment = from; segment < to; segment++) this.set(file, segment)
  }

  clearPiece(file: number, piece: number): void {
    const from = piece * this.perPiece
    for (let segment = from; segment < from + this.perPiece; segment++)
      if (this.segments.has(segment)) this.#change(file, segment, false)
    if (this.perPiece > 1) this.have.set(piece, false)
  }

  /** Returns the pieces that were whole. Those that other files share are gone for these too: see `sharers`. */
  clearFile(file: number): number[] {
    const { firstPiece, pieceCount } = this.#content.files[file]!
    const lost: number[] = []
    for (let piece = firstPiece; piece < firstPiece + pieceCount; piece++) {
      if (this.have.has(piece)) lost.push(piece)
      this.clearPiece(file, piece)
    }
    return lost
  }

  /** Other files with bytes in pieces of this one. */
  sharers(file: number): number[] {
    const { firstPiece, pieceCount } = this.#content.files[file]!
    if (!this.#isShared || pieceCount === 0) return []
    const edges = new Set(this.#map.filesOf(firstPiece))
    if (pieceCount > 1) for (const other of this.#map.filesOf(firstPiece + pieceCount - 1)) edges.add(other)
    edges.delete(file)
    return [...edges]
  }

  /** Bytes of the file in verified segments. */
  bytesOf(file: number): number {
    const { first, count } = this.segmentsOf(file)
    const { size, v1Offset } = this.#content.files[file]!
    if (count === 0) return 0
    const before = this.#isShared ? v1Offset - first * this.#segmentLength : 0
    const behind = count * this.#segmentLength - size - before
    let bytes = (count - this.#missing[file]!) * this.#segmentLength
    if (this.segments.has(first)) bytes -= before
    if (this.segments.has(first + count - 1)) bytes -= behind
    return bytes
  }

  get isFull(): boolean {
    return this.have.isFull
  }

  #change(file: number, segment: number, isThere: boolean): void {
    const sharers = this.#isShared ? this.#map.filesOf(segment) : [file]
    const before = this.onBytes && sharers.map(sharer => this.bytesOf(sharer))
    this.segments.set(segment, isThere)
    for (const [i, sharer] of sharers.entries()) {
      this.#missing[sharer]! += isThere ? -1 : 1
      if (before !== undefined) this.onBytes?.(sharer, this.bytesOf(sharer) - before[i]!)
    }
  }

  #missingOf(file: number): number {
    const { first, count } = this.segmentsOf(file)
    if (this.segments.count === 0) return count
    let missing = 0
    for (let i = first; i < first + count; i++) if (!this.segments.has(i)) missing++
    return missing
  }

  #refresh(piece: number): void {
    const from = piece * this.perPiece
    const to = from + this.#map.segmentCount(piece)
    for (let segment = from; segment < to; segment++) if (!this.segments.has(segment)) return
    this.have.set(piece)
  }
}

function bitfield(length: number, bits: Uint8Array | undefined): Bitfield {
  if (bits === undefined) return Bitfield.full(length)
  // Damage of the row must not look like data: too short means nothing is there.
  return bits.length < (length + 7) >> 3 ? new Bitfield(length) : new Bitfield(length, Uint8Array.from(bits))
}
