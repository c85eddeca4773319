import type { Content, FileEntry } from './content.ts'

/** The longest segment: what is verified and written at once, in bytes. */
export const maxSegmentLength = 1_048_576

/** A part of a piece that lies in one file. */
export interface Segment {
  readonly piece: number
  /** Offset in the piece, in bytes. */
  readonly begin: number
  readonly length: number
  readonly fileIndex: number
  /** Offset in the file, in bytes. */
  readonly fileOffset: number
}

export interface PieceMapOptions {
  /** Pieces are verified as a whole, however long: for hybrids of which only the SHA-1 of pieces is known (BEP 3). */
  readonly wholePieces?: boolean | undefined
}

/** What is verified at once: see `PieceMap.segmentLength`. In bytes. */
export function segmentLengthOf(
  { version, pieceLength }: Pick<Content, 'version' | 'pieceLength'>,
  { wholePieces }: PieceMapOptions = {},
): number {
  return version === 'v1' || wholePieces === true ? pieceLength : Math.min(pieceLength, maxSegmentLength)
}

/** A run of piece numbers. */
export interface PieceRange {
  readonly first: number
  readonly count: number
}

/**
 * Where pieces lie in files and the other way round. Look-ups take O(log files). In v2 and hybrid content a piece lies in
 * one file; v1 pieces may cross files and padding. Piece numbers out of range throw `TypeError`.
 */
export class PieceMap {
  readonly content: Content
  /** `min(pieceLength, 1 MiB)`, in bytes; v1 content is verified by whole pieces, so there it is the piece length. */
  readonly segmentLength: number
  /** Files with bytes, in order, and where each starts in the string of all pieces. */
  readonly #files: readonly FileEntry[]
  readonly #starts: Float64Array

  constructor(content: Content, options: PieceMapOptions = {}) {
    this.content = content
    this.segmentLength = segmentLengthOf(content, options)
    const hasEmpty = content.files.some(file => file.size === 0)
    this.#files = hasEmpty ? content.files.filter(file => file.size > 0) : content.files
    this.#starts = new Float64Array(this.#files.length)
    for (let i = 0; i < this.#files.length; i++) this.#starts[i] = this.#startOf(this.#files[i]!)
  }

  /** The file that the piece lies in; of a v1 piece the one that holds its first byte or, in padding, the one before. */
  pieceFile(piece: number): FileEntry {
    this.#check(piece)
    return this.#files[Math.max(0, this.#indexAt(piece * this.content.pieceLength))]!
  }

  /** Indexes of the files that have bytes in the piece, in order: one in v2 and hybrid content, none in pure padding. */
  filesOf(piece: number): number[] {
    this.#check(piece)
    const start = piece * this.content.pieceLength
    const end = start + this.content.pieceLength
    const out: number[] = []
    for (let i = Math.max(0, this.#indexAt(start)); i < this.#files.length && this.#starts[i]! < end; i++)
      if (this.#starts[i]! + this.#files[i]!.size > start) out.push(this.#files[i]!.index)
    return out
  }

  /** Bytes of files in the piece: its size without padding. */
  payloadSize(piece: number): number {
    if (!this.#hasPadding) return this.pieceSize(piece)
    let sum = 0
    for (const { length } of this.parts(piece, 0, this.pieceSize(piece))) sum += length
    return sum
  }

  get #hasPadding(): boolean {
    return this.content.version === 'v1' && this.content.v1Size !== this.content.totalSize
  }

  /** How many bytes the piece has. The last piece of a v2 file is short; padding counts in v1 content. */
  pieceSize(piece: number): number {
    if (this.content.version === 'v1') return this.v1PieceSize(piece)
    const file = this.pieceFile(piece)
    return Math.min(
      this.content.pieceLength,
      file.size - (piece - file.firstPiece) * this.content.pieceLength,
    )
  }

  /** How many bytes v1 peers think the piece has, padding counted (BEP 47). For v1 and hybrid content. */
  v1PieceSize(piece: number): number {
    this.#check(piece)
    const { pieceLength, v1Size } = this.content
    if (v1Size === undefined) throw new TypeError('v2 content has no v1 pieces')
    return Math.min(pieceLength, v1Size - piece * pieceLength)
  }

  /**
   * How many bytes of the piece may be asked for. Padding is zeros: v1 peers count it (BEP 47), and libtorrent thinks of the
   * files of v2 content as padded to whole pieces and asks for the last block of each in full.
   */
  paddedPieceSize(piece: number): number {
    return this.content.v1Size === undefined ? this.content.pieceLength : this.v1PieceSize(piece)
  }

  /** How many segments the piece has. */
  segmentCount(piece: number): number {
    return Math.ceil(this.pieceSize(piece) / this.segmentLength)
  }

  /** One segment of a piece of v2 or hybrid content. Throws `TypeError` when there is none of this number. */
  segment(piece: number, index: number): Segment {
    const { pieceLength, version } = this.content
    if (version === 'v1') throw new TypeError('v1 pieces have no segments of their own')
    const file = this.pieceFile(piece)
    const begin = index * this.segmentLength
    const pieceOffset = (piece - file.firstPiece) * pieceLength
    const length = Math.min(this.segmentLength, pieceLength - begin, file.size - pieceOffset - begin)
    if (index < 0 || length <= 0) throw new TypeError(`piece ${piece} has no segment ${index}`)
    return { piece, begin, length, fileIndex: file.index, fileOffset: pieceOffset + begin }
  }

  /**
   * The segments of a piece in order. A v1 piece is verified as a whole: there these are its parts in different files,
   * as `parts` gives them.
   */
  segments(piece: number): Segment[] {
    if (this.content.version === 'v1') return this.parts(piece, 0, this.pieceSize(piece))
    return Array.from({ length: this.segmentCount(piece) }, (_, index) => this.segment(piece, index))
  }

  /** Where `length` bytes from `begin` of a piece lie in files. Bytes that no part names are padding: zero. */
  parts(piece: number, begin: number, length: number): Segment[] {
    this.#check(piece)
    const start = piece * this.content.pieceLength + begin
    const end = start + length
    const out: Segment[] = []
    for (let i = Math.max(0, this.#indexAt(start)); i < this.#files.length && this.#starts[i]! < end; i++) {
      const file = this.#files[i]!
      const from = Math.max(start, this.#starts[i]!)
      const to = Math.min(end, this.#starts[i]! + file.size)
      if (from >= to) continue
      const fileOffset = from - this.#starts[i]!
      out.push({
        piece,
        begin: begin + from - start,
        length: to - from,
        fileIndex: file.index,
        fileOffset,
      })
    }
    return out
  }

  /** The pieces that hold bytes of a file. */
  piecesOf(file: number): PieceRange {
    const { firstPiece, pieceCount } = this.#file(file)
    return { first: firstPiece, count: pieceCount }
  }

  /** The pieces that hold `length` bytes of a file from `offset` on; what lies behind its end is cut off. */
  piecesOfRange(file: number, offset: number, length: number): PieceRange {
    const entry = this.#file(file)
    const end = Math.min(offset + length, entry.size)
    if (offset < 0 || end <= offset) return { first: entry.firstPiece, count: 0 }
    const start = this.#startOf(entry)
    const first = Math.floor((start + offset) / this.content.pieceLength)
    return { first, count: Math.floor((start + end - 1) / this.content.pieceLength) - first + 1 }
  }

  /** Where a byte of a file lies: its piece and its offset in it. */
  placeOf(file: number, offset: number): { readonly piece: number; readonly begin: number } {
    const at = this.#startOf(this.#file(file)) + offset
    const piece = Math.floor(at / this.content.pieceLength)
    return { piece, begin: at - piece * this.content.pieceLength }
  }

  #startOf(file: FileEntry): number {
    return this.content.version === 'v1' ? file.v1Offset : file.firstPiece * this.content.pieceLength
  }

  #file(index: number): FileEntry {
    const file = this.content.files[index]
    if (file === undefined) throw new TypeError(`there is no file ${index}`)
    return file
  }

  #check(piece: number): void {
    if (!Number.isInteger(piece) || piece < 0 || piece >= this.content.pieceCount)
      throw new TypeError(`there is no piece ${piece}`)
  }

  /** Index into `#files` of the last one that starts at or before `offset`; -1 when none does. */
  #indexAt(offset: number): number {
    let low = 0
    let high = this.#starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#starts[middle]! <= offset) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}
