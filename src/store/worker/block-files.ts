import { hash } from 'node:crypto'
import fs from 'node:fs'
import type { BlockHash, GetBlockJob, PutBlockJob } from '../io-jobs.ts'
import { Failed } from './failed.ts'
import { openSmall, openSource } from './open-files.ts'
import { writeAll } from './part-writer.ts'

/** Writes the file of a cached block when its bytes have the hash that they should; false when they have not. */
export function putBlock(job: PutBlockJob, bytes: Uint8Array): boolean {
  if (!isRight(job, bytes)) return false
  const path = `${job.base}/${job.path}`
  const fd = openIn(job.base, path)
  try {
    writeAll(fd, [bytes], 0)
  } catch (error) {
    fs.rmSync(path, { force: true })
    throw error
  } finally {
    fs.closeSync(fd)
  }
  return true
}

function openIn(base: string, path: string): number {
  try {
    return openSmall(path, false)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    if (!fs.existsSync(base)) throw new Failed('base-missing', base)
    // Another thread may make it at the same time, which is no fault then.
    fs.mkdirSync(path.slice(0, path.lastIndexOf('/')), { mode: 0o700, recursive: true })
    return openSmall(path, false)
  }
}

/** The bytes of a cached block, in `room`. Throws `Failed('changed')` when they are not what was kept. */
export function getBlock(job: GetBlockJob, room: (length: number) => Uint8Array): Uint8Array {
  const path = `${job.base}/${job.path}`
  const fd = openSource(path)
  try {
    if (fs.fstatSync(fd).size !== job.length) throw new Failed('changed', path)
    const bytes = room(job.length)
    for (let done = 0; done < job.length; ) {
      const count = fs.readSync(fd, bytes, done, job.length - done, done)
      if (count === 0) throw new Failed('changed', path)
      done += count
    }
    if (!isRight(job, bytes)) throw new Failed('changed', path)
    return bytes
  } finally {
    fs.closeSync(fd)
  }
}

export function isRight({ algorithm, digest }: BlockHash, bytes: Uint8Array): boolean {
  return algorithm === undefined || hash(algorithm, bytes, 'buffer').compare(digest) === 0
}
