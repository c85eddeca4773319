import { constants } from 'node:fs'
import { access, lstat, mkdir, realpath } from 'node:fs/promises'
import { equalBytes, PeerageError } from '../base/index.ts'
import { type Content, type FileEntry, PieceMap } from '../content/index.ts'
import { checkPieces, type PieceSource } from './check-pieces.ts'
import { diskErrorOf } from './disk-errors.ts'
import { holdsExactNames } from './exact-names.ts'
import { FileTable, priorityNames } from './file-table.ts'
import { hashFile, rootOfPieces } from './hash-file.ts'
import type { StoreHost } from './host.ts'
import type { NewContent } from './index-database.ts'
import type { Stamp, StatResult } from './io-jobs.ts'
import { safePaths } from './safe-path.ts'
import { SegmentMap, segmentCountOf } from './segment-map.ts'

export interface DownloadOptions {
  /** Folder in which the file or folder of the content will stand; created when missing. */
  readonly into: string
  /** Other files that stand in the way may be replaced, each at the moment the new one is complete. */
  readonly overwrite?: boolean | undefined
  /** Which of them, when not all. */
  mayReplace?(file: FileEntry): boolean
  /** Only these files (by index); the others are skipped. */
  readonly select?: readonly number[] | undefined
  readonly signal?: AbortSignal | undefined
}

export interface PreparedDownload {
  readonly row: NewContent
  readonly stamps: Map<number, Uint8Array>
  readonly layers: Map<number, Uint8Array>
  /** Files of which a part lies there from an earlier time. */
  readonly parts: readonly number[]
}

interface Existing {
  readonly file: number
  readonly stat: StatResult
}

const statsAtOnce = 4096
const lanes = 8

/** Where a content with this name goes in `into`. Throws `store.read-only`, `store.target-missing`, `path.unsafe`. */
export async function targetFor(
  host: StoreHost,
  content: Content,
  into: string,
): Promise<{ base: string; target: string; exact: boolean }> {
  try {
    await mkdir(into, { recursive: true })
    const base = await realpath(into)
    await access(base, constants.W_OK | constants.X_OK)
    const exact = host.config.names === 'auto' && (await holdsExactNames(base))
    return { base, target: safePaths([[content.name]], { exact }).paths[0]!, exact }
  } catch (error) {
    throw diskErrorOf(error, 'writing', into)
  }
}

/**
 * Looks at what stands where the files shall go: what is right already is used, anything else is refused unless it
 * may be replaced. Creates and changes nothing.
 *
 * @throws PeerageError `store.exists` naming the first files, `path.unsafe`
 */
export async function prepareDownload(
  host: StoreHost,
  content: Content,
  place: { base: string; target: string; exact: boolean },
  options: DownloadOptions,
): Promise<PreparedDownload> {
  const map = new PieceMap(content)
  const { segmentLength } = map
  const priorities = selection(content, options.select)
  const overwrite = options.overwrite === true
  const common = { content, origin: 'download', ...place, overwrite, segmentLength, priorities } as const
  const files = new FileTable({ ...common, stamps: new Map() })
  const bits = new SegmentMap(map, new Uint8Array((segmentCountOf(content, segmentLength) + 7) >> 3))
  const { finals, parts, blocked } = await lookAround(host, files)
  const layers = new Map<number, Uint8Array>()
  const different =
    content.version === 'v1'
      ? await useExistingPieces({ host, map, files, bits }, finals, options.signal)
      : await useExisting(host, files, bits, layers, finals, options.signal)
  const replaced = [...blocked, ...different]
  const conflicts = replaced.filter(file => !overwrite && options.mayReplace?.(content.files[file]!) !== true)
  if (conflicts.length > 0) throw existsError(files, conflicts)
  const row: NewContent = {
    hash: Buffer.from(content.infoHash).toString('hex'),
    origin: 'download',
    ...place,
    name: content.name,
    totalSize: content.totalSize,
    pieceCount: content.pieceCount,
    overwrite: overwrite || replaced.length > 0,
    addedAt: host.world.wallTime(),
    segments: bits.isFull ? undefined : bits.segments.bytes,
    segmentCount: bits.segments.length,
    priorities,
    done: false,
    recheck: false,
    aliveAt: 0,
  }
  return { row, stamps: files.takeDirtyStamps(), layers, parts }
}

function selection(content: Content, select: readonly number[] | undefined): Uint8Array | undefined {
  if (select === undefined) return undefined
  const chosen = new Set(select)
  for (const file of chosen)
    if (content.files[file] === undefined) throw new TypeError(`there is no file ${file}`)
  const skip = priorityNames.indexOf('skip')
  return Uint8Array.from(content.files, file => (chosen.has(file.index) ? 0 : skip))
}

/** Files that are there under their final names, parts, and files whose place is taken by something else. */
async function lookAround(
  host: StoreHost,
  files: FileTable,
): Promise<{ finals: Existing[]; parts: number[]; blocked: number[] }> {
  const finals: Existing[] = []
  const parts: number[] = []
  const blocked: number[] = []
  const { content, base, target } = files
  const root = await lstat(`${base}/${target}`).catch(() => undefined)
  if (root?.isSymbolicLink() || (root !== undefined && !content.singleFile && !root.isDirectory()))
    throw new PeerageError('store.exists', `${base}/${target} already exists and is not a folder.`, {
      details: { path: `${base}/${target}` },
    })
  if (root === undefined && !content.singleFile) return { finals, parts, blocked }
  const wanted = content.files.filter(file => !files.isSkipped(file.index))
  for (let from = 0; from < wanted.length; from += statsAtOnce) {
    const some = wanted.slice(from, from + statsAtOnce)
    const paths = some.flatMap(({ index }) => [files.finalPath(index), files.partPath(index)])
    const stats = await host.pool.run({ op: 'stat', base, paths })
    some.forEach((entry, i) => {
      const final = stats[2 * i]!
      if (stats[2 * i + 1]!.kind === 'file' && entry.size > 0) parts.push(entry.index)
      if (final.kind === 'missing' || entry.symlink !== undefined) return
      if (final.kind !== 'file' || final.size !== entry.size) blocked.push(entry.index)
      else if (entry.size > 0) finals.push({ file: entry.index, stat: final })
    })
  }
  return { finals, parts, blocked }
}

interface PieceTarget {
  readonly host: StoreHost
  readonly map: PieceMap
  readonly files: FileTable
  readonly bits: SegmentMap
}

/**
 * The same for v1 content, piece by piece; returns the files of wrong pieces. A file whose first or last piece cannot be
 * judged yet, because its neighbour is missing, is taken for right until that piece comes and says otherwise.
 */
async function useExistingPieces(
  { host, map, files, bits }: PieceTarget,
  existing: readonly Existing[],
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const sources = new Map<number, PieceSource>()
  const pieces = new Set<number>()
  for (const { file, stat } of existing) {
    const { size, mtimeMs, ino } = stat
    const ref = { id: 0, base: files.base, path: files.finalPath(file) }
    sources.set(file, { file: ref, stamp: { size, mtimeMs, ino } })
    const { first, count } = map.piecesOf(file)
    for (let piece = first; piece < first + count; piece++) pieces.add(piece)
  }
  const judged = [...pieces].filter(piece => map.filesOf(piece).every(file => sources.has(file)))
  const different = new Set<number>()
  const visit = (piece: number, isRight: boolean): void => {
    const sharers = map.filesOf(piece)
    if (isRight) bits.setPiece(sharers[0]!, piece)
    else for (const file of sharers) different.add(file)
  }
  try {
    await checkPieces(host.pool, { map, sources, pieces: judged, visit, signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw diskErrorOf(error, 'reading', files.base)
  }
  for (const file of different) bits.clearFile(file)
  for (const [file, { stamp }] of sources) if (!different.has(file)) files.setFinal(file, stamp!)
  return [...different]
}

/** Hashes existing files of the right size; returns those with other content. */
async function useExisting(
  host: StoreHost,
  files: FileTable,
  bits: SegmentMap,
  layers: Map<number, Uint8Array>,
  existing: readonly Existing[],
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const { pieceLength } = files.content
  const different: number[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    for (let one = existing[next++]; one !== undefined; one = existing[next++]) {
      const entry = files.content.files[one.file]!
      const { size, mtimeMs, ino } = one.stat
      const stamp: Stamp = { size, mtimeMs, ino }
      const file = { id: 0, base: files.base, path: files.finalPath(one.file) }
      try {
        const { pieces } = await hashFile(host.pool, { file, size, pieceLength, stamp, signal })
        const root = await rootOfPieces(host.pool, pieces, pieceLength)
        if (!equalBytes(root, entry.piecesRoot!)) {
          different.push(one.file)
          continue
        }
        if (entry.pieceCount > 1) layers.set(one.file, pieces)
      } catch (error) {
        signal?.throwIfAborted()
        throw diskErrorOf(error, 'reading', files.base)
      }
      files.setFinal(one.file, stamp)
      for (let i = 0; i < entry.pieceCount; i++) bits.setPiece(one.file, entry.firstPiece + i)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return different
}

function existsError(files: FileTable, conflicts: readonly number[]): PeerageError {
  const paths = conflicts.slice(0, 5).map(file => `${files.base}/${files.finalPath(file)}`)
  const more = conflicts.length > 1 ? ` (and ${conflicts.length - 1} more)` : ''
  return new PeerageError('store.exists', `${paths[0]} already exists with other content${more}.`, {
    details: { paths, count: conflicts.length },
  })
}
