import { hash } from 'node:crypto'
import type { CID } from 'multiformats/cid'
import { equalBytes, PeerageError } from '../../base/index.ts'
import {
  type BuildOptions,
  buildSymlink,
  type Content,
  codecs,
  type DagChild,
  decodeCid,
  FileBuilder,
  type FileEntry,
  hashLength,
  TreeBuilder,
  type UnixFsProfile,
  unixFsProfiles,
} from '../../content/index.ts'
import { decodeDagPb } from '../../wire/index.ts'
import { bySteps } from '../by-steps.ts'
import { hashAll, type ShareProgress } from '../create-share.ts'
import type { LeafShape } from '../io-jobs.ts'
import type { IoPool } from '../io-pool.ts'
import type { FolderPath, FoundFile } from '../scan-folder.ts'
import type { StoredContent } from '../stored-content.ts'
import {
  type BlockDatabase,
  type DagRow,
  inFile,
  inNodes,
  wholeFile,
  wrappedInFile,
} from './block-database.ts'
import { packNode } from './packed-node.ts'
import { FileFinder, isWholeLeaf } from './whole-files.ts'

export interface AddDagOptions {
  readonly profile: UnixFsProfile['name']
  /** For each file SHA-256 of its leaves, when they are known already. */
  readonly blocks?: readonly (Uint8Array | undefined)[] | undefined
  /** Those that it has beside its files. What it has already stays as it is when they are left out. */
  readonly emptyFolders?: readonly FolderPath[] | undefined
  readonly onProgress?: ((progress: ShareProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** v1 content has pieces of any length: what its files are hashed by then. */
const v1PieceLength = 2 ** 20
/** Rows that are written in one transaction. */
const rowsAtOnce = 500
/** Rows that are put in order first: then they lie side by side, and each page of the database is touched once. */
const rowsInOrder = 16_384

export function leafShapeOf(profile: UnixFsProfile['name']): LeafShape {
  const { leafBytes, rawLeaves } = unixFsProfiles[profile]
  return { length: leafBytes, wrapped: !rawLeaves }
}

/** Reads the files of a content, which must be what was verified, for the hashes of their leaves. */
export async function hashStored(
  pool: IoPool,
  stored: StoredContent,
  { profile, onProgress, signal }: AddDagOptions,
): Promise<readonly (Uint8Array | undefined)[]> {
  await stored.load()
  const { content, base } = stored
  const files = content.files.map((file): FoundFile => {
    const stamp = stored.stamp(file.index)
    if (file.size > 0 && (stamp === undefined || !stored.isWhole(file.index))) throw notWhole(stored)
    const empty = { size: 0, mtimeMs: 0, ino: 0 }
    const { path, size, executable = false, symlink } = file
    return { path, diskPath: stored.diskPath(file.index), size, stamp: stamp ?? empty, executable, symlink }
  })
  const isV1 = content.version === 'v1'
  const hashes = await hashAll(pool, {
    base,
    scan: { singleFile: content.singleFile, files, emptyFolders: [] },
    pieceLength: isV1 ? v1PieceLength : content.pieceLength,
    leaves: leafShapeOf(profile),
    known: () => undefined,
    onProgress,
    signal,
  })
  for (const { index, piecesRoot } of content.files)
    if (piecesRoot !== undefined && !equalBytes(hashes[index]!.root!, piecesRoot)) throw notWhole(stored)
  return hashes.map(({ blocks }) => blocks)
}

function notWhole({ root }: StoredContent): PeerageError {
  return new PeerageError('store.source-changed', `Not all of ${root} is here as it was verified.`, {
    details: { path: root },
  })
}

export interface DagParts {
  readonly content: Pick<Content, 'files' | 'singleFile'>
  readonly profile: UnixFsProfile['name']
  readonly blocks: readonly (Uint8Array | undefined)[]
  readonly emptyFolders: readonly FolderPath[]
  readonly signal: AbortSignal | undefined
}

export interface MakeDag extends Omit<DagParts, 'content'> {
  readonly stored: StoredContent
}

/** Makes the nodes over the leaves, and writes down where all of them are. It counts when all is written. */
export async function makeDag(db: BlockDatabase, { stored, ...request }: MakeDag): Promise<DagRow> {
  const { hash: content } = stored
  const { profile } = request
  const id = db.addDag(content, new Uint8Array(0), profile, false)
  try {
    const root = (await bySteps(writeDag(db, id, { ...request, content: stored.content }))).bytes
    db.nameDag(id, content, root, profile)
    return { id, content, root, profile, whole: true }
  } catch (error) {
    db.removeDag(id)
    throw error
  }
}

/** Where nodes and leaves are written down. */
type Sink = Pick<BlockDatabase, 'transaction' | 'putNode' | 'putPacked' | 'putPlace' | 'putLeaves'>

const nowhere: Sink = {
  transaction: body => body(),
  putNode: () => undefined,
  putPacked: () => undefined,
  putPlace: () => undefined,
  putLeaves: () => undefined,
}

/**
 * Leaves out of the nodes of a DAG that others have made what its content says: until that was known they were kept as they came. What a
 * crash leaves as it was is read as it is.
 */
export async function packDag(
  db: BlockDatabase,
  dag: number,
  root: CID,
  files: readonly FileEntry[],
): Promise<void> {
  const finder = new FileFinder(files)
  for (const file of files)
    if (file.piecesRoot !== undefined && isWholeLeaf(file, file.piecesRoot)) finder.add(file)
  await bySteps(packNodes(db, dag, root, finder))
}

function* packNodes(db: BlockDatabase, dag: number, root: CID, finder: FileFinder): Generator<void, void> {
  const waiting: Uint8Array[] = [root.multihash.bytes]
  for (let hash = waiting.pop(); hash !== undefined; hash = waiting.pop()) {
    const place = db.place(hash).find(row => row.dag === dag && row.form === inNodes)
    const bytes = place && db.node(hash, place.length)
    if (bytes === undefined) continue
    for (const link of linksIn(bytes)) waiting.push(link)
    const packed = packNode(bytes, finder)
    if (packed !== undefined) db.transaction(() => db.putPacked(hash, dag, bytes.length, packed))
    yield
  }
}

/** Multihashes of what a node leads to, raw leaves aside. */
function linksIn(bytes: Uint8Array): Uint8Array[] {
  try {
    const cids = decodeDagPb(bytes).links.map(({ hash }) => decodeCid(hash))
    return cids.filter(({ code }) => code !== codecs.raw).map(({ multihash }) => multihash.bytes)
  } catch {
    return []
  }
}

/** The root that `makeDag` would make, without writing anything down. */
export async function rootOfDag(request: DagParts): Promise<CID> {
  return await bySteps(writeDag(nowhere, 0, request))
}

type Write = () => void

/** Steps of some rows each. */
function* writeDag(
  db: Sink,
  dag: number,
  { content, profile: name, blocks, emptyFolders, signal }: DagParts,
): Generator<void, CID> {
  const profile = unixFsProfiles[name]
  let writes: Write[] = []
  const flush = (): void => {
    signal?.throwIfAborted()
    const some = writes
    writes = []
    db.transaction(() => {
      for (const write of some) write()
    })
  }
  const finder = new FileFinder(content.files)
  const emit = ({ multihash }: CID, bytes: Uint8Array): void => {
    const packed = packNode(bytes, finder)
    const hash = multihash.bytes
    if (packed === undefined) writes.push(() => db.putNode(hash, dag, bytes))
    else ordered.push({ hash, write: () => db.putPacked(hash, dag, bytes.length, packed) })
  }
  let ordered: { readonly hash: Uint8Array; readonly write: Write }[] = []
  const flushOrdered = function* (): Generator<void, void> {
    const rows = ordered.toSorted((a, b) => Buffer.compare(a.hash, b.hash))
    ordered = []
    for (const { write } of rows) {
      writes.push(write)
      if (writes.length < rowsAtOnce) continue
      flush()
      yield
    }
  }
  const options: BuildOptions = { profile, emit, hash: bytes => hash('sha256', bytes, 'buffer') }
  const tree = new TreeBuilder(options)
  for (const file of content.files) {
    const leaves = blocks[file.index]
    const builder = new FileBuilder(options)
    for (const { digest, at, length } of leavesOf(file, leaves, profile)) {
      builder.add(digest, length)
      const isWhole = profile.rawLeaves && isWholeLeaf(file, digest)
      const form = isWhole ? wholeFile : profile.rawLeaves ? inFile : wrappedInFile
      const hash = Uint8Array.of(0x12, hashLength, ...digest)
      const write = (): void => db.putPlace({ hash, dag, form, file: file.index, at, length })
      if (isWhole) finder.add(file)
      if (isWhole) ordered.push({ hash, write })
      else writes.push(write)
      if (ordered.length >= rowsInOrder) yield* flushOrdered()
      if (writes.length < rowsAtOnce) continue
      flush()
      yield
    }
    // The place of the only leaf of a file says as much.
    if (leaves !== undefined && leaves.length > hashLength)
      writes.push(() => db.putLeaves(dag, file.index, leaves))
    const child = file.symlink === undefined ? builder.finish() : buildLink(file, options)
    if (!content.singleFile) tree.add(file.path, child)
    else {
      yield* flushOrdered()
      flush()
      return child.cid
    }
    if (writes.length < rowsAtOnce) continue
    flush()
    yield
  }
  for (const path of emptyFolders) tree.addFolder(path)
  const { cid } = yield* withFlush(tree.steps(), () => writes.length >= rowsAtOnce && flush())
  yield* flushOrdered()
  flush()
  return cid
}

/** What `steps` give, and `between` after each of them. */
function* withFlush<T>(steps: Iterator<void, T>, between: () => unknown): Generator<void, T> {
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value
    between()
    yield
  }
}

function* leavesOf(
  { size }: FileEntry,
  leaves: Uint8Array | undefined,
  { leafBytes }: UnixFsProfile,
): Generator<{ digest: Uint8Array; at: number; length: number }> {
  if (size > 0 && leaves?.length !== Math.ceil(size / leafBytes) * hashLength)
    throw new TypeError('a file needs the hashes of its leaves')
  for (let i = 0, at = 0; at < size; i++, at += leafBytes)
    yield {
      digest: leaves!.subarray(i * hashLength, (i + 1) * hashLength),
      at,
      length: Math.min(leafBytes, size - at),
    }
}

/** What it says is relative to its own folder; BEP 47 counts from the root. */
function buildLink({ path, symlink }: FileEntry, options: BuildOptions): DagChild {
  const from = path.slice(0, -1)
  const to = [...symlink!]
  while (from.length > 0 && to.length > 1 && from[0] === to[0]) {
    from.shift()
    to.shift()
  }
  return buildSymlink([...from.map(() => '..'), ...to].join('/'), options)
}
