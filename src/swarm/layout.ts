import type { Bitfield } from '../base/index.ts'
import { type Content, type FileEntry, leafLength, PieceMap } from '../content/index.ts'

/** Longer pieces of hybrids are verified by segments, which takes peers that know the hashes of version 2. */
const longestWholePiece = 33_554_432

/** How a content is cut for the exchange: pieces into segments, segments into leaves, and the keys that name them. */
export class Layout {
  readonly map: PieceMap
  readonly pieceCount: number
  readonly pieceLength: number
  readonly segmentLength: number
  readonly segmentsPerPiece: number
  /** What a segment has on average; much less than `segmentLength` where files are small. */
  readonly meanSegmentBytes: number
  /** Bytes of all files. */
  readonly totalBytes: number
  readonly #leavesPerPiece: number
  readonly #hasPadding: boolean

  /** v1 pieces, and those of hybrids that may be known by their SHA-1 only, are one segment each. */
  constructor(content: Content) {
    const { version, pieceLength } = content
    const wholePieces = version === 'hybrid' && pieceLength <= longestWholePiece
    this.map = new PieceMap(content, { wholePieces })
    this.totalBytes = content.totalSize
    this.#hasPadding = version === 'v1' && content.v1Size !== content.totalSize
    this.pieceCount = content.pieceCount
    this.pieceLength = content.pieceLength
    this.segmentLength = this.map.segmentLength
    this.segmentsPerPiece = Math.ceil(content.pieceLength / this.segmentLength)
    const meanPieceBytes = content.totalSize / Math.max(1, content.pieceCount)
    this.meanSegmentBytes = Math.max(1, Math.min(this.segmentLength, meanPieceBytes))
    this.#leavesPerPiece = Math.ceil(content.pieceLength / leafLength)
  }

  pieceSize(piece: number): number {
    return this.map.pieceSize(piece)
  }

  segmentCount(piece: number): number {
    return this.segmentsPerPiece === 1 ? 1 : Math.ceil(this.pieceSize(piece) / this.segmentLength)
  }

  segmentBytes(piece: number, index: number): number {
    return Math.min(this.segmentLength, this.pieceSize(piece) - index * this.segmentLength)
  }

  segmentKey(piece: number, index: number): number {
    return piece * this.segmentsPerPiece + index
  }

  /** Names a block by the leaf it starts with; -1 when it does not start on a leaf. */
  requestKey(piece: number, begin: number): number {
    return begin % leafLength === 0 ? piece * this.#leavesPerPiece + begin / leafLength : -1
  }

  /** Whether these bytes lie in one piece that exists, with the padding that peers think of behind its file. */
  contains(piece: number, begin: number, length: number): boolean {
    return piece < this.pieceCount && length > 0 && begin + length <= this.map.paddedPieceSize(piece)
  }

  /** Bytes of files in a piece: its size without the padding that v1 content counts. */
  payload(piece: number): number {
    return this.map.payloadSize(piece)
  }

  /** Bytes of files in all pieces of `have`. */
  payloadOf(have: Bitfield): number {
    if (have.isFull) return this.totalBytes
    let bytes = 0
    for (let piece = 0; have.count > 0 && piece < this.pieceCount; piece++)
      if (have.has(piece)) bytes += this.payload(piece)
    return bytes
  }

  /** Runs of leaves of a v1 piece that are nothing but padding, which is zero and need not be fetched (BEP 47). */
  paddingLeaves(piece: number): { readonly firstLeaf: number; readonly leaves: number }[] {
    if (!this.#hasPadding) return []
    const size = this.pieceSize(piece)
    const out: { firstLeaf: number; leaves: number }[] = []
    let from = 0
    for (const { begin, length } of [...this.map.segments(piece), { begin: size, length: 0 }]) {
      const firstLeaf = Math.ceil(from / leafLength)
      const end = begin === size ? Math.ceil(size / leafLength) : Math.floor(begin / leafLength)
      if (begin > from && end > firstLeaf) out.push({ firstLeaf, leaves: end - firstLeaf })
      from = begin + length
    }
    return out
  }

  fileOf(piece: number): FileEntry {
    return this.map.pieceFile(piece)
  }
}
