import { isUtf8 } from 'node:buffer'
import fs from 'node:fs'
import type {
  DeleteJob,
  MoveJob,
  PlaceJob,
  Results,
  ScanEntry,
  ScanJob,
  ScanResult,
  StatJob,
  StatResult,
} from '../io-jobs.ts'
import { Failed, failureOf } from './failed.ts'
import { stampOf } from './open-files.ts'
import type { ParentChecker } from './parent-checker.ts'

const scanSliceMs = 30

export function statAll(job: StatJob): StatResult[] {
  return job.paths.map(path => {
    const stat = lstat(path === '' ? job.base : `${job.base}/${path}`)
    if (stat === undefined) return { kind: 'missing', size: 0, mtimeMs: 0, ino: 0, blocks: 0 }
    const kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other'
    return { kind, ...stampOf(stat), blocks: stat.blocks ?? 0 }
  })
}

/** Undefined: it is missing. A file where a folder should be makes everything below it missing. */
export function lstat(path: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
}

/** Reads folders for a while; what is left comes back, so that a scan can be stopped and shows progress. */
export function scan(job: ScanJob): ScanResult {
  const folders = [...job.folders]
  const entries: ScanEntry[] = []
  const empty: string[] = []
  const nameless: string[] = []
  const until = performance.now() + scanSliceMs
  while (folders.length > 0 && performance.now() < until) {
    const folder = folders.pop()!
    const path = folder === '' ? job.root : `${job.root}/${folder}`
    const { found, odd } = read(path)
    for (const name of odd) nameless.push(folder === '' ? name : `${folder}/${name}`)
    if (found.length + odd.length === 0 && folder !== '') empty.push(folder)
    for (const entry of found) {
      const below = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) folders.push(below)
      else entries.push(describe(`${path}/${entry.name}`, below))
    }
  }
  return { entries, folders, empty, nameless }
}

/** What is in a folder, and the names that are not UTF-8. */
function read(path: string): { readonly found: readonly fs.Dirent[]; readonly odd: readonly string[] } {
  const found = fs.readdirSync(path, { withFileTypes: true })
  // It stands for bytes that are no text, but may be in a name itself.
  if (!found.some(({ name }) => name.includes('\ufffd'))) return { found, odd: [] }
  const exact = fs.readdirSync(path, { encoding: 'buffer' })
  const texts = new Set(exact.filter(name => isUtf8(name)).map(String))
  return {
    found: found.filter(({ name }) => texts.has(name)),
    odd: exact.filter(name => !isUtf8(name)).map(inAscii),
  }
}

function inAscii(name: Uint8Array): string {
  return Array.from(name, byte =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('')
}

function describe(full: string, path: string): ScanEntry {
  const stat = fs.lstatSync(full)
  const entry = { path, ...stampOf(stat), executable: (stat.mode & 0o100) !== 0 }
  if (stat.isSymbolicLink()) return { ...entry, symlink: fs.readlinkSync(full) }
  return stat.isFile() ? entry : { ...entry, special: true }
}

/** Creates empty files, symlinks and empty folders; what stands in the way is listed, not replaced, unless it may be. */
export function place(job: PlaceJob, parents: ParentChecker): Results['place'] {
  const failed: { path: string; code: string }[] = []
  const attempt = (path: string, make: (full: string) => void): void => {
    try {
      parents.ensure(job.base, path)
      make(`${job.base}/${path}`)
    } catch (error) {
      const { failed: code } = failureOf(error, path)
      failed.push({ path, code: code === 'EEXIST' ? 'exists' : code })
    }
  }
  for (const { path, executable } of job.empty)
    attempt(path, full => {
      const stat = lstat(full)
      if (stat?.isFile() && stat.size === 0) return
      if (stat !== undefined) clear(full, stat, job.overwrite)
      fs.closeSync(fs.openSync(full, 'wx', executable ? 0o777 : 0o666))
    })
  for (const { path, target } of job.links)
    attempt(path, full => {
      const stat = lstat(full)
      if (stat?.isSymbolicLink() && fs.readlinkSync(full) === target) return
      if (stat !== undefined) clear(full, stat, job.overwrite)
      fs.symlinkSync(target, full)
    })
  for (const path of job.folders ?? [])
    attempt(path, full => {
      const stat = lstat(full)
      if (stat?.isDirectory()) return
      if (stat !== undefined) clear(full, stat, job.overwrite)
      fs.mkdirSync(full)
    })
  parents.forget()
  return { failed }
}

function clear(full: string, stat: fs.Stats, overwrite: boolean): void {
  if (!overwrite || stat.isDirectory()) throw new Failed('exists', full)
  fs.unlinkSync(full)
}

export function move(job: MoveJob, parents: ParentChecker): void {
  parents.ensure(job.base, job.to)
  if (lstat(`${job.base}/${job.to}`) !== undefined) throw new Failed('exists', `${job.base}/${job.to}`)
  fs.renameSync(`${job.base}/${job.from}`, `${job.base}/${job.to}`)
}

/** Deletes files, then the folders that are empty now, from the deepest up to `folder`. */
export function remove(job: DeleteJob): void {
  for (const path of job.paths) {
    const stat = lstat(`${job.base}/${path}`)
    if (stat !== undefined && !stat.isDirectory()) fs.unlinkSync(`${job.base}/${path}`)
  }
  clearFolders(job)
}

/** Removes folders of these files, from the deepest up to `folder`, where nothing is in them. */
export function clearFolders(job: Pick<DeleteJob, 'base' | 'paths' | 'folder'>): undefined {
  const folders = new Set<string>()
  for (const path of job.paths)
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
      folders.add(path.slice(0, at))
  if (job.folder === undefined) return
  for (const folder of [...folders].sort((a, b) => b.length - a.length)) {
    if (folder !== job.folder && !folder.startsWith(`${job.folder}/`)) continue
    try {
      fs.rmdirSync(`${job.base}/${folder}`)
    } catch {
      // Something of the user's is in it.
    }
  }
  clearEmpty(`${job.base}/${job.folder}`)
}

/** Where nothing is left but folders, they go, too: those that are empty stand in no list of files. */
function clearEmpty(root: string): void {
  const folders = [root]
  for (const folder of folders)
    for (const entry of entriesIn(folder)) {
      if (!entry.isDirectory()) return
      folders.push(`${folder}/${entry.name}`)
    }
  for (const folder of folders.reverse())
    try {
      fs.rmdirSync(folder)
    } catch {
      // Somebody has just put something there.
      return
    }
}

function entriesIn(folder: string): fs.Dirent[] {
  return lstat(folder)?.isDirectory() ? fs.readdirSync(folder, { withFileTypes: true }) : []
}
