import fs from 'node:fs'
import type { CopyStretchJob, RenameJob, SettleCopyJob, Stamp, TakePartsJob } from '../io-jobs.ts'
import { lstat } from './disk-jobs.ts'
import { Failed } from './failed.ts'
import { stampOf } from './open-files.ts'
import type { ParentChecker } from './parent-checker.ts'

const c = fs.constants
// As where files are opened otherwise: no symlink is followed, and a FIFO that somebody put there must not hang.
const careful = (c.O_NOFOLLOW ?? 0) | (c.O_NONBLOCK ?? 0)
const chunkBytes = 2 ** 20
const chunk = Buffer.alloc(chunkBytes)
const zeros = Buffer.alloc(chunkBytes)

/** Renames files. What is not there is passed over: it was renamed before a crash, or never came. */
export function renameFiles(job: RenameJob, parents: ParentChecker): undefined {
  parents.forget()
  for (const { from, to } of job.paths) {
    const source = `${job.from}/${from}`
    const target = `${job.to}/${to}`
    if (lstat(source) === undefined) continue
    parents.ensure(job.to, to)
    if (lstat(target) !== undefined) throw new Failed('exists', target)
    fs.renameSync(source, target)
  }
}

/** What is shorter than it will be, as nobody has written its end yet, gets a hole there; what is longer is left alone. */
export function takeParts(job: TakePartsJob, parents: ParentChecker): undefined {
  const paths = job.paths.filter(({ from, to }) => from !== to)
  renameFiles({ op: 'rename', from: job.base, to: job.base, paths }, parents)
  for (const { to, size } of job.paths) {
    parents.ensure(job.base, to)
    const stat = lstat(`${job.base}/${to}`)
    if (stat?.isFile() && stat.size < size) fs.truncateSync(`${job.base}/${to}`, size)
  }
}

/** Copies some of a file that did not change; what is all zero stays a hole. */
export function copyStretch(job: CopyStretchJob, parents: ParentChecker): undefined {
  parents.ensure(job.to, job.target)
  const source = fs.openSync(`${job.from}/${job.source}`, c.O_RDONLY | careful)
  try {
    checkSource(source, job)
    const target = fs.openSync(`${job.to}/${job.target}`, c.O_RDWR | c.O_CREAT | careful, 0o600)
    try {
      if (fs.fstatSync(target).size !== job.stamp.size) fs.ftruncateSync(target, job.stamp.size)
      copyBytes(source, target, job)
    } finally {
      fs.closeSync(target)
    }
    checkSource(source, job)
  } finally {
    fs.closeSync(source)
  }
}

function checkSource(source: number, { from, source: path, stamp }: CopyStretchJob): void {
  const stat = fs.fstatSync(source)
  const same = stat.isFile() && stat.size === stamp.size && stat.mtimeMs === stamp.mtimeMs
  if (!same || stat.ino !== stamp.ino) throw new Failed('changed', `${from}/${path}`)
}

function copyBytes(source: number, target: number, { offset, length }: CopyStretchJob): void {
  for (let at = offset; at < offset + length; ) {
    const wanted = Math.min(chunkBytes, offset + length - at)
    const got = fs.readSync(source, chunk, 0, wanted, at)
    if (got === 0) throw new Failed('changed', 'the source')
    if (chunk.compare(zeros, 0, got, 0, got) !== 0) writeAll(target, got, at)
    at += got
  }
}

function writeAll(target: number, length: number, at: number): void {
  for (let done = 0; done < length; ) done += fs.writeSync(target, chunk, done, length - done, at + done)
}

/** A copy is whole: it becomes durable, and gets the mode, the time and then the name of the source. */
export function settleCopy(job: SettleCopyJob, parents: ParentChecker): Stamp {
  const { to, target, final, from, source, stamp } = job
  const mode = fs.lstatSync(`${from}/${source}`).mode & 0o777
  const fd = fs.openSync(`${to}/${target}`, c.O_RDWR | careful)
  try {
    if (fs.fstatSync(fd).size !== stamp.size) throw new Failed('changed', `${to}/${target}`)
    fs.fchmodSync(fd, mode)
    fs.futimesSync(fd, stamp.mtimeMs / 1000, stamp.mtimeMs / 1000)
    fs.fdatasyncSync(fd)
    parents.ensure(to, final)
    if (lstat(`${to}/${final}`) !== undefined) throw new Failed('exists', `${to}/${final}`)
    fs.renameSync(`${to}/${target}`, `${to}/${final}`)
    return stampOf(fs.fstatSync(fd))
  } finally {
    fs.closeSync(fd)
  }
}
