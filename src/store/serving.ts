import { PeerageError } from '../base/index.ts'
import { diskErrorOf, IoFailure } from './disk-errors.ts'
import type { Recheck } from './recheck.ts'
import type { Lease } from './slab-pool.ts'
import type { StoredParts } from './stored-parts.ts'

interface Place {
  readonly file: number
  readonly offset: number
}

/** The way out: verified bytes, from files that are still those that were verified. */
export class Serving {
  readonly #parts: StoredParts
  readonly #recheck: Recheck

  constructor(parts: StoredParts, recheck: Recheck) {
    this.#parts = parts
    this.#recheck = recheck
  }

  async read(piece: number, begin: number, length: number): Promise<Uint8Array> {
    return await this.#read(piece, begin, length)
  }

  /** Buffers of their own for each block would keep the garbage collector busier than the network. */
  async loan(piece: number, begin: number, length: number): Promise<Lease> {
    const lease = this.#parts.host.pool.spareLease(length)
    if (lease === undefined)
      return { bytes: await this.#read(piece, begin, length), release: () => undefined }
    try {
      await this.#read(piece, begin, length, lease)
      return lease
    } catch (error) {
      lease.release()
      throw error
    }
  }

  #read(piece: number, begin: number, length: number, lease?: Lease): Promise<Uint8Array> {
    const { host, files } = this.#parts
    const { file, offset } = this.#locate(piece, begin, length)
    const into = lease && host.pool.locate(lease)
    return this.#fromDisk(file, () => {
      const stamp = files.isFinal(file) ? files.stamp(file) : undefined
      return host.pool.run({ op: 'read', file: files.ref(file), stamp, offset, length, into }, length, file)
    })
  }

  async leaves(piece: number, begin: number, length: number): Promise<Uint8Array> {
    const { host, files, content } = this.#parts
    const { file, offset } = this.#locate(piece, begin, length)
    const fileSize = content.files[file]!.size
    const { pieceLength } = content
    const result = await this.#fromDisk(file, () => {
      const isGrowing = !files.isFinal(file)
      const stamp = isGrowing ? undefined : files.stamp(file)
      const stretch = {
        file: files.ref(file),
        offset,
        length,
        fileSize,
        pieceLength,
        height: 0,
        stamp,
        isGrowing,
      }
      return host.pool.run({ op: 'hash', layer: 'leaves', ...stretch }, length, file)
    })
    return result.hashes
  }

  #locate(piece: number, begin: number, length: number): Place {
    const { map, bits, content } = this.#parts
    if (begin < 0 || length <= 0 || begin + length > map.pieceSize(piece))
      throw new TypeError('outside of the piece')
    const entry = map.pieceFile(piece)
    if (!bits.hasStretch(piece, begin, length))
      throw new PeerageError('store.source-changed', `This part of ${entry.path.join('/')} is not here.`, {
        details: { piece },
      })
    return { file: entry.index, offset: (piece - entry.firstPiece) * content.pieceLength + begin }
  }

  /** Runs a reading job; when the file got its final name meanwhile, once more. */
  async #fromDisk<T>(file: number, job: () => Promise<T>): Promise<T> {
    const { files } = this.#parts
    const wasFinal = files.isFinal(file)
    try {
      return await job()
    } catch (error) {
      if (!wasFinal && files.isFinal(file)) return await this.#fromDisk(file, job)
      const told = diskErrorOf(error, 'reading', `${files.base}/${files.target}`)
      if (told.code === 'store.io' || !(error instanceof IoFailure)) throw told
      throw this.#recheck.changed(file)
    }
  }
}
