import { type Content, type FileEntry, leafLength, PieceMap } from '../content/index.ts'

/** How a content is cut for the exchange: pieces into segments, segments into leaves, and the keys that name them. */
export class Layout {
  readonly map: PieceMap
  readonly pieceCount: number
  readonly pieceLength: number
  readonly segmentLength: number
  readonly segmentsPerPiece: number
  /** What a segment has on average; much less than `segmentLength` where files are small. */
  readonly meanSegmentBytes: number
  readonly #leavesPerPiece: number

  constructor(content: Content) {
    this.map = new PieceMap(content)
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

  /** Whether these bytes lie in one piece that exists. */
  contains(piece: number, begin: number, length: number): boolean {
    return piece < this.pieceCount && length > 0 && begin + length <= this.pieceSize(piece)
  }

  fileOf(piece: number): FileEntry {
    return this.map.pieceFile(piece)
  }
}
