import { stat } from 'node:fs/promises'
import { PeerageError } from '../base/index.ts'
import { type Content, segmentLengthOf } from '../content/index.ts'
import { type ContentFile, type FoundContentFile, hasBytes } from './content-files.ts'
import { diskErrorOf, IoFailure } from './disk-errors.ts'
import { FileTable } from './file-table.ts'
import { flushFiles } from './flush-files.ts'
import type { StoreHost } from './host.ts'
import type { ContentRow } from './index-database.ts'
import type { Stamp, StatResult } from './io-jobs.ts'
import { renamedFiles, renamedKind } from './renamed-files.ts'
import { emptyFoldersIn } from './scan-folder.ts'

/** Where a content stands: `target` is the name of its file or folder below `base`. */
export interface Place {
  readonly base: string
  readonly target: string
  /** Names there are just as the content says. */
  readonly exact: boolean
}

export interface MoveOptions {
  readonly onProgress?: ((progress: { bytes: number; totalBytes: number }) => void) | undefined
  /** Called before the content is let go of at its old place: whoever uses it stops. */
  readonly beforeSwitch?: (() => Promise<void>) | undefined
  readonly signal?: AbortSignal | undefined
}

/** What moving one content needs. */
export interface MoveParts {
  readonly host: StoreHost
  readonly row: ContentRow
  readonly content: Content
}

const namesAtOnce = 512
const stretchBytes = 32 * 2 ** 20

/** Where a copy grows; no file of a content is called so, as parts are called `.part`. */
const copyName = (path: string): string => `${path}.part.moving`

/** The files of a content at one of its two places, with the stamps that the index has. */
export function tableAt({ host, row, content }: MoveParts, place: Place): FileTable {
  const segmentLength = segmentLengthOf(content)
  const renamed = renamedFiles(host.db.getState(renamedKind, row.hash))
  return new FileTable({ ...row, ...place, content, segmentLength, stamps: host.db.stamps(row.id), renamed })
}

/** True when files get from one to the other by a new name alone. Throws `store.target-missing`. */
export async function isOneFileSystem(from: string, to: string): Promise<boolean> {
  try {
    const [a, b] = await Promise.all([stat(from), stat(to)])
    return a.dev === b.dev
  } catch (error) {
    throw diskErrorOf(error, 'writing', to)
  }
}

/** Throws `store.exists` when something stands where a file shall go. */
export async function refuseTaken(
  { host }: MoveParts,
  base: string,
  files: readonly ContentFile[],
): Promise<void> {
  for (let at = 0; at < files.length; at += namesAtOnce) {
    const paths = files.slice(at, at + namesAtOnce).map(({ to }) => to)
    const stats = await host.pool.run({ op: 'stat', base, paths })
    const taken = stats.findIndex(({ kind }) => kind !== 'missing')
    if (taken < 0) continue
    const path = `${base}/${paths[taken]}`
    throw new PeerageError('store.exists', `${path} is there already; nothing was moved.`, {
      details: { path },
    })
  }
}

/**
 * Gives all files their new names; those that have them already, from before a crash, are passed over. When that cannot be done,
 * or the signal says so, all get their old names back.
 */
export async function renameAll(
  { host, row, content }: MoveParts,
  to: Place,
  files: readonly ContentFile[],
  { signal, onProgress }: MoveOptions,
): Promise<void> {
  const totalBytes = row.totalSize
  let bytes = 0
  try {
    for (let at = 0; at < files.length; at += namesAtOnce) {
      signal?.throwIfAborted()
      const paths = files.slice(at, at + namesAtOnce)
      await host.pool.run({ op: 'rename', from: row.base, to: to.base, paths })
      for (const { file } of paths) bytes += content.files[file]!.size
      onProgress?.({ bytes, totalBytes })
    }
    await flushNew(host, to.base, files)
  } catch (error) {
    await renameBack(host, row, to, files)
    throw error instanceof IoFailure ? diskErrorOf(error, 'writing', to.base) : error
  }
}

async function renameBack(
  host: StoreHost,
  from: Place,
  to: Place,
  files: readonly ContentFile[],
): Promise<void> {
  const stats = await host.pool.run({ op: 'stat', base: from.base, paths: files.map(one => one.from) })
  // What still stands at the old place was never renamed, and what stands in its way is not ours.
  const renamed = files.filter((_, i) => stats[i]!.kind === 'missing')
  const paths = renamed.map(one => ({ from: one.to, to: one.from }))
  await host.pool.run({ op: 'rename', from: to.base, to: from.base, paths })
  await clearFolders(
    host,
    to,
    renamed.map(one => one.to),
  )
}

/**
 * Copies all files next to where they shall stand, then gives them their names. A file that was copied before is known by its
 * size and time. Answers the stamps at the new place. The old place is left as it is.
 */
export async function copyAll(
  parts: MoveParts,
  to: Place,
  files: readonly FoundContentFile[],
  { signal, onProgress }: MoveOptions,
): Promise<FileTable> {
  const table = tableAt(parts, to)
  const totalBytes = files.reduce((sum, one) => sum + (hasBytes(one) ? one.stamp.size : 0), 0)
  let bytes = 0
  const count = (more: number): void => {
    signal?.throwIfAborted()
    bytes += more
    onProgress?.({ bytes, totalBytes })
  }
  try {
    for (const one of files) {
      if (!hasBytes(one)) continue
      const stamp = await copyOne(parts, to.base, one, count)
      if (one.stage === 'final') table.setFinal(one.file, stamp)
      else table.setPart(one.file, stamp)
    }
    await placeRest(parts.host, to.base, files, table)
    await flushNew(parts.host, to.base, files)
    return table
  } catch (error) {
    throw error instanceof IoFailure ? diskErrorOf(error, 'writing', to.base) : error
  }
}

async function copyOne(
  { host, row }: MoveParts,
  base: string,
  { from, to, stamp }: FoundContentFile,
  count: (bytes: number) => void,
): Promise<Stamp> {
  const { pool } = host
  const [known] = await pool.run({ op: 'stat', base, paths: [to] })
  if (isCopy(known!, stamp)) {
    count(stamp.size)
    return { size: known!.size, mtimeMs: known!.mtimeMs, ino: known!.ino }
  }
  const common = { from: row.base, source: from, to: base, target: copyName(to), stamp } as const
  for (let offset = 0; offset < stamp.size; offset += stretchBytes) {
    const length = Math.min(stretchBytes, stamp.size - offset)
    await pool.run({ op: 'copy-stretch', ...common, offset, length }, length)
    count(length)
  }
  return await pool.run({ op: 'settle-copy', ...common, final: to })
}

/** Only a copy of ours has the very same size and time; times come back from the disk rounded. */
function isCopy({ kind, size, mtimeMs }: StatResult, stamp: Stamp): boolean {
  return kind === 'file' && size === stamp.size && Math.abs(mtimeMs - stamp.mtimeMs) < 1
}

/** Empty files and symlinks have nothing to be copied: they are made anew. */
async function placeRest(
  host: StoreHost,
  base: string,
  files: readonly ContentFile[],
  table: FileTable,
): Promise<void> {
  const { failed } = await host.pool.run({
    op: 'place',
    base,
    overwrite: false,
    empty: files
      .filter(({ stage }) => stage === 'empty')
      .map(({ file, to }) => ({ path: to, executable: table.content.files[file]!.executable === true })),
    links: files
      .filter(({ stage }) => stage === 'symlink')
      .map(({ file, to }) => ({ path: to, target: table.linkTarget(file) })),
  })
  const [first] = failed
  if (first !== undefined)
    throw new IoFailure({ failed: first.code, message: first.code, path: `${base}/${first.path}` })
}

/** Deletes what was copied so far. */
export async function dropCopies(
  host: StoreHost,
  to: Place,
  files: readonly FoundContentFile[],
): Promise<void> {
  const halves = files.filter(hasBytes).map(one => copyName(one.to))
  await host.pool.run({ op: 'delete', base: to.base, paths: halves, folder: undefined })
  await dropTwins(
    host,
    to,
    files.map(one => ({ path: one.to, stage: one.stage, stamp: one.stamp })),
  )
}

export interface Twin {
  readonly path: string
  readonly stage: ContentFile['stage']
  /** Of the other one. */
  readonly stamp: Stamp | undefined
}

/** Deletes files that are at the other place too, and the folders that are empty then. What somebody else put there stays. */
export async function dropTwins(host: StoreHost, place: Place, twins: readonly Twin[]): Promise<void> {
  const paths = twins.map(({ path }) => path)
  const stats = await host.pool.run({ op: 'stat', base: place.base, paths })
  const ours = twins.filter(({ stage, stamp }, i) => {
    const here = stats[i]!
    if (stage === 'symlink') return here.kind === 'other'
    if (stage === 'empty') return here.kind === 'file' && here.size === 0
    return stamp !== undefined && isCopy(here, stamp)
  })
  await host.pool.run({
    op: 'delete',
    base: place.base,
    paths: ours.map(({ path }) => path),
    folder: undefined,
  })
  await clearFolders(host, place, paths)
}

/** Empty folders stand in no list of files: they are made at the new place, too, where that can be. Those that files have left are there already. */
export async function carryEmptyFolders({ host, content }: MoveParts, from: Place, to: Place): Promise<void> {
  if (content.singleFile) return
  const { pool, config } = host
  try {
    const empty = await emptyFoldersIn(pool, `${from.base}/${from.target}`, config)
    const folders = empty.map(path => `${to.target}/${path.join('/')}`)
    await pool.run({ op: 'place', base: to.base, overwrite: false, empty: [], links: [], folders })
  } catch {
    // Nothing of the content is missing for that.
  }
}

/** Folders of a content that are empty now go. */
export async function clearFolders(
  host: StoreHost,
  { base, target }: Place,
  paths: readonly string[],
): Promise<void> {
  const isFolder = paths.some(path => path.startsWith(`${target}/`))
  if (isFolder) await host.pool.run({ op: 'clear-folders', base, paths, folder: target })
}

/** Names are durable before the index says where things are. */
async function flushNew(host: StoreHost, base: string, moved: readonly ContentFile[]): Promise<void> {
  const folders = new Set([base])
  const files: string[] = []
  for (const one of moved) {
    const path = `${base}/${one.to}`
    folders.add(path.slice(0, path.lastIndexOf('/')))
    if (hasBytes(one)) files.push(path)
  }
  await flushFiles({ base, files, folders: [...folders], oneByOne: host.config.syncOneByOne })
}
