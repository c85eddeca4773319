import type { CID } from 'multiformats/cid'
import { equalBytes, PeerageError } from '../../base/index.ts'
import { type Content, leafFrame, legacyProfile, type VerifiedBlock } from '../../content/index.ts'
import { Checkpointer } from '../checkpointer.ts'
import { diskErrorOf } from '../disk-errors.ts'
import type { FileTable } from '../file-table.ts'
import { flushFiles } from '../flush-files.ts'
import type { StoreHost } from '../host.ts'
import type { StatResult, WriteLeafJob } from '../io-jobs.ts'
import type { StoredContent } from '../stored-content.ts'
import { type BlockDatabase, inFile, type PlaceRow, wrappedInFile } from './block-database.ts'
import { mismatch, verifyIn, workerAlgorithm } from './block-hash.ts'
import { lend } from './lend.ts'
import { Ranges } from './ranges.ts'
import { type TreeFile, UnitHashes } from './tree-layout.ts'
import { verified } from './verified.ts'
import { willBeWholeLeaf } from './whole-files.ts'

/** Where in the files of a tree the bytes of a leaf go. */
export interface LeafTarget {
  /** Place in `TreeWriter.files`. */
  readonly file: number
  /** In bytes. */
  readonly offset: number
}

/** What of a block are bytes of a file, when it is not all of it. */
export interface Payload {
  readonly begin: number
  readonly length: number
}

export interface TreeParts {
  readonly host: StoreHost
  readonly db: BlockDatabase
  readonly dag: number
  readonly content: Content
  readonly table: FileTable
  readonly files: readonly TreeFile[]
  /** What the index says to be durable. */
  readonly ranges: ReadonlyMap<number, Ranges>
  /** All is there: makes it a content. */
  complete(writer: TreeWriter): Promise<StoredContent>
  discarded(): void
}

/**
 * A CID on its way to files in place. Each leaf is hashed and written by a worker in one hop, below `NAME.part`; then flushed; then the index
 * says which stretches are there; then a whole file gets its name. When all have theirs it becomes a content like all others.
 */
export class TreeWriter {
  /** In the order of a BEP 52 file tree. */
  readonly files: readonly TreeFile[]
  /** Bytes of all files. */
  readonly totalSize: number
  readonly #parts: TreeParts
  readonly #ranges: readonly Ranges[]
  /** Undefined: a part of it was written before a restart, or its leaves have other lengths. */
  readonly #units: (UnitHashes | undefined)[]
  readonly #busy: number[]
  readonly #checkpointer: Checkpointer
  #dirty = new Set<number>()
  #places: PlaceRow[] = []
  #done = 0
  #ended = false

  constructor(parts: TreeParts) {
    this.#parts = parts
    const { content, host, files } = parts
    this.files = files
    this.totalSize = content.totalSize
    this.#ranges = files.map((_, i) => parts.ranges.get(i) ?? new Ranges())
    this.#units = files.map(({ size }, i) =>
      parts.ranges.has(i) || size === 0 ? undefined : new UnitHashes(size, content.pieceLength),
    )
    this.#busy = files.map(() => 0)
    this.#done = this.#ranges.reduce((sum, ranges) => sum + ranges.bytes, 0)
    this.#checkpointer = new Checkpointer({
      world: host.world,
      intervalMs: host.config.checkpointMs,
      bytes: host.config.checkpointBytes,
      save: () => this.#save(),
      // Tried again with the next one, and by `finish`, which says what the matter is.
      onError: () => undefined,
    })
  }

  /** Bytes that are written. */
  get bytes(): number {
    return this.#done
  }

  /** Whether this stretch is written already, now or before a restart. */
  has(file: number, offset: number, length: number): boolean {
    return length === 0 || this.#ranges[file]?.has(offset, offset + length) === true
  }

  /** Keeps an inner node. */
  node({ cid, bytes }: VerifiedBlock): void {
    this.#parts.db.putNode(cid.multihash.bytes, this.#parts.dag, bytes)
  }

  /** Hashes what somebody sent, in a worker when it is long. Rejects with `block.mismatch`. */
  async verify(cid: CID, bytes: Uint8Array): Promise<VerifiedBlock> {
    return await verifyIn(this.#parts.host.pool, cid, bytes)
  }

  /**
   * Hashes a leaf in a worker and, when it is the one of the CID, writes it to all these places.
   *
   * @throws PeerageError `block.mismatch`, `content.invalid` when it does not fit the file, or of kind `disk`
   */
  async leaf(cid: CID, bytes: Uint8Array, targets: readonly LeafTarget[]): Promise<VerifiedBlock> {
    const payload = { begin: 0, length: bytes.length }
    const open = this.#open(cid, bytes, targets, payload)
    const algorithm = workerAlgorithm(cid)
    if (open.length === 0 || algorithm === undefined) await this.verify(cid, bytes)
    await this.#write({ cid, bytes }, open, payload, algorithm)
    return verified(cid, bytes)
  }

  /** Writes the bytes of a file that are in a node to all these places. Rejects as `leaf`. */
  async leafIn(node: VerifiedBlock, targets: readonly LeafTarget[], payload: Payload): Promise<void> {
    await this.#write(node, this.#open(node.cid, node.bytes, targets, payload), payload, undefined)
  }

  /** What is written so far is durable, and found again after a crash, when it resolves. */
  async checkpoint(): Promise<void> {
    await this.#checkpointer.now()
  }

  /** Bytes of all leaves are here: makes it a content, which is in the list of the store when it resolves. */
  async finish(): Promise<StoredContent> {
    await this.#checkpointer.now()
    const missing = this.files.findIndex((_, i) => !this.#isWhole(i))
    if (missing >= 0) throw new TypeError(`${this.files[missing]!.path.join('/')} is not whole`)
    const stored = await this.#parts.complete(this)
    this.#ended = true
    this.#checkpointer.stop()
    return stored
  }

  /** Stops here; what is written is durable and found again by the next `openTree` of the same CID. */
  async close(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    await this.#checkpointer.now()
    this.#checkpointer.stop()
    this.#closeFiles()
  }

  /** Forgets it, and deletes what was written. */
  async discard(): Promise<void> {
    this.#ended = true
    this.#checkpointer.stop()
    this.#closeFiles()
    const { host, table, content, discarded } = this.#parts
    const paths = this.files.flatMap(({ size }, i) =>
      size === 0 ? [] : [table.isFinal(i) ? table.finalPath(i) : table.partPath(i)],
    )
    const folder = content.singleFile ? undefined : table.target
    discarded()
    try {
      await host.pool.run({ op: 'delete', base: table.base, paths, folder })
    } catch (error) {
      throw diskErrorOf(error, 'writing', table.base)
    }
  }

  /** Hashes from when a file was written; undefined: it has to be read again. */
  unitsOf(file: number): UnitHashes | undefined {
    const units = this.#units[file]
    return units?.isWhole ? units : undefined
  }

  #isWhole(file: number): boolean {
    const { size } = this.files[file]!
    return size === 0 || this.#parts.table.isFinal(file)
  }

  /** Those of the places that it is not at yet. Throws `content.invalid`. */
  #open(
    cid: CID,
    bytes: Uint8Array,
    targets: readonly LeafTarget[],
    { begin, length }: Payload,
  ): readonly LeafTarget[] {
    if (this.#ended) throw new TypeError('the tree is closed')
    if (begin < 0 || begin + length > bytes.length) throw new TypeError('not bytes of the block')
    for (const { file, offset } of targets) {
      const size = this.files[file]?.size ?? -1
      if (offset < 0 || offset + length > size || (length === 0 && size > 0))
        throw new PeerageError(
          'content.invalid',
          `The block ${cid} does not fit the file that it is said to be of.`,
        )
    }
    return targets.filter(({ file, offset }) => !this.has(file, offset, length))
  }

  /** Without an algorithm the block is known to be the one of the CID. */
  async #write(
    { cid, bytes }: Pick<VerifiedBlock, 'cid' | 'bytes'>,
    targets: readonly LeafTarget[],
    { begin, length }: Payload,
    algorithm: WriteLeafJob['algorithm'],
  ): Promise<void> {
    if (targets.length === 0) return
    const { pool } = this.#parts.host
    const common = { op: 'write-leaf', algorithm, digest: cid.multihash.digest, begin, length } as const
    const job = { ...common, targets: targets.map(target => this.#targetOf(target, length)) }
    for (const { file } of targets) this.#busy[file]!++
    try {
      const lane = targets[0]!.file
      const result = await lend(pool, bytes, given => pool.run({ ...job, ...given }, bytes.length, lane))
      if (!result.ok) throw mismatch(cid)
      for (const [i, target] of targets.entries()) this.#wrote(target, length, result.units[i])
      this.#place(cid, bytes, targets[0]!, begin, length)
    } catch (error) {
      throw diskErrorOf(error, 'writing', `${this.#parts.table.base}/${this.#parts.table.target}`)
    } finally {
      for (const { file } of targets) this.#busy[file]!--
    }
  }

  #targetOf({ file, offset }: LeafTarget, length: number): WriteLeafJob['targets'][number] {
    const units = this.#units[file]
    if (units !== undefined && !units.fits(offset, length, this.files[file]!.size))
      this.#units[file] = undefined
    return { file: this.#parts.table.partRef(file), offset, unit: this.#units[file]?.units }
  }

  #wrote({ file, offset }: LeafTarget, length: number, units: Uint8Array | undefined): void {
    const ranges = this.#ranges[file]!
    this.#done -= ranges.bytes
    ranges.add(offset, offset + length)
    this.#done += ranges.bytes
    if (units !== undefined) this.#units[file]?.set(offset, units)
    this.#dirty.add(file)
    this.#checkpointer.touch(length)
  }

  /** The block is made again from the file, unless its dag-pb is not what a profile makes: then it is kept as a node. */
  #place(cid: CID, bytes: Uint8Array, { file, offset: at }: LeafTarget, begin: number, length: number): void {
    const { dag, db } = this.#parts
    const hash = cid.multihash.bytes
    const isRaw = length === bytes.length
    if (!isRaw && !isFramed(bytes, begin, length)) db.putNode(hash, dag, bytes)
    else if (!isRaw || !this.#isWholeLeaf(hash, file, length))
      this.#places.push({ hash, dag, form: isRaw ? inFile : wrappedInFile, file, at, length })
  }

  /** What finds it is written down when the content is known. */
  #isWholeLeaf(hash: Uint8Array, file: number, length: number): boolean {
    return length === this.files[file]!.size && willBeWholeLeaf(length, hash)
  }

  /** Durable, then in the index, then the names. */
  async #save(): Promise<void> {
    const { db, host } = this.#parts
    const dirty = [...this.#dirty]
    const places = this.#places
    const packed = dirty.map(file => this.#ranges[file]!.packed)
    this.#dirty = new Set()
    this.#places = []
    try {
      const stamps = await this.#flush(dirty)
      db.transaction(() => {
        for (const place of places) db.putPlace(place)
        dirty.forEach((file, i) => {
          const { size, mtimeMs, ino } = stamps[i]!
          const stamp = new Uint8Array(Float64Array.of(size, mtimeMs, ino, host.world.wallTime()).buffer)
          db.putProgress(this.#parts.dag, file, packed[i]!, stamp)
        })
      })
    } catch (error) {
      this.#places = [...places, ...this.#places]
      for (const file of dirty) this.#dirty.add(file)
      throw diskErrorOf(error, 'writing', this.#parts.table.base)
    }
    await this.#name()
  }

  async #flush(dirty: readonly number[]): Promise<StatResult[]> {
    const { table, host } = this.#parts
    if (dirty.length === 0) return []
    const paths = dirty.map(file => table.partPath(file))
    const files = paths.map(path => `${table.base}/${path}`)
    const folders = new Set(files.map(path => path.slice(0, path.lastIndexOf('/'))))
    await flushFiles({ base: table.base, files, folders: [...folders], oneByOne: host.config.syncOneByOne })
    return await host.pool.run({ op: 'stat', base: table.base, paths })
  }

  /** Files of which the index knows all bytes get their names. */
  async #name(): Promise<void> {
    const { table, host } = this.#parts
    const whole = this.files.flatMap(({ size }, i) => {
      const isWhole = size > 0 && !table.isFinal(i) && !this.#dirty.has(i) && this.#busy[i] === 0
      return isWhole && this.#ranges[i]!.has(0, size) ? [i] : []
    })
    try {
      const named = whole.map(async file => {
        const { mtimeMs } = this.files[file]!
        const stamp = await host.pool.run({ op: 'finish', file: table.partRef(file), mtimeMs }, 0, file)
        host.pool.forget(table.retire(file))
        table.setFinal(file, stamp)
      })
      await Promise.all(named)
    } catch (error) {
      throw diskErrorOf(error, 'writing', table.base)
    }
  }

  #closeFiles(): void {
    const { host, table } = this.#parts
    host.pool.forget(this.files.flatMap((_, i) => table.retire(i)))
  }
}

function isFramed(bytes: Uint8Array, begin: number, length: number): boolean {
  const { before, after } = leafFrame(legacyProfile, length)
  return equalBytes(bytes.subarray(0, begin), before) && equalBytes(bytes.subarray(begin + length), after)
}
