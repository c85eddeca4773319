import { lstat } from 'node:fs/promises'
import { PeerageError } from '../base/index.ts'
import { inTreeOrderBySteps, pathSplitter } from '../content/index.ts'
import { bySteps } from './by-steps.ts'
import { diskErrorOf } from './disk-errors.ts'
import type { ScanEntry, Stamp } from './io-jobs.ts'
import type { IoPool } from './io-pool.ts'

const entriesPerStep = 1024

export interface FoundFile {
  /** Names below the root; of a single file just its name. */
  readonly path: readonly string[]
  /** Below the base, components joined with `/`. */
  readonly diskPath: string
  readonly size: number
  readonly stamp: Stamp
  readonly executable: boolean
  /** Names from the root down (BEP 47). */
  readonly symlink: readonly string[] | undefined
}

export interface ScanRequest {
  readonly base: string
  readonly target: string
  readonly name: string
  readonly maxFiles: number
  /** Absolute paths of part files of downloads: not part of the folder. */
  readonly isPart: (path: string) => boolean
  readonly onOmitted?: ((path: string, reason: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Scan {
  readonly singleFile: boolean
  /** In the order of a BEP 52 file tree. */
  readonly files: readonly FoundFile[]
  /** Names that lead to folders with nothing in them, sorted. */
  readonly emptyFolders: readonly FolderPath[]
}

/** Names from the root down. */
export type FolderPath = readonly string[]

/**
 * What is in a file or folder. Symlinks are recorded, never followed; those that lead out of the folder, and sockets,
 * devices and pipes, are left out and told. Empty folders have no place in BEP 52, but in UnixFS.
 *
 * @throws PeerageError `store.source-unreadable` with the path; `signal.reason`
 */
export async function scanFolder(pool: IoPool, request: ScanRequest): Promise<Scan> {
  const root = `${request.base}/${request.target}`
  const stat = await lstat(root).catch(error => {
    throw diskErrorOf(error, 'reading', root)
  })
  if (stat.isFile()) {
    const { size, mtimeMs, ino } = stat
    const executable = (stat.mode & 0o100) !== 0
    const stamp = { size, mtimeMs, ino }
    const { name, target } = request
    return {
      singleFile: true,
      files: [{ path: [name], diskPath: target, size, stamp, executable, symlink: undefined }],
      emptyFolders: [],
    }
  }
  if (!stat.isDirectory())
    throw new PeerageError('store.source-unreadable', `${root} is neither a file nor a folder.`, {
      details: { path: root },
    })
  const files: FoundFile[] = []
  const split = pathSplitter()
  const emptyFolders = await readAll(pool, root, request, entries =>
    bySteps(describeAll(entries, { root, request, split, files })),
  )
  if (files.length === 0)
    throw new PeerageError('store.source-unreadable', `There is no file in ${root}.`, {
      details: { path: root },
    })
  return { singleFile: false, files: await bySteps(inTreeOrderBySteps(files)), emptyFolders }
}

/** What is below a folder that has nothing in it. Throws as `scanFolder`. */
export async function emptyFoldersIn(
  pool: IoPool,
  root: string,
  request: Pick<ScanRequest, 'maxFiles' | 'signal'>,
): Promise<readonly FolderPath[]> {
  return await readAll(pool, root, request)
}

/** Gives what is found to `take`, as it comes; answers the folders that have nothing in them. */
async function readAll(
  pool: IoPool,
  root: string,
  { maxFiles, signal }: Pick<ScanRequest, 'maxFiles' | 'signal'>,
  take?: (entries: readonly ScanEntry[]) => Promise<void>,
): Promise<readonly FolderPath[]> {
  let count = 0
  const empty: string[] = []
  const nameless: string[] = []
  let folders: readonly string[] = ['']
  while (folders.length > 0) {
    signal?.throwIfAborted()
    const found = await pool.run({ op: 'scan', root, folders }).catch(error => {
      throw diskErrorOf(error, 'reading', root)
    })
    folders = found.folders
    empty.push(...found.empty)
    nameless.push(...found.nameless)
    count += found.entries.length
    if (count + empty.length + nameless.length > maxFiles)
      throw new PeerageError(
        'store.source-unreadable',
        `${root} holds more than ${maxFiles} files and empty folders.`,
        {
          details: { path: root, limit: 'store.maxFiles' },
        },
      )
    await take?.(found.entries)
  }
  if (nameless.length > 0) throw notUtf8(root, nameless.sort())
  return empty.sort().map(path => path.split('/'))
}

/** Of names that are not UTF-8, in the message and in the details of it. */
const [namesTold, namesKept] = [5, 1_000]

/** All of them at once, so that they can be renamed at once; the first ones in words. */
function notUtf8(root: string, names: readonly string[]): PeerageError {
  const told = names.slice(0, namesTold).join(', ')
  const more = names.length > namesTold ? ` and ${names.length - namesTold} more` : ''
  const message =
    names.length === 1
      ? `In ${root} one name is not UTF-8, so no other program would find the file by it: ${told}. Rename it.`
      : `In ${root} ${names.length} names are not UTF-8, so no other program would find the files by them: ${told}${more}. Rename them: \`convmv -r -f latin1 -t utf8 FOLDER\` shows how, and does it with --notest.`
  const details = { path: root, names: names.slice(0, namesKept) }
  return new PeerageError('store.source-unreadable', message, { details })
}

interface Description {
  readonly root: string
  readonly request: ScanRequest
  readonly split: (path: string) => readonly string[]
  readonly files: FoundFile[]
}

function* describeAll(entries: readonly ScanEntry[], description: Description): Generator<void, void> {
  for (const [i, entry] of entries.entries()) {
    const file = describe(entry, description)
    if (file !== undefined) description.files.push(file)
    if (i % entriesPerStep === entriesPerStep - 1) yield
  }
}

function describe(entry: ScanEntry, { root, request, split }: Description): FoundFile | undefined {
  const full = `${root}/${entry.path}`
  if (entry.special === true) {
    request.onOmitted?.(full, 'neither a file nor a folder')
    return undefined
  }
  if (request.isPart(full)) return undefined
  const { size, mtimeMs, ino, executable } = entry
  const symlink = entry.symlink === undefined ? undefined : targetOf(entry.path, entry.symlink)
  if (entry.symlink !== undefined && symlink === undefined) {
    request.onOmitted?.(full, 'a symlink that leads out of the folder')
    return undefined
  }
  return {
    path: split(entry.path),
    diskPath: `${request.target}/${entry.path}`,
    size: symlink === undefined ? size : 0,
    stamp: { size, mtimeMs, ino },
    executable,
    symlink,
  }
}

/** The target as names from the root down, or undefined when it is not below the root. */
function targetOf(path: string, target: string): string[] | undefined {
  if (target === '' || target.startsWith('/')) return undefined
  const names = path.split('/').slice(0, -1)
  for (const name of target.split('/')) {
    if (name === '..' && names.pop() === undefined) return undefined
    if (name !== '' && name !== '.' && name !== '..') names.push(name)
  }
  return names.length === 0 ? undefined : names
}
