import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readlink } from 'node:fs/promises'
import type { CID } from 'multiformats/cid'
import { PeerageError, z } from '../../base/index.ts'
import {
  buildInfoBySteps,
  type Content,
  cidOfSha256,
  codecs,
  defaultContentConfig,
  type FileEntry,
  hashLength,
  type InfoFile,
  nameContent,
} from '../../content/index.ts'
import { targetFor } from '../add-download.ts'
import { bySteps } from '../by-steps.ts'
import { readContent } from '../content-reader.ts'
import { diskError, diskErrorOf } from '../disk-errors.ts'
import { FileTable, prepareLayout } from '../file-table.ts'
import { flushFiles } from '../flush-files.ts'
import { freeSpace } from '../folders/free-space.ts'
import { hashFile, rootOfPieces } from '../hash-file.ts'
import { HashedFiles } from '../hashed-files.ts'
import type { StoreHost } from '../host.ts'
import type { Stamp, StatResult } from '../io-jobs.ts'
import { foldersAt } from '../place-folders.ts'
import type { FolderPath } from '../scan-folder.ts'
import { sameStamp } from '../stamps.ts'
import type { KeyValue } from '../state-log.ts'
import type { StoredContent } from '../stored-content.ts'
import type { BlockDatabase } from './block-database.ts'
import { packDag, placeWholeFiles } from './make-dag.ts'
import { type Claim, provenRanges } from './proven-ranges.ts'
import { Ranges } from './ranges.ts'
import { contentToBe, filesPerStep, type TreeFile } from './tree-layout.ts'
import type { TreeNamesFolder } from './tree-names.ts'
import { TreeWriter } from './tree-writer.ts'

export interface TreeOptions {
  /** The root of the DAG. */
  readonly root: CID
  /** By which it goes on, so that one DAG may be on its way to several places; the root when left out. */
  readonly id?: string | undefined
  /** Folder in which the file or folder will stand; created when missing. */
  readonly folder: string
  /** What it is called there. */
  readonly name: string
  /** One file without a folder around it; then its path is `[name]`. */
  readonly singleFile: boolean
  readonly files: readonly TreeFile[]
  /** Those that stand beside the files. */
  readonly emptyFolders?: readonly FolderPath[] | undefined
  /** Only some of what is below the root: what they make has no CID until it is hashed for one. */
  readonly isPart?: boolean | undefined
  /** Other files that stand in the way may be replaced, each when the new one is whole. */
  readonly overwrite?: boolean | undefined
}

/** Where a tree that is not whole goes, so that it goes on there. */
interface TreeIntent {
  readonly dag: number
  readonly base: string
  readonly target: string
  /** Hash of names and sizes. */
  readonly files: string
}

const intentKind = 'store.tree'
const partSuffix = '.part'

const intentSchema: z.ZodType<TreeIntent> = z.object({
  dag: z.int(),
  base: z.string().max(65_536),
  target: z.string().max(65_536),
  files: z.string().length(64),
})

/** The DAGs of trees that go on when they are opened again. */
export function unfinishedTrees(state: KeyValue): Set<number> {
  const dags = new Set<number>()
  for (const [, value] of state.entries(intentKind)) dags.add(intentSchema.safeParse(value).data?.dag ?? 0)
  return dags
}

/** Whether a path is that of a file of a tree that is not whole yet. */
export function ownsTreePart(state: KeyValue, path: string): boolean {
  if (!path.endsWith(partSuffix)) return false
  for (const [, value] of state.entries(intentKind)) {
    const { base, target } = intentSchema.safeParse(value).data ?? {}
    const root = `${base}/${target}`
    if (target !== undefined && (path === root + partSuffix || path.startsWith(`${root}/`))) return true
  }
  return false
}

export interface TreeHost {
  readonly host: StoreHost
  readonly state: KeyValue
  readonly db: BlockDatabase
  readonly names: TreeNamesFolder
  /** Makes it a content of the store; files are where the table says. */
  enter(table: FileTable, content: Content, layers: Map<number, Uint8Array>): Promise<StoredContent>
  /** The id of a DAG that is not whole; its nodes are blocks already. */
  begin(profile: string): number
  drop(dag: number): void
  /** The DAG is that of the content now. */
  named(dag: number, content: StoredContent, root: CID): void
}

/** Before the hashes are known. */
const anyRoot = new Uint8Array(32)
/** What is discarded is named no more. */
const nowhere: CID = cidOfSha256(new Uint8Array(32), codecs.raw, 1)
/** What is not doubted, however small the disk is. */
const usualBytes = 2 ** 40
const statsAtOnce = 4096
const slackMs = 2000

/**
 * Prepares the place of a DAG that is fetched to files. The same again goes on where it was.
 *
 * @throws PeerageError `content.invalid`, `dag.limit`, `path.unsafe`, `store.exists` (also when another tree is on its way to that place), `store.disk-full` for
 * what no disk of that size can hold, `store.read-only`, `store.target-missing`
 */
export function openTree(tree: TreeHost, options: TreeOptions): Promise<TreeWriter> {
  return openPlace(tree, options, async (key, place, { totalSize }, infoBytes) => {
    refuseTooMany(options, infoBytes)
    refuseShared(tree.state, key, place)
    await refuseTooLarge(place, totalSize)
  })
}

type Place = Awaited<ReturnType<typeof targetFor>>

async function openPlace(
  tree: TreeHost,
  options: TreeOptions,
  check?: (key: string, place: Place, content: Content, infoBytes: number) => Promise<void>,
): Promise<TreeWriter> {
  const { host, state, db } = tree
  const { name, singleFile, overwrite = false, emptyFolders = [] } = options
  if (options.files.length === 0)
    throw new PeerageError('content.invalid', 'There is no file in it, and folders alone cannot be shared.')
  if (options.files.length + emptyFolders.length > host.config.maxFiles)
    throw new PeerageError(
      'content.invalid',
      `It has more than ${host.config.maxFiles} files and empty folders.`,
      {
        details: { limit: 'store.maxFiles' },
      },
    )
  const content = await bySteps(contentToBe(name, options.files, singleFile))
  const infoBytes = await bySteps(checkNames(content))
  const place = await targetFor(host, content, options.folder)
  const key = options.id ?? String(options.root)
  await check?.(key, place, content, infoBytes)
  await prepareLayout(content, place.exact)
  const segmentLength = 2 ** 20
  const common = {
    content,
    origin: 'download',
    ...place,
    overwrite,
    segmentLength,
    priorities: undefined,
  } as const
  const table = new FileTable({ ...common, stamps: new Map() })
  const files = await bySteps(inOrderOf(content, options.files))
  const intent = await intentFor(tree, key, place, content)
  const ranges = await takeUp(tree, intent.dag, table, files)
  if (!overwrite) await refuseOthers(host, table)
  if (!isSame(intentOf(state, key), intent) || !tree.names.has(intent.dag))
    await tree.names.save(intent.dag, { name, singleFile, files })
  state.put(intentKind, key, intent)
  const forget = (): void => forgetTree(tree, key, intent)
  return new TreeWriter({
    host,
    db,
    dag: intent.dag,
    content,
    table,
    files,
    ranges,
    complete: async writer => {
      const stored = await complete(tree, writer, table, emptyFolders)
      if (options.isPart === true) tree.drop(intent.dag)
      else {
        await placeWholeFiles(db, intent.dag, stored.content.files)
        tree.named(intent.dag, stored, options.root)
      }
      forget()
      // It is whole; where this ends early its nodes take more room.
      await packDag(db, intent.dag, options.root, stored.content.files).catch(() => undefined)
      return stored
    },
    discarded: () => {
      tree.drop(intent.dag)
      forget()
    },
  })
}

/**
 * Forgets a tree that is not whole and that nobody writes, and deletes what was written of it; what somebody else changed since stays.
 *
 * @throws PeerageError of kind `disk`
 */
export async function discardTree(tree: TreeHost, id: string): Promise<void> {
  const intent = intentOf(tree.state, id)
  if (intent === undefined) return
  const { base, dag } = intent
  const names = existsSync(base) ? await tree.names.read(dag) : undefined
  if (names !== undefined) {
    const writer = await openPlace(tree, { root: nowhere, id, folder: base, overwrite: true, ...names })
    return await writer.discard()
  }
  tree.drop(dag)
  forgetTree(tree, id, intent)
}

/** When all of them were here, there would be no content that anybody reads. */
function refuseTooMany({ files }: TreeOptions, infoBytes: number): void {
  const { maxInfoBytes } = defaultContentConfig
  if (infoBytes <= maxInfoBytes) return
  throw new PeerageError(
    'dag.limit',
    `It has too many files for one content: what describes ${files.length} files has ${infoBytes} bytes, and at most ${maxInfoBytes} are read. Choose some of it.`,
    { details: { limit: 'maxInfoBytes' } },
  )
}

/** Each of them would write to the files of the other. */
function refuseShared(state: KeyValue, key: string, { base, target }: Place): void {
  for (const [other, value] of state.entries(intentKind)) {
    const intent = intentSchema.safeParse(value).data
    if (other === key || intent?.base !== base || intent.target !== target) continue
    const path = `${base}/${target}`
    throw new PeerageError('store.exists', `Something else is being fetched to ${path} already.`, {
      details: { path },
    })
  }
}

/** A file of a few blocks may say that it has petabytes. */
async function refuseTooLarge({ base }: Place, needed: number): Promise<void> {
  const { totalBytes } = await freeSpace(base)
  // Some file systems in memory have no size. What a larger disk would hold is begun, and told when the disk is full.
  if (totalBytes === 0 || needed <= Math.max(totalBytes, usualBytes)) return
  throw new PeerageError(
    'store.disk-full',
    `It has ${needed} bytes, and all of the disk at ${base} has ${totalBytes}.`,
    { details: { path: base } },
  )
}

function forgetTree({ state, db, names }: TreeHost, key: string, { dag }: TreeIntent): void {
  state.delete(intentKind, key)
  db.clearProgress(dag)
  names.remove(dag)
}

/** What is fetched, in the order in which it will be a content. By steps. */
function* inOrderOf(content: Content, given: readonly TreeFile[]): Generator<void, readonly TreeFile[]> {
  const byPath = new Map<readonly string[], TreeFile>()
  for (const file of given) if (byPath.set(file.path, file).size % filesPerStep === 0) yield
  return content.files.map(({ path }) => byPath.get(path)!)
}

/** Twice the same name would be one file; what BEP 52 cannot say cannot be shared. Answers how long the info dictionary will be. By steps. */
function* checkNames(content: Content): Generator<void, number> {
  let before: string | undefined
  const files: InfoFile[] = []
  for (const { index, ...file } of content.files) {
    const joined = file.path.join('/')
    // Those of one name stand side by side.
    if (joined === before) throw new PeerageError('content.invalid', `It has two files called ${joined}.`)
    before = joined
    files.push(file.size > 0 ? { ...file, piecesRoot: anyRoot } : file)
    if (index % filesPerStep === filesPerStep - 1) yield
  }
  return (yield* buildInfoBySteps({ ...content, files })).length
}

async function intentFor(
  { state, db, begin }: TreeHost,
  key: string,
  place: { base: string; target: string },
  content: Content,
): Promise<TreeIntent> {
  const { base, target } = place
  const files = await bySteps(digestOf(content))
  const found = intentOf(state, key)
  const wanted = { dag: found?.dag ?? begin(key), base, target, files }
  // Another place, or other files: what was known of the old one is of no use.
  if (found !== undefined && !isSame(found, wanted)) db.clearProgress(found.dag)
  return wanted
}

/** Of names and sizes. */
function* digestOf({ files }: Content): Generator<void, string> {
  const hash = createHash('sha256')
  for (const { index, path, size } of files) {
    hash.update(`${JSON.stringify(path)} ${size}\n`)
    if (index % filesPerStep === filesPerStep - 1) yield
  }
  return hash.digest('hex')
}

function intentOf(state: KeyValue, key: string): TreeIntent | undefined {
  return intentSchema.safeParse(state.get(intentKind, key)).data
}

function isSame(a: TreeIntent | undefined, b: TreeIntent): boolean {
  return a?.base === b.base && a.target === b.target && a.files === b.files
}

/** What an earlier run has left, as far as it is believed: the index said so, and nobody else wrote to it since, or its leaves are what they were. */
async function takeUp(
  { host, db }: TreeHost,
  dag: number,
  table: FileTable,
  files: readonly TreeFile[],
): Promise<Map<number, Ranges>> {
  const rows = db.progress(dag).filter(({ file }) => (table.content.files[file]?.size ?? 0) > 0)
  const believed = new Map<number, Ranges>()
  const doubtful = new Map<number, Claim>()
  for (let from = 0; from < rows.length; from += statsAtOnce) {
    const some = rows.slice(from, from + statsAtOnce)
    const paths = some.flatMap(({ file }) => [table.partPath(file), table.finalPath(file)])
    const stats = await host.pool.run({ op: 'stat', base: table.base, paths })
    some.forEach(({ file, ranges: packed, stamp }, i) => {
      const ranges = Ranges.unpack(packed)
      const { size } = table.content.files[file]!
      const [part, final] = [stats[2 * i]!, stats[2 * i + 1]!]
      if (part.size === size && isPartOurs(part, stamp, host.config.checkpointMs)) believed.set(file, ranges)
      else if (
        ranges.has(0, size) &&
        final.size === size &&
        isFinalOurs(final, stamp, files[file]!.mtimeMs)
      ) {
        believed.set(file, ranges)
        table.setFinal(file, { size: final.size, mtimeMs: final.mtimeMs, ino: final.ino })
      } else if (part.size === size && part.kind === 'file')
        doubtful.set(file, { file: table.partRef(file), ranges })
    })
  }
  const proven = await provenRanges({ pool: host.pool, db }, dag, doubtful)
  return new Map([...believed, ...proven])
}

/** The stamp that was recorded is of the file, whose time may be later by what was written before a crash and the index did not get to know. */
function isPartOurs(stat: StatResult, packed: Uint8Array, checkpointMs: number): boolean {
  const { stamp, savedAt } = unpackStamp(packed)
  if (sameStamp(stamp, stat)) return stat.kind === 'file'
  const isLater = stat.mtimeMs >= stamp.mtimeMs && stat.mtimeMs <= savedAt + checkpointMs + slackMs
  return stat.kind === 'file' && stat.size === stamp.size && stat.ino === stamp.ino && isLater
}

/** Nobody wrote to it since it was whole; it may have got the time that it should have. */
function isFinalOurs(stat: StatResult, packed: Uint8Array, mtimeMs: number | undefined): boolean {
  const { stamp } = unpackStamp(packed)
  if (stat.kind !== 'file' || stat.size !== stamp.size || stat.ino !== stamp.ino) return false
  return stat.mtimeMs === stamp.mtimeMs || (mtimeMs !== undefined && Math.abs(stat.mtimeMs - mtimeMs) < 1)
}

function unpackStamp(packed: Uint8Array): { stamp: Stamp; savedAt: number } {
  const [size = -1, mtimeMs = 0, ino = 0, savedAt = 0] =
    packed.length === 32 ? new Float64Array(Uint8Array.from(packed).buffer) : []
  return { stamp: { size, mtimeMs, ino }, savedAt }
}

async function refuseOthers(host: StoreHost, table: FileTable): Promise<void> {
  const open = table.content.files.filter(({ index }) => !table.isFinal(index))
  for (let from = 0; from < open.length; from += statsAtOnce) {
    const some = open.slice(from, from + statsAtOnce)
    const stats = await host.pool.run({
      op: 'stat',
      base: table.base,
      paths: some.map(({ index }) => table.finalPath(index)),
    })
    const others = await Promise.all(some.map(async (file, i) => !(await isFree(table, file, stats[i]!))))
    const taken = some.find((_, i) => others[i])
    if (taken !== undefined) {
      const path = `${table.base}/${table.finalPath(taken.index)}`
      throw new PeerageError('store.exists', `${path} already exists.`, { details: { path } })
    }
  }
}

/** Nothing is there, or the very empty file or symlink that is to be there: a crash came after it was made. */
async function isFree(
  table: FileTable,
  { index, size, symlink }: FileEntry,
  stat: StatResult,
): Promise<boolean> {
  if (stat.kind === 'missing') return true
  if (size > 0) return false
  if (symlink === undefined) return stat.kind === 'file' && stat.size === 0
  const target = await readlink(`${table.base}/${table.finalPath(index)}`).catch(() => undefined)
  return target === table.linkTarget(index)
}

/** Empty files, symlinks and empty folders, names durable, hashes of BEP 52, the dictionary: then it is a content. */
async function complete(
  tree: TreeHost,
  writer: TreeWriter,
  table: FileTable,
  emptyFolders: readonly FolderPath[],
): Promise<StoredContent> {
  const { host } = tree
  const { content } = table
  try {
    await placeRest(host, table, await foldersAt(table, emptyFolders))
    const hashes = await hashesOf(host, writer, table)
    const info = await bySteps(describe(content, hashes))
    const infoHash = await host.pool.run({ op: 'digest', bytes: info, algorithm: 'sha256' }, info.length)
    const said = await readContent(host.pool, info, content.files.length * 2 + 1)
    const made = nameContent(said, { infoHash })
    await flushNames(host, table)
    return await tree.enter(table, made, hashes.layers)
  } catch (error) {
    throw diskErrorOf(error, 'writing', `${table.base}/${table.target}`)
  }
}

/** Of BEP 52: from when the files were written, or else they are read again. */
async function hashesOf(host: StoreHost, writer: TreeWriter, table: FileTable): Promise<HashedFiles> {
  const { files, pieceLength } = table.content
  const hashes = new HashedFiles(files.length)
  const rest: number[] = []
  await bySteps(takeKnown(writer, files, hashes, rest))
  for (const file of rest) {
    const pieces = await piecesOf(host, writer, table, file)
    const root = await rootOfPieces(host.pool, pieces, pieceLength)
    hashes.set(file, { root, layer: files[file]!.pieceCount > 1 ? pieces : undefined })
  }
  return hashes
}

/** The only hash of a small file is its root: no worker need be asked, of which there would be hundreds of thousands of questions. */
function* takeKnown(
  writer: TreeWriter,
  files: readonly FileEntry[],
  hashes: HashedFiles,
  rest: number[],
): Generator<void, void> {
  for (const { index, size } of files) {
    if (index % filesPerStep === filesPerStep - 1) yield
    if (size === 0) continue
    const known = writer.unitsOf(index)
    if (known?.units.foldHeight === 0 && known.hashes.length === hashLength)
      hashes.set(index, { root: known.hashes })
    else rest.push(index)
  }
}

function* describe(
  { name, pieceLength, files, singleFile }: Content,
  hashes: HashedFiles,
): Generator<void, Uint8Array> {
  const described: InfoFile[] = []
  for (const file of files) {
    const piecesRoot = file.size > 0 ? hashes.root(file.index) : undefined
    if (described.push({ ...file, piecesRoot }) % filesPerStep === 0) yield
  }
  return yield* buildInfoBySteps({ name, pieceLength, files: described, singleFile })
}

async function piecesOf(
  host: StoreHost,
  writer: TreeWriter,
  table: FileTable,
  file: number,
): Promise<Uint8Array> {
  const units = writer.unitsOf(file)
  const { size } = table.content.files[file]!
  const { pieceLength } = table.content
  if (units !== undefined) {
    const { height: level, perPiece: each, foldHeight: height } = units.units
    return await host.pool.run({ op: 'fold', hashes: units.hashes, level, each, height }, units.hashes.length)
  }
  const request = { file: table.finalRef(file), size, pieceLength, stamp: table.stamp(file) }
  return (await hashFile(host.pool, request)).pieces
}

async function placeRest(host: StoreHost, table: FileTable, folders: readonly string[]): Promise<void> {
  const rest = table.content.files.filter(({ size }) => size === 0)
  if (rest.length + folders.length === 0) return
  const links = rest.filter(({ symlink }) => symlink !== undefined)
  const empty = rest.filter(({ symlink }) => symlink === undefined)
  const { failed } = await host.pool.run({
    op: 'place',
    base: table.base,
    overwrite: table.overwrite,
    empty: empty.map(({ index, executable }) => ({
      path: table.finalPath(index),
      executable: executable === true,
    })),
    links: links.map(({ index }) => ({ path: table.finalPath(index), target: table.linkTarget(index) })),
    folders,
  })
  const first = failed[0]
  if (first === undefined) return
  throw diskError({ failed: first.code, message: first.code, path: `${table.base}/${first.path}` }, 'writing')
}

async function flushNames(host: StoreHost, table: FileTable): Promise<void> {
  const files = table.content.files
    .filter(({ size }) => size > 0)
    .map(({ index }) => `${table.base}/${table.finalPath(index)}`)
  const folders = new Set(files.map(path => path.slice(0, path.lastIndexOf('/'))))
  await flushFiles({ base: table.base, files, folders: [...folders], oneByOne: host.config.syncOneByOne })
}
