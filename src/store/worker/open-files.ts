import fs from 'node:fs'
import type { FileRef, Stamp, TargetRef } from '../io-jobs.ts'
import { Failed } from './failed.ts'
import type { ParentChecker } from './parent-checker.ts'

const c = fs.constants
// Missing on Windows. O_NONBLOCK: opening a FIFO that somebody put there must not hang.
const careful = (c.O_NOFOLLOW ?? 0) | (c.O_NONBLOCK ?? 0)

interface OpenFile {
  readonly fd: number
  readonly writable: boolean
  checkedIn: number
}

/** The files this thread keeps open, least recently used closed first. */
export class OpenFiles {
  readonly #limit: number
  readonly #parents: ParentChecker
  readonly #open = new Map<number, OpenFile>()

  constructor(limit: number, parents: ParentChecker) {
    this.#limit = limit
    this.#parents = parents
  }

  /** A part file, created at its full (sparse) size when missing. */
  forWriting(file: TargetRef): number {
    return this.#openPart(file, c.O_CREAT)
  }

  /** A part file that is there: one that is gone must not come back full of zeros. */
  forFinishing(file: TargetRef): number {
    return this.#openPart(file, 0)
  }

  #openPart(file: TargetRef, create: number): number {
    const known = this.#touch(file.id)
    if (known?.writable) return known.fd
    this.close(file.id)
    this.#parents.ensure(file.base, file.path)
    const path = pathOf(file)
    const fd = fs.openSync(path, c.O_RDWR | create | careful, file.executable ? 0o777 : 0o666)
    this.#keep(file.id, { fd, writable: true, checkedIn: 0 })
    const stat = fs.fstatSync(fd)
    if (!stat.isFile()) throw new Failed('exists', path)
    if (create !== 0 && stat.size !== file.size) fs.ftruncateSync(fd, file.size)
    return fd
  }

  /** Throws `Failed('changed')` unless the file at the path is the one that `stamp` was taken from. */
  forReading(file: FileRef, stamp: Stamp | undefined, batch: number): number {
    const path = pathOf(file)
    const known = this.#touch(file.id)
    if (known !== undefined) {
      if (known.checkedIn !== batch) {
        checkStamp(stamp, fs.lstatSync(path, { throwIfNoEntry: false }), path)
        known.checkedIn = batch
      }
      return known.fd
    }
    const fd = openSource(path)
    this.#keep(file.id, { fd, writable: false, checkedIn: batch })
    try {
      checkStamp(stamp, fs.fstatSync(fd), path)
    } catch (error) {
      this.close(file.id)
      throw error
    }
    return fd
  }

  close(id: number): void {
    const file = this.#open.get(id)
    if (file === undefined) return
    this.#open.delete(id)
    fs.closeSync(file.fd)
  }

  closeAll(): void {
    for (const id of [...this.#open.keys()]) this.close(id)
  }

  #touch(id: number): OpenFile | undefined {
    const file = this.#open.get(id)
    if (file === undefined) return undefined
    this.#open.delete(id)
    this.#open.set(id, file)
    return file
  }

  #keep(id: number, file: OpenFile): void {
    this.#open.set(id, file)
    if (this.#open.size <= this.#limit) return
    for (const oldest of this.#open.keys()) {
      this.close(oldest)
      break
    }
  }
}

export function pathOf(file: FileRef): string {
  return file.path === '' ? file.base : `${file.base}/${file.path}`
}

/** Opens a regular file for reading, never a symlink. */
export function openSource(path: string): number {
  return fs.openSync(path, c.O_RDONLY | careful)
}

/** Creates or empties a small part file. */
export function openSmall(path: string, executable: boolean): number {
  return fs.openSync(path, c.O_WRONLY | c.O_CREAT | c.O_TRUNC | careful, executable ? 0o777 : 0o666)
}

export function stampOf(stat: fs.Stats): Stamp {
  return { size: stat.size, mtimeMs: stat.mtimeMs, ino: stat.ino }
}

export function checkStamp(stamp: Stamp | undefined, stat: fs.Stats | undefined, path: string): void {
  if (stat === undefined || !stat.isFile()) throw new Failed('changed', path)
  if (stamp === undefined) return
  if (stat.size !== stamp.size || stat.mtimeMs !== stamp.mtimeMs || stat.ino !== stamp.ino)
    throw new Failed('changed', path)
}
