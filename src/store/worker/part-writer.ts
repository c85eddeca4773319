import fs from 'node:fs'
import type { AcceptPart, Stamp, TargetRef } from '../io-jobs.ts'
import { Failed } from './failed.ts'
import { type OpenFiles, openSmall, openSource, stampOf } from './open-files.ts'
import type { ParentChecker } from './parent-checker.ts'

const compareBytes = 262_144

/** Part files, and how they get their final names. */
export class PartWriter {
  readonly #files: OpenFiles
  readonly #parents: ParentChecker

  constructor(files: OpenFiles, parents: ParentChecker) {
    this.#files = files
    this.#parents = parents
  }

  /** Gives a whole part file its final name. */
  finish(file: TargetRef, mtimeMs?: number): Stamp {
    const fd = this.#files.forFinishing(file)
    if (mtimeMs !== undefined) fs.futimesSync(fd, mtimeMs / 1000, mtimeMs / 1000)
    const stamp = stampOf(fs.fstatSync(fd))
    // Somebody else wrote to it: what it holds now is not what was verified.
    if (stamp.size !== file.size) throw new Failed('ENOENT', `${file.base}/${file.path}`)
    this.#files.close(file.id)
    this.#makeWay(file)
    fs.renameSync(`${file.base}/${file.path}`, `${file.base}/${file.finalPath}`)
    return stamp
  }

  /** All of a file at once, still under the name of its part. */
  create(file: TargetRef, bytes: Uint8Array): Stamp {
    this.#parents.ensure(file.base, file.path)
    const fd = openSmall(`${file.base}/${file.path}`, file.executable)
    try {
      writeAll(fd, [bytes], 0)
      return stampOf(fs.fstatSync(fd))
    } finally {
      fs.closeSync(fd)
    }
  }

  /** Gives what `create` made its final name. An equal file that has it already will do. Returns the stamp that counts. */
  rename(file: TargetRef, bytes: Uint8Array, stamp: Stamp): Stamp {
    const [part, target] = [`${file.base}/${file.path}`, `${file.base}/${file.finalPath}`]
    try {
      this.#makeWay(file)
    } catch (error) {
      if (!(error instanceof Failed) || !isEqual(target, 0, bytes, file.size)) throw error
      fs.unlinkSync(part)
      return stampOf(fs.lstatSync(target))
    }
    fs.renameSync(part, target)
    return stamp
  }

  /** Whether the file under its final name has these bytes. */
  isSame({ file, offset }: AcceptPart, bytes: Uint8Array): boolean {
    return isEqual(`${file.base}/${file.finalPath}`, offset, bytes, file.size)
  }

  /** Throws `Failed('exists')` when another file that may not be replaced stands there. */
  #makeWay(file: TargetRef): void {
    if (this.#parents.isOurs(file.base, file.path)) return
    const target = `${file.base}/${file.finalPath}`
    const stat = fs.lstatSync(target, { throwIfNoEntry: false })
    if (stat !== undefined && (!file.overwrite || stat.isDirectory())) throw new Failed('exists', target)
  }
}

function isEqual(path: string, offset: number, bytes: Uint8Array, size: number): boolean {
  let fd: number | undefined
  try {
    fd = openSource(path)
    const stat = fs.fstatSync(fd)
    if (!stat.isFile() || stat.size !== size) return false
    const room = Buffer.allocUnsafe(Math.min(compareBytes, bytes.length))
    for (let done = 0; done < bytes.length; ) {
      const want = Math.min(room.length, bytes.length - done)
      const count = fs.readSync(fd, room, 0, want, offset + done)
      if (count === 0 || room.compare(bytes, done, done + count, 0, count) !== 0) return false
      done += count
    }
    return true
  } catch {
    return false
  } finally {
    if (fd !== undefined) fs.closeSync(fd)
  }
}

/** One positional write for all; goes on after a short one, so that a full disk shows as its error. */
export function writeAll(fd: number, parts: readonly Uint8Array[], offset: number): void {
  let rest = parts
  let at = offset
  for (;;) {
    const one = rest.length === 1 ? rest[0]! : undefined
    let done = one !== undefined ? fs.writeSync(fd, one, 0, one.length, at) : fs.writevSync(fd, [...rest], at)
    at += done
    const left: Uint8Array[] = []
    for (const part of rest) {
      if (done < part.length) left.push(done > 0 ? part.subarray(done) : part)
      done = Math.max(0, done - part.length)
    }
    if (left.length === 0) return
    rest = left
  }
}
