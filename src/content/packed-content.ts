import type { ContentInfo, FileEntry } from './content.ts'
import { pathSplitter } from './path-splitter.ts'

/**
 * What an info dictionary says, in a few large values: 60,000 files go from one thread to another as fast as their bytes can be
 * copied. Hashes are told by where they stand in the dictionary, which the other side has too.
 */
export interface PackedContent extends Omit<ContentInfo, 'info' | 'files' | 'v1Pieces'> {
  /** Paths of the files, each ended by NUL, their names joined with `/`: no name contains either. */
  readonly paths: string
  /** For each file: size, firstPiece, pieceCount, v1Offset, and where its root stands in the dictionary, or -1. */
  readonly numbers: Float64Array<ArrayBuffer>
  readonly rare: readonly (Pick<FileEntry, 'index'> & Markings)[]
  /** Where the SHA-1 of the pieces stand in the dictionary. */
  readonly v1PiecesAt: readonly [from: number, to: number] | undefined
}

type Markings = Pick<FileEntry, 'executable' | 'hidden' | 'symlink'>

const numbersPerFile = 5
const filesPerStep = 1024

/** The hashes of `content` must be views of its `info`, as `parseInfo` leaves them. */
export function packContent(content: ContentInfo): PackedContent {
  const { info, files, v1Pieces, ...rest } = content
  const numbers = new Float64Array(files.length * numbersPerFile)
  const paths: string[] = []
  const rare: (Pick<FileEntry, 'index'> & Markings)[] = []
  for (const file of files) {
    const { index, size, firstPiece, pieceCount, v1Offset, piecesRoot } = file
    const rootAt = piecesRoot === undefined ? -1 : placeOf(info, piecesRoot)
    numbers.set([size, firstPiece, pieceCount, v1Offset, rootAt], index * numbersPerFile)
    paths.push(file.path.join('/'), '\0')
    const marks = markingsOf(file)
    if (marks !== undefined) rare.push({ index, ...marks })
  }
  const from = v1Pieces === undefined ? undefined : placeOf(info, v1Pieces)
  const v1PiecesAt = from === undefined ? undefined : ([from, from + v1Pieces!.length] as const)
  return { ...rest, paths: paths.join(''), numbers, rare, v1PiecesAt }
}

/** The same content again, some files a step. `info`: the dictionary that it was read from. */
export function* unpackContent(packed: PackedContent, info: Uint8Array): Generator<void, ContentInfo> {
  const { paths, numbers, rare, v1PiecesAt, ...rest } = packed
  const marks = new Map(rare.map(({ index, ...marked }) => [index, marked]))
  const files: FileEntry[] = []
  const split = pathSplitter()
  let at = 0
  for (let index = 0; index * numbersPerFile < numbers.length; index++) {
    if (index % filesPerStep === filesPerStep - 1) yield
    const end = paths.indexOf('\0', at)
    const path = split(paths.slice(at, end))
    files.push(entryOf(index, path, numbers, info, marks.get(index)))
    at = end + 1
  }
  const v1Pieces = v1PiecesAt && { v1Pieces: info.subarray(...v1PiecesAt) }
  return { ...rest, info, files, ...v1Pieces }
}

function entryOf(
  index: number,
  path: readonly string[],
  numbers: Float64Array,
  info: Uint8Array,
  marks: Markings | undefined,
): FileEntry {
  const at = index * numbersPerFile
  const size = numbers[at]!
  const firstPiece = numbers[at + 1]!
  const pieceCount = numbers[at + 2]!
  const v1Offset = numbers[at + 3]!
  const rootAt = numbers[at + 4]!
  const place = { firstPiece, pieceCount, v1Offset }
  if (rootAt < 0) return { index, path, size, ...place, ...marks }
  const piecesRoot = new Uint8Array(info.buffer, info.byteOffset + rootAt, 32)
  return { index, path, size, piecesRoot, ...place, ...marks }
}

function placeOf(info: Uint8Array, part: Uint8Array): number {
  if (part.buffer !== info.buffer) throw new TypeError('a hash is no view of the info dictionary')
  return part.byteOffset - info.byteOffset
}

function markingsOf({ executable, hidden, symlink }: FileEntry): Markings | undefined {
  if (executable === undefined && hidden === undefined && symlink === undefined) return undefined
  return {
    ...(executable === undefined ? {} : { executable }),
    ...(hidden === undefined ? {} : { hidden }),
    ...(symlink === undefined ? {} : { symlink }),
  }
}
