import type { Dirent } from 'node:fs'
import { lstat, opendir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { PeerageError } from '../../base/index.ts'
import { diskErrorOf } from '../disk-errors.ts'

/** One thing in a folder of this machine. Its name may be anything that a disk takes: hostile text. */
export interface FolderEntry {
  readonly name: string
  /** `broken`: a link that leads nowhere, or in circles; `other`: a device, a socket and the like. */
  readonly kind: 'folder' | 'file' | 'other' | 'broken'
  /** Of files, in bytes. */
  readonly size?: number
  /** Milliseconds since 1970. */
  readonly modifiedAt?: number
  readonly isLink?: true
  readonly isHidden?: true
}

/** Some of what is in a folder: folders first, hidden ones last, by name. */
export interface FolderPage {
  /** Where it really is: no link is in it, so that a loop of links leads to no longer and longer paths. */
  readonly path: string
  readonly name: string
  /** Absent at the top. */
  readonly parent?: string
  readonly entries: readonly FolderEntry[]
  /** How many there are in all that may be listed. */
  readonly total: number
  /** Where the next page begins; absent on the last one. */
  readonly next?: number
  /** There are more than anybody looks through: these are some of them. */
  readonly isCut?: true
}

export interface ListFolderOptions {
  readonly offset: number
  readonly limit: number
  /** Most entries that are read at all. */
  readonly maxEntries: number
  readonly onlyFolders?: boolean | undefined
  readonly hidden?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

interface Found {
  readonly name: string
  readonly kind: FolderEntry['kind']
  readonly isLink: boolean
}

const statsAtOnce = 64

/** Lists a folder of this machine by pages. Throws `store.source-unreadable`, `usage.invalid`; `signal.reason`. */
export async function listFolder(path: string, options: ListFolderOptions): Promise<FolderPage> {
  const real = await folderAt(path)
  const { found, isCut } = await readFolder(real, options)
  const listed = found.filter(
    ({ name, kind }) =>
      (options.hidden !== false || !isHidden(name)) && (options.onlyFolders !== true || kind === 'folder'),
  )
  listed.sort(byKindAndName)
  const { offset, limit } = options
  const some = listed.slice(offset, offset + limit)
  const entries = await inTurns(some, one => describe(real, one))
  const parent = dirname(real)
  const end = offset + some.length
  return {
    path: real,
    name: basename(real) === '' ? real : basename(real),
    ...(parent !== real && { parent }),
    entries,
    total: listed.length,
    ...(end < listed.length && { next: end }),
    ...(isCut && { isCut }),
  }
}

async function folderAt(path: string): Promise<string> {
  try {
    const real = await realpath(path)
    if ((await stat(real)).isDirectory()) return real
  } catch (error) {
    throw unreadable(error, path)
  }
  throw new PeerageError('store.source-unreadable', `${path} is not a folder.`, { details: { path } })
}

async function readFolder(
  path: string,
  { maxEntries, signal }: ListFolderOptions,
): Promise<{ found: Found[]; isCut: boolean }> {
  const entries: Dirent[] = []
  let isCut = false
  try {
    for await (const entry of await opendir(path)) {
      signal?.throwIfAborted()
      if (entries.length >= maxEntries) {
        isCut = true
        break
      }
      entries.push(entry)
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw unreadable(error, path)
  }
  return { found: await inTurns(entries, entry => foundOf(path, entry)), isCut }
}

async function foundOf(folder: string, entry: Dirent): Promise<Found> {
  const { name } = entry
  if (!entry.isSymbolicLink()) return { name, kind: kindOf(entry), isLink: false }
  const target = await stat(join(folder, name)).catch(() => undefined)
  return { name, kind: target === undefined ? 'broken' : kindOf(target), isLink: true }
}

function kindOf(entry: Pick<Dirent, 'isDirectory' | 'isFile'>): FolderEntry['kind'] {
  if (entry.isDirectory()) return 'folder'
  return entry.isFile() ? 'file' : 'other'
}

async function describe(folder: string, { name, kind, isLink }: Found): Promise<FolderEntry> {
  const at = join(folder, name)
  const found = await (kind === 'broken' ? lstat(at) : stat(at)).catch(() => undefined)
  return {
    name,
    kind,
    ...(kind === 'file' && found && { size: found.size }),
    ...(found && { modifiedAt: Math.round(found.mtimeMs) }),
    ...(isLink && { isLink }),
    ...(isHidden(name) && { isHidden: true }),
  }
}

function isHidden(name: string): boolean {
  return name.startsWith('.')
}

const names = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

function byKindAndName(a: Found, b: Found): number {
  const rank = ({ name, kind }: Found): number => (isHidden(name) ? 2 : 0) + (kind === 'folder' ? 0 : 1)
  return rank(a) - rank(b) || names.compare(a.name, b.name) || (a.name < b.name ? -1 : 1)
}

/** A system call for each of many, some at a time. */
async function inTurns<In, Out>(all: readonly In[], ask: (one: In) => Promise<Out>): Promise<Out[]> {
  const out: Out[] = []
  for (let from = 0; from < all.length; from += statsAtOnce)
    out.push(...(await Promise.all(all.slice(from, from + statsAtOnce).map(ask))))
  return out
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'You may not look into it',
  EPERM: 'You may not look into it',
  ENOENT: 'It is not there any more',
  ENOTDIR: 'It is not a folder',
  ELOOP: 'Its links lead in circles',
}

/** In words, for somebody who clicks through folders. */
function unreadable(error: unknown, path: string): PeerageError {
  if (error instanceof PeerageError) return error
  const reason = reasons[(error as NodeJS.ErrnoException).code ?? '']
  if (reason === undefined) return diskErrorOf(error, 'reading', path)
  return new PeerageError('store.source-unreadable', `${reason}: ${path}`, {
    details: { path, reason: (error as NodeJS.ErrnoException).code },
    cause: error,
  })
}
