import { concat, PeerageError } from '../base/index.ts'
import type { LeafFrame, Segment } from '../content/index.ts'
import { diskErrorOf, IoFailure } from './disk-errors.ts'
import type { Recheck } from './recheck.ts'
import type { Lease } from './slab-pool.ts'
import type { StoredParts } from './stored-parts.ts'

/** Where a worker puts what it reads. */
interface Place {
  readonly slab: number
  readonly at: number
}

const noFrame: LeafFrame = { before: new Uint8Array(0), after: new Uint8Array(0) }

/** The way out: verified bytes, from files that are still those that were verified. Padding is read as zeros. */
export class Serving {
  readonly #parts: StoredParts
  readonly #recheck: Recheck

  constructor(parts: StoredParts, recheck: Recheck) {
    this.#parts = parts
    this.#recheck = recheck
  }

  async read(piece: number, begin: number, length: number): Promise<Uint8Array> {
    const stretches = this.#locate(piece, begin, length)
    const [only] = stretches
    if (stretches.length === 1 && only!.length === length) return await this.#readStretch(only!)
    const bytes = new Uint8Array(length)
    const read = stretches.map(async stretch => {
      bytes.set(await this.#readStretch(stretch), stretch.begin - begin)
    })
    await Promise.all(read)
    return bytes
  }

  /** Buffers of their own for each block would keep the garbage collector busier than the network. */
  async loan(piece: number, begin: number, length: number): Promise<Lease> {
    const lease = this.#parts.host.pool.spareLease(length)
    if (lease === undefined) return { bytes: await this.read(piece, begin, length), release: () => undefined }
    try {
      await this.#fill(lease, piece, begin, length)
      return lease
    } catch (error) {
      lease.release()
      throw error
    }
  }

  /** Whether all pieces with these bytes of a file are here. */
  hasFile(file: number, offset: number, length: number): boolean {
    const { map, bits, content } = this.#parts
    const size = content.files[file]?.size ?? -1
    if (offset < 0 || length <= 0 || offset + length > size) return false
    const { first, count } = map.piecesOfRange(file, offset, length)
    for (let piece = first; piece < first + count; piece++) if (!bits.have.has(piece)) return false
    return true
  }

  /** Bytes of a file, however many pieces they are in. */
  async readFile(file: number, offset: number, length: number, into?: Place): Promise<Uint8Array> {
    if (!this.hasFile(file, offset, length)) {
      const path = this.#parts.content.files[file]?.path.join('/')
      throw new PeerageError('store.source-changed', `This part of ${path} is not here.`, {
        details: { file },
      })
    }
    const stretch = { piece: 0, begin: 0, fileIndex: file, fileOffset: offset, length }
    return await this.#readStretch(stretch, into)
  }

  /** As `readFile`, in room that is given back, with what stands around it. */
  async loanFile(file: number, offset: number, length: number, frame?: LeafFrame): Promise<Lease> {
    const { pool } = this.#parts.host
    const { before, after } = frame ?? noFrame
    const lease = pool.spareLease(before.length + length + after.length)
    if (lease === undefined) {
      const bytes = await this.readFile(file, offset, length)
      return { bytes: frame ? concat([before, bytes, after]) : bytes, release: () => undefined }
    }
    try {
      const { slab, at } = pool.locate(lease)
      await this.readFile(file, offset, length, { slab, at: at + before.length })
      lease.bytes.set(before)
      lease.bytes.set(after, before.length + length)
      return lease
    } catch (error) {
      lease.release()
      throw error
    }
  }

  async leaves(piece: number, begin: number, length: number): Promise<Uint8Array> {
    const { host, files, content } = this.#parts
    const [only] = this.#locate(piece, begin, length)
    if (content.version === 'v1' || only?.length !== length)
      throw new TypeError('only bytes of a v2 file have leaves')
    const file = only.fileIndex
    const fileSize = content.files[file]!.size
    const { pieceLength } = content
    const result = await this.#fromDisk(file, () => {
      const isGrowing = !files.isFinal(file)
      const stamp = isGrowing ? undefined : files.stamp(file)
      const stretch = {
        file: files.ref(file),
        offset: only.fileOffset,
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

  async #fill(lease: Lease, piece: number, begin: number, length: number): Promise<void> {
    const stretches = this.#locate(piece, begin, length)
    const covered = stretches.reduce((sum, stretch) => sum + stretch.length, 0)
    if (covered < length) lease.bytes.fill(0)
    const { slab, at } = this.#parts.host.pool.locate(lease)
    const reads = stretches.map(stretch =>
      this.#readStretch(stretch, { slab, at: at + stretch.begin - begin }),
    )
    // All of them end before the lease may go.
    const results = reads.length === 1 ? [await reads[0]] : await Promise.allSettled(reads)
    for (const result of results) if (result !== undefined && 'reason' in result) throw result.reason
  }

  #readStretch({ fileIndex: file, fileOffset: offset, length }: Segment, into?: Place): Promise<Uint8Array> {
    const { host, files } = this.#parts
    return this.#fromDisk(file, () => {
      const stamp = files.isFinal(file) ? files.stamp(file) : undefined
      return host.pool.run({ op: 'read', file: files.ref(file), stamp, offset, length, into }, length, file)
    })
  }

  #locate(piece: number, begin: number, length: number): Segment[] {
    const { map, bits } = this.#parts
    if (begin < 0 || length <= 0 || begin + length > map.paddedPieceSize(piece))
      throw new TypeError('outside of the piece')
    const stretches = map.parts(piece, begin, length)
    if (!bits.hasStretch(piece, begin, length)) {
      const path = map.pieceFile(piece).path.join('/')
      throw new PeerageError('store.source-changed', `This part of ${path} is not here.`, {
        details: { piece },
      })
    }
    return stretches
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
