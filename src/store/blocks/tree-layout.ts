import {
  type Content,
  choosePieceLength,
  type FileEntry,
  inTreeOrderBySteps,
  segmentLeaves,
  treeHeight,
} from '../../content/index.ts'

/** One file or symlink of a tree that is fetched. */
export interface TreeFile {
  /** Names from the root down; of a single file just its name. */
  readonly path: readonly string[]
  /** In bytes; 0 for links. */
  readonly size: number
  readonly executable?: boolean | undefined
  /** Names from the root down. */
  readonly symlink?: readonly string[] | undefined
  /** Time of change that it gets, in milliseconds since 1970. */
  readonly mtimeMs?: number | undefined
}

/** Longest stretch over which the tree of BEP 52 is built as the leaves come. */
const longestUnit = 262_144

/** Files that one step deals with. */
export const filesPerStep = 1024

/** The content that the files will make, as far as it is known before their bytes are: no hashes. By steps. */
export function* contentToBe(
  name: string,
  given: readonly TreeFile[],
  singleFile: boolean,
): Generator<void, Content> {
  const sorted = yield* inTreeOrderBySteps(given)
  const totalSize = sorted.reduce((sum, { size }) => sum + size, 0)
  const pieceLength = choosePieceLength(totalSize, sorted.length)
  let firstPiece = 0
  const files: FileEntry[] = []
  for (const [index, { path, size, executable, symlink }] of sorted.entries()) {
    const pieceCount = Math.ceil(size / pieceLength)
    const entry = { index, path, size, firstPiece, pieceCount, v1Offset: 0 }
    firstPiece += pieceCount
    files.push({ ...entry, ...(executable && { executable }), ...(symlink && { symlink }) })
    if (index % filesPerStep === filesPerStep - 1) yield
  }
  const none = new Uint8Array(0)
  const common = { name, version: 'v2', infoHash: none, info: none, isPrivate: false } as const
  return { ...common, pieceLength, pieceCount: firstPiece, totalSize, files, singleFile }
}

/** How the tree over a file is built from what its leaves bring. */
export interface Units {
  /** Bytes under one hash. */
  readonly length: number
  /** Layers of the tree over them. */
  readonly height: number
  /** How many there are in a piece, and the layers of the tree over these. */
  readonly perPiece: number
  readonly foldHeight: number
}

export function unitsOf(size: number, pieceLength: number): Units {
  const length = Math.min(longestUnit, pieceLength)
  const height = treeHeight(segmentLeaves(size, length))
  const pieceHeight = treeHeight(segmentLeaves(size, pieceLength))
  return { length, height, perPiece: pieceLength / length, foldHeight: pieceHeight - height }
}

/** Hashes over stretches of a file, from when they were written. */
export class UnitHashes {
  readonly units: Units
  readonly hashes: Uint8Array
  #left: number
  readonly #has: Uint8Array

  constructor(size: number, pieceLength: number) {
    this.units = unitsOf(size, pieceLength)
    this.#left = Math.ceil(size / this.units.length)
    this.hashes = new Uint8Array(this.#left * 32)
    this.#has = new Uint8Array(this.#left)
  }

  /** All of them are known. */
  get isWhole(): boolean {
    return this.#left === 0
  }

  set(offset: number, hashes: Uint8Array): void {
    const first = offset / this.units.length
    this.hashes.set(hashes, first * 32)
    for (let i = first; i < first + hashes.length / 32; i++) {
      this.#left -= 1 - this.#has[i]!
      this.#has[i] = 1
    }
  }

  /** Whether a leaf there covers whole units. */
  fits(offset: number, length: number, size: number): boolean {
    const unit = this.units.length
    return offset % unit === 0 && (length % unit === 0 || offset + length === size)
  }
}
