import fs from 'node:fs'
import type { ReadJob } from '../io-jobs.ts'
import { Failed } from './failed.ts'
import { type OpenFiles, pathOf } from './open-files.ts'

const sharedBytes = 256 * 1024

/** Reads for peers and readers. Several small reads share one buffer, which is transferred, not copied. */
export class Reader {
  readonly #files: OpenFiles
  #buffer: ArrayBuffer | undefined
  #used = 0
  #transfers: ArrayBuffer[] = []
  #bytes = 0

  constructor(files: OpenFiles) {
    this.#files = files
  }

  /** Bytes that wait to be sent off. */
  get pendingBytes(): number {
    return this.#bytes
  }

  read(job: ReadJob, batch: number): Uint8Array {
    return this.#fill(job, batch, this.room(job.length))
  }

  /** Reads straight into shared memory: nothing travels back but the word that it is there. */
  readInto(job: ReadJob, batch: number, slab: SharedArrayBuffer, at: number): undefined {
    this.#fill(job, batch, new Uint8Array(slab, at, job.length))
  }

  #fill(job: ReadJob, batch: number, target: Uint8Array): Uint8Array {
    const fd = this.#files.forReading(job.file, job.stamp, batch)
    for (let done = 0; done < job.length; ) {
      const count = fs.readSync(fd, target, done, job.length - done, job.offset + done)
      if (count === 0) throw new Failed('changed', pathOf(job.file))
      done += count
    }
    return target
  }

  /** The buffers behind everything read since the last call. */
  takeTransfers(): ArrayBuffer[] {
    const transfers = this.#transfers
    this.#transfers = []
    this.#buffer = undefined
    this.#bytes = 0
    return transfers
  }

  /** Room for bytes that travel with the next answers. */
  room(length: number): Uint8Array {
    this.#bytes += length
    if (length > sharedBytes / 2) return new Uint8Array(this.#allocate(length), 0, length)
    if (this.#buffer === undefined || this.#used + length > sharedBytes) {
      this.#buffer = this.#allocate(sharedBytes)
      this.#used = 0
    }
    const room = new Uint8Array(this.#buffer, this.#used, length)
    this.#used += length
    return room
  }

  #allocate(length: number): ArrayBuffer {
    const buffer = Buffer.allocUnsafeSlow(length).buffer as ArrayBuffer
    this.#transfers.push(buffer)
    return buffer
  }
}
