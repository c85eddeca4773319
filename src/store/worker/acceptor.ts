import fs from 'node:fs'
import type { AcceptJob, AcceptResult, Failure, Stamp, TargetRef } from '../io-jobs.ts'
import { Failed, failureOf } from './failed.ts'
import { type OpenFiles, openSmall, stampOf } from './open-files.ts'
import type { ParentChecker } from './parent-checker.ts'
import { hashLeaves, hashLength, reduceToRoot } from './tree.ts'

const maxRunBytes = 4 * 2 ** 20

declare const verified: unique symbol
/** A segment whose merkle root was the expected one. Only `verify` makes it, and only it can be written. */
interface VerifiedSegment {
  readonly [verified]: true
  readonly file: TargetRef
  readonly bytes: Uint8Array
  readonly offset: number
  /** Takes the place of the answer when the bytes are written, or could not be. */
  readonly answer: (result: AcceptResult | Failure) => void
}

const written: AcceptResult = { ok: true, stamp: undefined }

/** Verifies and writes: what is in a `VerifiedSegment` was hashed in this thread, from the bytes that are written. */
export class Acceptor {
  readonly #files: OpenFiles
  readonly #parents: ParentChecker
  readonly #scratch = Buffer.allocUnsafeSlow((64 + 1) * hashLength)
  #run: VerifiedSegment[] = []
  #runEnd = 0
  #runBytes = 0

  constructor(files: OpenFiles, parents: ParentChecker) {
    this.#files = files
    this.#parents = parents
  }

  /** `answer` is called now or at the latest by `flush`. Contiguous segments of a file wait for one another. */
  accept(job: AcceptJob, bytes: Uint8Array, answer: VerifiedSegment['answer']): void {
    const segment = this.#verify(job, bytes, answer)
    if (segment === undefined) return
    if (job.file.size <= job.file.segmentLength) {
      this.flush()
      answer(this.#guard(segment, () => this.#writeWhole(segment)))
      return
    }
    const first = this.#run[0]
    if (
      first !== undefined &&
      (first.file.id !== segment.file.id || this.#runEnd !== segment.offset || this.#runBytes > maxRunBytes)
    )
      this.flush()
    this.#run.push(segment)
    this.#runEnd = segment.offset + segment.bytes.length
    this.#runBytes += segment.bytes.length
  }

  flush(): void {
    const run = this.#run
    const first = run[0]
    if (first === undefined) return
    this.#run = []
    this.#runBytes = 0
    const result = this.#guard(first, () => this.#writeRun(first, run))
    for (const segment of run) segment.answer(result)
  }

  /** Gives a whole part file its final name. */
  finish(file: TargetRef): Stamp {
    const fd = this.#files.forWriting(file)
    const stamp = stampOf(fs.fstatSync(fd))
    this.#files.close(file.id)
    this.#rename(file)
    return stamp
  }

  #verify(job: AcceptJob, bytes: Uint8Array, answer: VerifiedSegment['answer']): VerifiedSegment | undefined {
    const count = hashLeaves(bytes, this.#scratch, 0)
    const leaves = new Uint8Array(this.#scratch.subarray(0, count * hashLength))
    reduceToRoot(this.#scratch, 0, count, job.file.segmentHeight)
    const root = this.#scratch.subarray(0, hashLength)
    if (root.compare(job.expected) === 0)
      return { file: job.file, bytes, offset: job.offset, answer } as unknown as VerifiedSegment
    answer({ ok: false, leaves })
    return undefined
  }

  #writeRun(first: VerifiedSegment, run: readonly VerifiedSegment[]): AcceptResult {
    const fd = this.#files.forWriting(first.file)
    writeAll(
      fd,
      run.map(segment => segment.bytes),
      first.offset,
    )
    return written
  }

  #writeWhole({ file, bytes }: VerifiedSegment): AcceptResult {
    this.#parents.ensure(file.base, file.path)
    const fd = openSmall(`${file.base}/${file.path}`, file.executable)
    let stamp: Stamp
    try {
      writeAll(fd, [bytes], 0)
      stamp = stampOf(fs.fstatSync(fd))
    } finally {
      fs.closeSync(fd)
    }
    this.#rename(file)
    return { ok: true, stamp }
  }

  #rename(file: TargetRef): void {
    const target = `${file.base}/${file.finalPath}`
    if (!this.#parents.isOurs(file.base, file.path)) {
      const stat = fs.lstatSync(target, { throwIfNoEntry: false })
      if (stat !== undefined && (!file.overwrite || stat.isDirectory())) throw new Failed('exists', target)
    }
    fs.renameSync(`${file.base}/${file.path}`, target)
  }

  #guard(segment: VerifiedSegment, write: () => AcceptResult): AcceptResult | Failure {
    try {
      return write()
    } catch (error) {
      this.#files.close(segment.file.id)
      return failureOf(error, `${segment.file.base}/${segment.file.path}`)
    }
  }
}

/** One positional write for all; goes on after a short one, so that a full disk shows as its error. */
function writeAll(fd: number, parts: readonly Uint8Array[], offset: number): void {
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
