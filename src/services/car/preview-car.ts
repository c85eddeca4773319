import type { CID } from 'multiformats/cid'
import { PeerageError } from '../../base/index.ts'
import {
  codecs,
  dagLimits,
  decodeCid,
  hashCodes,
  knownLinksOf,
  type NodeStat,
  statNode,
  walkTree,
} from '../../content/index.ts'
import { type NameWarning, nameWarnings, openRegular } from '../../store/index.ts'
import { carLimits } from '../../wire/index.ts'
import { CarIndex } from './car-index.ts'
import { readUserFile, userFileSize } from './user-file.ts'

export interface PreviewCarInput {
  file: string
  /** Of how many files it is told. */
  files: number
}

/** While it is read: how far. The last one says what is in it. */
export type PreviewCarUpdate =
  | {
      readonly phase: 'reading'
      readonly bytes: number
      readonly totalBytes: number
      readonly blocks: number
    }
  | CarPreview

/** What an archive has in it. All names are hostile text. */
export interface CarPreview {
  readonly phase: 'ready'
  readonly version: 1 | 2
  readonly archiveBytes: number
  readonly blocks: number
  /** Blocks below its roots that are not in it. */
  readonly missing: number
  readonly roots: readonly CarRoot[]
}

/** One of its roots. */
export interface CarRoot {
  readonly cid: string
  /** `other`: a block that is no file; `missing`: it is not in the archive. */
  readonly kind: 'file' | 'directory' | 'symlink' | 'data' | 'other' | 'missing'
  readonly totalBytes: number
  readonly fileCount: number
  /** The first of them, over all roots as many as were asked for. */
  readonly files: readonly CarFile[]
}

export interface CarFile {
  /** Empty where the root itself is the file. */
  readonly path: string
  /** In bytes, as the archive says. */
  readonly size: number
  /** False: not even its first block is in the archive. */
  readonly isIn: boolean
  readonly warnings: readonly NameWarning[]
}

/** Only the beginning of each block is looked at. */
const roomBytes = carLimits.sectionBytes + 8

/**
 * Says what an archive has in it, and keeps nothing of it. Its folders and the beginnings of its files are verified; what they lead to is when
 * it is imported.
 *
 * @throws PeerageError `car.invalid`, `block.mismatch`, `dag.invalid`, `dag.limit`, `store.source-unreadable`; `signal.reason`
 */
export async function* previewCar(
  { file, files }: PreviewCarInput,
  signal: AbortSignal,
): AsyncGenerator<PreviewCarUpdate> {
  const index = new CarIndex()
  const totalBytes = await userFileSize(file)
  let bytes = 0
  const room = { bytes: new Uint8Array(roomBytes), free: Promise.resolve() }
  for await (const stretch of readUserFile(file, [room], () => index.takeBack())) {
    signal.throwIfAborted()
    bytes += stretch.added
    index.push(stretch.bytes)
    yield { phase: 'reading', bytes, totalBytes, blocks: index.blocks }
  }
  await using handle = await openRegular(file)
  index.end(handle)
  const cids = index.roots.map(decodeCid)
  const missing = await countMissing(index, cids, signal)
  const roots: CarRoot[] = []
  const left = { files, entries: dagLimits.entries }
  for (const cid of cids) roots.push(await lookAtRoot(index, cid, left, signal))
  const { version, blocks } = index
  yield { phase: 'ready', version, archiveBytes: bytes, blocks, missing, roots }
}

/** How many blocks the roots lead to that are not in it; each block that may lead on is read once. */
async function countMissing(index: CarIndex, roots: readonly CID[], signal: AbortSignal): Promise<number> {
  const seen = new Set<string>()
  const waiting = [...roots]
  let missing = 0
  for (let cid = waiting.pop(); cid !== undefined; cid = waiting.pop()) {
    signal.throwIfAborted()
    const key = cid.toString()
    if (seen.has(key) || cid.multihash.code === hashCodes.identity) continue
    seen.add(key)
    if (!index.has(cid)) missing++
    else if (cid.code !== codecs.raw)
      for (const link of knownLinksOf(await index.get(cid))) waiting.push(link)
    if (seen.size > dagLimits.blocks || waiting.length > dagLimits.pending)
      throw new PeerageError('dag.limit', 'The archive leads to too many blocks.', {
        details: { limit: 'blocks' },
      })
  }
  return missing
}

/** What may still be told, and looked at. */
interface Left {
  files: number
  entries: number
}

async function lookAtRoot(index: CarIndex, cid: CID, left: Left, signal: AbortSignal): Promise<CarRoot> {
  const stat = await statOf(index, cid, signal)
  const kind = stat?.kind ?? (index.has(cid) ? 'other' : 'missing')
  const found: CarFile[] = []
  let [totalBytes, fileCount] = [0, 0]
  const take = (path: readonly string[], size: number, isIn: boolean): void => {
    totalBytes += size
    fileCount++
    if (left.files <= 0) return
    left.files--
    found.push({ path: path.join('/'), size, isIn, warnings: nameWarnings(path) })
  }
  if (stat?.kind === 'file') take([], stat.size, true)
  if (stat?.kind === 'directory') await lookAtFolders(index, cid, left, take, signal)
  return { cid: cid.toString(), kind, totalBytes, fileCount, files: found }
}

type Take = (path: readonly string[], size: number, isIn: boolean) => void

async function lookAtFolders(
  index: CarIndex,
  root: CID,
  left: Left,
  take: Take,
  signal: AbortSignal,
): Promise<void> {
  const look = (cid: CID): Promise<NodeStat | undefined> => statOf(index, cid, signal)
  // A part of a large folder may be left out.
  for await (const { path, cid, stat, dagSize = 0 } of walkTree(index, root, {
    signal,
    look,
    skips: isMissing,
    maxEntries: left.entries,
  })) {
    left.entries--
    if (stat?.kind !== 'directory') take(path, stat?.size ?? dagSize, index.has(cid))
  }
}

/** Undefined for what is not in it, and for what is no UnixFS. */
async function statOf(index: CarIndex, cid: CID, signal: AbortSignal): Promise<NodeStat | undefined> {
  try {
    return await statNode(index, cid, { signal })
  } catch (error) {
    if (isMissing(error) || (error instanceof PeerageError && error.code === 'dag.unsupported'))
      return undefined
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof PeerageError && error.code === 'block.missing'
}
