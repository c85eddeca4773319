import type { AcceptJob, AcceptPart, AcceptResult, Failure, Stamp, TargetRef } from '../io-jobs.ts'
import { failureOf } from './failed.ts'
import type { OpenFiles } from './open-files.ts'
import type { ParentChecker } from './parent-checker.ts'
import { PartWriter, writeAll } from './part-writer.ts'
import { Verifier } from './verifier.ts'

const maxRunBytes = 4 * 2 ** 20

declare const verified: unique symbol
/** Bytes whose hash was the expected one. Only `verify` makes it, and only it can be written. */
interface VerifiedSegment {
  readonly [verified]: true
  readonly job: AcceptJob
  readonly bytes: Uint8Array
  /** What the answer says besides. */
  readonly leaves: Uint8Array | undefined
  /** Takes the place of the answer when the bytes are written, or could not be. */
  readonly answer: (result: AcceptResult | Failure) => void
}

type Answer = VerifiedSegment['answer']
type FileSegment = VerifiedSegment & { readonly job: AcceptJob & { readonly file: TargetRef } }

const written: AcceptResult = { ok: true, stamp: undefined }

/** Verifies and writes: what is in a `VerifiedSegment` was hashed in this thread, from the bytes that are written. */
export class Acceptor {
  readonly #files: OpenFiles
  readonly #writer: PartWriter
  readonly #verifier = new Verifier()
  #run: FileSegment[] = []
  #runEnd = 0
  #runBytes = 0

  constructor(files: OpenFiles, parents: ParentChecker) {
    this.#files = files
    this.#writer = new PartWriter(files, parents)
  }

  /** `answer` is called now or at the latest by `flush`. Contiguous segments of a file wait for one another. */
  accept(job: AcceptJob, bytes: Uint8Array, answer: Answer): void {
    const result = this.#verifier.verify(job, bytes)
    if (!result.ok) {
      answer(result)
      return
    }
    const segment = { job, bytes, leaves: result.leaves, answer } as unknown as VerifiedSegment
    if (!isOfFile(segment)) this.#acceptParts(segment)
    else if (job.offset === 0 && bytes.length === segment.job.file.size) this.#acceptWhole(segment)
    else this.#append(segment)
  }

  flush(): void {
    const run = this.#run
    const first = run[0]
    if (first === undefined) return
    this.#run = []
    this.#runBytes = 0
    const { file, offset } = first.job
    const result = this.#guard(file, () => {
      const parts = run.map(segment => segment.bytes)
      writeAll(this.#files.forWriting(file), parts, offset)
      return written
    })
    for (const segment of run)
      segment.answer(
        segment.leaves === undefined || 'failed' in result ? result : { ...written, leaves: segment.leaves },
      )
  }

  /** Gives a whole part file its final name. */
  finish(file: TargetRef, mtimeMs?: number): Stamp {
    return this.#writer.finish(file, mtimeMs)
  }

  #append(segment: FileSegment): void {
    const first = this.#run[0]
    const { file, offset } = segment.job
    if (
      first !== undefined &&
      (first.job.file.id !== file.id || this.#runEnd !== offset || this.#runBytes > maxRunBytes)
    )
      this.flush()
    this.#run.push(segment)
    this.#runEnd = offset + segment.bytes.length
    this.#runBytes += segment.bytes.length
  }

  #acceptWhole({ job, bytes, leaves, answer }: FileSegment): void {
    this.flush()
    answer(
      this.#guard(job.file, () => {
        const made = this.#writer.create(job.file, bytes)
        return { ok: true, stamp: this.#writer.rename(job.file, bytes, made), leaves }
      }),
    )
  }

  /** First all bytes, then the names: when the disk is full no file has its final name already. */
  #acceptParts({ job, bytes, leaves, answer }: VerifiedSegment): void {
    this.flush()
    const parts = job.parts ?? []
    const bytesOf = ({ begin, length }: AcceptPart): Uint8Array => bytes.subarray(begin, begin + length)
    answer(
      this.#guard(parts[0]?.file, () => {
        const differing = [...parts.keys()].filter(
          i => parts[i]!.mode === 'compare' && !this.#writer.isSame(parts[i]!, bytesOf(parts[i]!)),
        )
        if (differing.length > 0) return { ...written, differing }
        const made = parts.map(part => this.#writePart(part, bytesOf(part)))
        const stamps = made.map(
          (stamp, i) => stamp && this.#writer.rename(parts[i]!.file, bytesOf(parts[i]!), stamp),
        )
        return { ok: true, stamp: undefined, stamps, leaves }
      }),
    )
  }

  #writePart(part: AcceptPart, bytes: Uint8Array): Stamp | undefined {
    if (part.mode === 'whole') return this.#writer.create(part.file, bytes)
    if (part.mode === 'write') writeAll(this.#files.forWriting(part.file), [bytes], part.offset)
    return undefined
  }

  #guard(file: TargetRef | undefined, write: () => AcceptResult): AcceptResult | Failure {
    try {
      return write()
    } catch (error) {
      if (file !== undefined) this.#files.close(file.id)
      return failureOf(error, file === undefined ? '' : `${file.base}/${file.path}`)
    }
  }
}

function isOfFile(segment: VerifiedSegment): segment is FileSegment {
  return segment.job.file !== undefined
}
