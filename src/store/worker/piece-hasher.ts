import { createHash, type Hash } from 'node:crypto'
import fs from 'node:fs'
import type { HashPiecesJob } from '../io-jobs.ts'
import { Failed } from './failed.ts'
import { checkStamp, openSource, pathOf } from './open-files.ts'

type Piece = HashPiecesJob['pieces'][number]

const chunk = Buffer.allocUnsafeSlow(512 * 1024)
const mostOpen = 64
const zeros = new Uint8Array(65_536)

/**
 * Hashes v1 pieces, which may lie in several files with padding between (BEP 3, BEP 47). A piece with a file that is gone
 * or is not what it was is not right. Throws what reading throws otherwise.
 */
export function hashPieces(job: HashPiecesJob): Uint8Array {
  const sources = new Sources(job)
  try {
    const right = Uint8Array.from(job.pieces, piece => Number(isRight(piece, sources)))
    sources.recheck()
    return sources.lost.size === 0
      ? right
      : right.map((bit, i) => (job.pieces[i]!.parts.some(part => sources.lost.has(part.file)) ? 0 : bit))
  } finally {
    sources.close()
  }
}

function isRight(piece: Piece, sources: Sources): boolean {
  const sha1 = createHash('sha1')
  let at = 0
  for (const part of piece.parts) {
    addZeros(sha1, part.begin - at)
    if (!sources.add(sha1, part)) return false
    at = part.begin + part.length
  }
  addZeros(sha1, piece.size - at)
  return sha1.digest().compare(piece.expected) === 0
}

export function addZeros(sha1: Hash, count: number): void {
  for (let left = count; left > 0; left -= zeros.length)
    sha1.update(zeros.subarray(0, Math.min(left, zeros.length)))
}

/** The files of one job, each opened when it is needed first. */
class Sources {
  /** Files that are not, or not any more, what they were. */
  readonly lost = new Set<number>()
  readonly #job: HashPiecesJob
  readonly #fds = new Map<number, number>()

  constructor(job: HashPiecesJob) {
    this.#job = job
  }

  add(sha1: Hash, part: Piece['parts'][number]): boolean {
    const fd = this.#open(part.file)
    if (fd === undefined) return false
    for (let done = 0; done < part.length; ) {
      const want = Math.min(chunk.length, part.length - done)
      const count = fs.readSync(fd, chunk, 0, want, part.offset + done)
      if (count === 0) return this.#lose(part.file)
      sha1.update(chunk.subarray(0, count))
      done += count
    }
    return true
  }

  /** Whatever changed while it was read does not count. */
  recheck(): void {
    for (const [index, fd] of this.#fds) this.#recheck(index, fd)
  }

  #recheck(index: number, fd: number): void {
    const { file, stamp } = this.#job.files[index]!
    try {
      checkStamp(stamp, fs.fstatSync(fd), pathOf(file))
    } catch {
      this.#lose(index)
    }
  }

  /** Pieces come in the order of files: the one that was opened first is not needed any more. */
  #makeRoom(): void {
    if (this.#fds.size < mostOpen) return
    for (const [index, fd] of this.#fds) {
      this.#recheck(index, fd)
      this.#fds.delete(index)
      fs.closeSync(fd)
      return
    }
  }

  close(): void {
    for (const fd of this.#fds.values()) fs.closeSync(fd)
  }

  #open(index: number): number | undefined {
    const known = this.#fds.get(index)
    const source = this.#job.files[index]
    if (known !== undefined || source === undefined || this.lost.has(index)) return known
    const { file, size, stamp } = source
    const path = pathOf(file)
    this.#makeRoom()
    try {
      const fd = openSource(path)
      this.#fds.set(index, fd)
      const stat = fs.fstatSync(fd)
      checkStamp(stamp, stat, path)
      if (stat.size !== size) throw new Failed('changed', path)
      return fd
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'changed' && code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'ELOOP') throw error
      this.#lose(index)
      return undefined
    }
  }

  #lose(index: number): false {
    this.lost.add(index)
    return false
  }
}
