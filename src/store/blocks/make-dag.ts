import { hash } from 'node:crypto'
import type { CID } from 'multiformats/cid'
import { equalBytes, PeerageError, sortBySteps } from '../../base/index.ts'
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
import type { LeavesOf } from '../hashed-files.ts'
import type { LeafShape } from '../io-jobs.ts'
import type { IoPool } from '../io-pool.ts'
import type { FolderPath, FoundFile } from '../scan-folder.ts'
import type { StoredContent } from '../stored-content.ts'
import {
  type BlockDatabase,
  type DagRow,
  inFile,
  inNodes,
  madeNode,
  type PlaceRow,
  wrappedInFile,
} from './block-database.ts'
import { HamtNodes, type HamtPlace } from './hamt-nodes.ts'
import { packNode } from './packed-node.ts'
import { FileFinder, isWholeLeaf, putWholeFiles, startOf } from './whole-files.ts'

export interface AddDagOptions {
  readonly profile: UnixFsProfile['name']
  /** Hashes of all leaves, when they are known already. */
  readonly blocks?: LeavesOf | undefined
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
/** Places of nodes that are written at once. */
const nodesAtOnce = 4096
/** Files that one step deals with at most. */
const filesPerStep = 256

export function leafShapeOf(profile: UnixFsProfile['name']): LeafShape {
  const { leafBytes, rawLeaves } = unixFsProfiles[profile]
  return { length: leafBytes, wrapped: !rawLeaves }
}

/** Reads the files of a content, which must be what was verified, for the hashes of their leaves. */
export async function hashStored(
  pool: IoPool,
  stored: StoredContent,
  { profile, onProgress, signal }: AddDagOptions,
): Promise<LeavesOf> {
  await stored.load()
  const { content, base } = stored
  const isV1 = content.version === 'v1'
  const hashes = await hashAll(pool, {
    base,
    scan: { singleFile: content.singleFile, files: await bySteps(filesOf(stored)), emptyFolders: [] },
    pieceLength: isV1 ? v1PieceLength : content.pieceLength,
    leaves: leafShapeOf(profile),
    known: () => undefined,
    onProgress,
    signal,
  })
  for (const { index, piecesRoot } of content.files)
    if (piecesRoot !== undefined && !equalBytes(hashes.root(index), piecesRoot)) throw notWhole(stored)
  return hashes.leaves
}

function* filesOf(stored: StoredContent): Generator<void, FoundFile[]> {
  const files: FoundFile[] = []
  for (const { index, path, size, executable = false, symlink } of stored.content.files) {
    const stamp = stored.stamp(index)
    if (size > 0 && (stamp === undefined || !stored.isWhole(index))) throw notWhole(stored)
    const empty = { size: 0, mtimeMs: 0, ino: 0 }
    files.push({
      path,
      diskPath: stored.diskPath(index),
      size,
      stamp: stamp ?? empty,
      executable,
      symlink,
    })
    if (index % filesPerStep === filesPerStep - 1) yield
  }
  return files
}

function notWhole({ root }: StoredContent): PeerageError {
  return new PeerageError('store.source-changed', `Not all of ${root} is here as it was verified.`, {
    details: { path: root },
  })
}

export interface DagParts {
  readonly content: Pick<Content, 'version' | 'files' | 'singleFile'>
  readonly profile: UnixFsProfile['name']
  readonly blocks: LeavesOf
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
  await stored.load()
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
type Sink = Pick<
  BlockDatabase,
  'transaction' | 'putNode' | 'putPacked' | 'putMadeNodes' | 'putPlace' | 'putWholeFiles' | 'putLeaves'
>

const nowhere: Sink = {
  transaction: body => body(),
  putNode: () => undefined,
  putPacked: () => undefined,
  putMadeNodes: () => undefined,
  putPlace: () => undefined,
  putWholeFiles: () => undefined,
  putLeaves: () => undefined,
}

/** Finds the files that are one leaf in a DAG that others have made: until its content was known nobody could say what their hashes are. */
export async function placeWholeFiles(
  db: BlockDatabase,
  dag: number,
  files: readonly FileEntry[],
): Promise<void> {
  await bySteps(putWholeFiles(dag, files, some => db.putWholeFiles(some)))
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
  const nodes = new HamtNodes(finder.files)
  let made: PlaceRow[] = []
  const flush = (): void => {
    const some = made
    made = []
    db.transaction(() => {
      db.putMadeNodes(some)
      for (const { hash } of some) db.dropNode(hash, dag)
    })
  }
  for (let hash = waiting.pop(); hash !== undefined; hash = waiting.pop()) {
    const place = db.place(hash).find(row => row.dag === dag && row.form === inNodes)
    const bytes = place && db.node(hash, place.length)
    if (bytes === undefined) continue
    for (const link of linksIn(bytes)) waiting.push(link)
    const packed = yield* packNode(bytes, finder, nodes)
    if (packed === undefined) continue
    if ('place' in packed) {
      if (startOf(hash) !== undefined) made.push(placeOf(hash, dag, packed.place, bytes))
    } else
      db.transaction(() => {
        db.putPacked(hash, dag, bytes.length, packed.bytes)
        db.dropNode(hash, dag)
      })
    if (made.length >= nodesAtOnce) flush()
    yield
  }
  flush()
}

function placeOf(
  hash: Uint8Array,
  dag: number,
  { file, level }: HamtPlace,
  { length }: Uint8Array,
): PlaceRow {
  return { hash, dag, form: madeNode, file, at: level, length }
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

/** Rows in the order in which the database has them. */
interface OrderedWrite {
  /** The first bytes of the hash. */
  readonly start: number
  readonly write: Write
}

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
  const nodes = new HamtNodes(content.files)
  let emitted: { readonly hash: Uint8Array; readonly bytes: Uint8Array }[] = []
  let ordered: OrderedWrite[] = []
  let made: PlaceRow[] = []
  const pack = function* (): Generator<void, void> {
    const some = emitted
    emitted = []
    for (const { hash, bytes } of some) {
      const packed = yield* packNode(bytes, finder, nodes)
      if (packed === undefined) writes.push(() => db.putNode(hash, dag, bytes))
      else if ('place' in packed) made.push(placeOf(hash, dag, packed.place, bytes))
      else
        ordered.push({
          start: orderOf(hash),
          write: () => db.putPacked(hash, dag, bytes.length, packed.bytes),
        })
    }
    if (writes.length >= rowsAtOnce) flush()
  }
  const flushOrdered = function* (): Generator<void, void> {
    const [rows, some] = [ordered, made]
    ordered = []
    made = []
    for (const { write } of yield* sortBySteps(rows, (a, b) => a.start - b.start)) {
      writes.push(write)
      if (writes.length < rowsAtOnce) continue
      flush()
      yield
    }
    const places = yield* sortBySteps(some, (a, b) => orderOf(a.hash) - orderOf(b.hash))
    for (let at = 0; at < places.length; at += nodesAtOnce) {
      signal?.throwIfAborted()
      db.putMadeNodes(places.slice(at, at + nodesAtOnce))
      yield
    }
  }
  const putAllWhole = function* (): Generator<void, void> {
    if (!profile.rawLeaves) return
    yield* putWholeFiles(dag, content.files, files => {
      signal?.throwIfAborted()
      db.putWholeFiles(files)
    })
  }
  const options: BuildOptions = {
    profile,
    emit: ({ multihash }, bytes) => void emitted.push({ hash: multihash.bytes, bytes }),
    hash: bytes => hash('sha256', bytes, 'buffer'),
  }
  const tree = new TreeBuilder(options)
  for (const path of emptyFolders) tree.addFolder(path)
  let before: readonly string[] = []
  for (const file of content.files) {
    const leaves = blocks(file.index)
    const builder = new FileBuilder(options)
    for (const { digest, at, length } of leavesOf(file, leaves, profile)) {
      builder.add(digest, length)
      if (profile.rawLeaves && isWholeLeaf(file, digest)) {
        finder.add(file)
        continue
      }
      const form = profile.rawLeaves ? inFile : wrappedInFile
      const hash = multihashOf(digest)
      writes.push(() => db.putPlace({ hash, dag, form, file: file.index, at, length }))
      if (writes.length < rowsAtOnce) continue
      flush()
      yield
    }
    // The place of the only leaf of a file says as much.
    if (leaves !== undefined && leaves.length > hashLength)
      writes.push(() => db.putLeaves(dag, file.index, leaves))
    const child = file.symlink === undefined ? builder.finish() : buildLink(file, options)
    yield* pack()
    if (content.singleFile) {
      flush()
      yield* putAllWhole()
      return child.cid
    }
    // Files of v1 content come in any order.
    if (content.version !== 'v1') yield* withNext(closeLeft(tree, before, file.path), pack)
    tree.add(file.path, child)
    before = file.path
    if (ordered.length >= rowsInOrder || made.length >= rowsInOrder) yield* flushOrdered()
    if (writes.length >= rowsAtOnce) flush()
    if (file.index % filesPerStep === filesPerStep - 1) yield
  }
  const { cid } = yield* withNext(tree.steps(), pack)
  yield* flushOrdered()
  flush()
  yield* putAllWhole()
  return cid
}

/** Files come folder by folder: those that the next one is not in are done, the deepest first. */
function* closeLeft(
  tree: TreeBuilder,
  before: readonly string[],
  path: readonly string[],
): Generator<void, void> {
  let shared = 0
  while (shared < before.length - 1 && before[shared] === path[shared]) shared++
  for (let depth = before.length - 1; depth > shared; depth--) yield* tree.close(before.slice(0, depth))
}

function multihashOf(digest: Uint8Array): Uint8Array {
  const hash = new Uint8Array(2 + hashLength)
  hash[0] = 0x12
  hash[1] = hashLength
  hash.set(digest, 2)
  return hash
}

/** Near enough to the order of the database: rows that lie side by side shall be written one after another. */
function orderOf(multihash: Uint8Array): number {
  return startOf(multihash) ?? 0
}

/** What `steps` give, and what comes `next` after each of them. */
function* withNext<T>(steps: Iterator<void, T>, next: () => Generator<void, void>): Generator<void, T> {
  for (let step = steps.next(); ; step = steps.next()) {
    yield* next()
    if (step.done) return step.value
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
