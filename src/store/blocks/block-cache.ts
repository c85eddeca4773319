import fs from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import type { CID } from 'multiformats/cid'
import { fromHex, PeerageError, toHex } from '../../base/index.ts'
import { bySteps } from '../by-steps.ts'
import { Checkpointer } from '../checkpointer.ts'
import { diskErrorOf, IoFailure } from '../disk-errors.ts'
import { flushFiles } from '../flush-files.ts'
import type { StoreHost } from '../host.ts'
import type { Lease } from '../slab-pool.ts'
import type { BlockDatabase, CachedRow } from './block-database.ts'
import { isBlockOf, mismatch, verifyIn, workerAlgorithm } from './block-hash.ts'
import { lend } from './lend.ts'
import { SmallBlocks, smallBlockBytes } from './small-blocks.ts'

/** Rows that one step of eviction takes away. */
const evictAtOnce = 256
/** Rows of one transaction. */
const rowsAtOnce = 500
/** After so many short blocks, which are written and read without waiting, others get a turn. */
const blocksPerTurn = 64
/** A block counts for at least so much until it is in the index: of many tiny ones, too, not all wait. */
const leastCost = 4096

/**
 * Blocks that lie in no file of a content: HOME/blocks, one file a block, and one for all that are short. Written, then flushed, then in the
 * index; and none is believed whose bytes do not have its hash when they are read.
 */
export class BlockCache {
  readonly #host: StoreHost
  readonly #db: BlockDatabase
  readonly #folder: string
  readonly #small: SmallBlocks
  readonly #checkpointer: Checkpointer
  /** Written and not in the index yet. */
  readonly #fresh = new Map<string, CachedRow>()
  /** On their way to the disk, or off it. */
  readonly #writing = new Map<string, Promise<void>>()
  readonly #used = new Map<string, CachedRow>()
  /** False while it is not known what pins hold. */
  mayEvict = true
  /** How many ask for all to stay for now. */
  #keepers = 0
  #turn = 0

  constructor(host: StoreHost, db: BlockDatabase) {
    this.#host = host
    this.#db = db
    this.#folder = `${host.home}/blocks`
    fs.mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    this.#small = new SmallBlocks(this.#folder, host.world)
    this.#checkpointer = new Checkpointer({
      world: host.world,
      intervalMs: host.config.checkpointMs,
      bytes: host.config.checkpointBytes,
      save: () => this.#save(),
      // The blocks stay in `#fresh`, and are tried again with the next ones.
      onError: () => undefined,
    })
  }

  find({ multihash }: CID): CachedRow | undefined {
    return this.#fresh.get(toHex(multihash.bytes)) ?? this.#db.cached(multihash.bytes)
  }

  /** What `find` found; undefined: it is not here, or not what it should be any more. */
  async get(cid: CID, row: CachedRow | undefined): Promise<Uint8Array | undefined> {
    return row && (await this.#unlessLost(row, () => this.#read(cid, row)))
  }

  /** As `get`, in room that is given back. Undefined also when there is none, or when it takes more than to make a copy. */
  async loan(cid: CID, row: CachedRow | undefined): Promise<Lease | undefined> {
    if (row === undefined || row.size <= smallBlockBytes) return undefined
    const lease = this.#host.pool.spareLease(row.size)
    if (lease === undefined) return undefined
    const bytes = await this.#unlessLost(row, () => this.#readFile(cid, row.size, lease))
    if (bytes === undefined) lease.release()
    return bytes && lease
  }

  async #unlessLost(row: CachedRow, read: () => Promise<Uint8Array>): Promise<Uint8Array | undefined> {
    try {
      const bytes = await read()
      this.#touch(row)
      return bytes
    } catch (error) {
      if (isLost(error)) this.#forget(row)
      return undefined
    }
  }

  /** Rejects with `block.mismatch`, or what the disk says. */
  async put(cid: CID, bytes: Uint8Array, isPublic: boolean): Promise<void> {
    const key = toHex(cid.multihash.bytes)
    for (let under = this.#writing.get(key); under !== undefined; under = this.#writing.get(key))
      await under.catch(() => undefined)
    const work = this.#put(cid, bytes, isPublic)
    this.#writing.set(key, work)
    try {
      await work
    } finally {
      this.#writing.delete(key)
    }
  }

  async #put(cid: CID, bytes: Uint8Array, isPublic: boolean): Promise<void> {
    const known = this.find(cid)
    if (known !== undefined && (known.isPublic || !isPublic)) {
      await verifyIn(this.#host.pool, cid, bytes)
      this.#touch(known)
      // While it was hashed it may have turned out to be lost.
      if (this.find(cid) !== undefined) return
    }
    await (bytes.length <= smallBlockBytes ? this.#keepSmall(cid, bytes) : this.#write(cid, bytes))
    const used = this.#host.world.wallTime()
    const row = {
      hash: cid.multihash.bytes,
      size: bytes.length,
      used,
      isPublic: isPublic || known?.isPublic === true,
    }
    this.#fresh.set(toHex(row.hash), row)
    this.#checkpointer.touch(Math.max(bytes.length, leastCost))
  }

  /** Nothing is evicted until what it returns is called: what comes is about to be pinned. */
  keepAll(): () => void {
    this.#keepers++
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.#keepers--
      this.#checkpointer.touch(0)
    }
  }

  /** All that was put so far is durable when it resolves. */
  async flush(): Promise<void> {
    await this.#checkpointer.now()
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#writing.values())
    if (this.#fresh.size > 0 || this.#used.size > 0) await this.#checkpointer.now().catch(() => undefined)
    this.#checkpointer.stop()
    this.#small.close()
  }

  /** Hashed here: a way to another thread takes longer. */
  async #keepSmall(cid: CID, bytes: Uint8Array): Promise<void> {
    if (!isBlockOf(cid, bytes)) throw mismatch(cid)
    this.#small.put(cid.multihash.bytes, bytes)
    if (this.#turn++ % blocksPerTurn === 0) await setImmediate()
  }

  async #read(cid: CID, { size }: CachedRow): Promise<Uint8Array> {
    const small = size <= smallBlockBytes ? this.#small.get(cid.multihash.bytes) : undefined
    if (small !== undefined && !isBlockOf(cid, small)) throw mismatch(cid)
    if (small !== undefined && this.#turn++ % blocksPerTurn === 0) await setImmediate()
    // Short ones that were kept before 2026-11-27 have files, too.
    return small ?? (await this.#readFile(cid, size))
  }

  async #readFile(cid: CID, size: number, lease?: Lease): Promise<Uint8Array> {
    const { pool } = this.#host
    const algorithm = workerAlgorithm(cid)
    const { digest } = cid.multihash
    const where = { base: this.#folder, path: pathOf(cid.multihash.bytes) }
    const into = lease && pool.locate(lease)
    const job = { op: 'get-block', ...where, length: size, algorithm, digest, into } as const
    const read = await pool.run(job, size, this.#turn++)
    const bytes = lease?.bytes ?? read
    if (algorithm === undefined && !isBlockOf(cid, bytes)) throw mismatch(cid)
    return bytes
  }

  async #write(cid: CID, bytes: Uint8Array): Promise<void> {
    const { pool } = this.#host
    const algorithm = workerAlgorithm(cid)
    if (algorithm === undefined && !isBlockOf(cid, bytes)) throw mismatch(cid)
    const { digest } = cid.multihash
    const job = {
      op: 'put-block',
      base: this.#folder,
      path: pathOf(cid.multihash.bytes),
      algorithm,
      digest,
    } as const
    const turn = this.#turn++
    try {
      const isRight = await lend(pool, bytes, given => pool.run({ ...job, ...given }, bytes.length, turn))
      if (!isRight) throw mismatch(cid)
    } catch (error) {
      throw diskErrorOf(error, 'writing', this.#folder)
    }
  }

  async #save(): Promise<void> {
    const fresh = [...this.#fresh]
    const used = [...this.#used.values()]
    const files = fresh.flatMap(([, { hash, size }]) =>
      size > smallBlockBytes ? [`${this.#folder}/${pathOf(hash)}`] : [],
    )
    const folders = new Set(files.map(path => path.slice(0, path.lastIndexOf('/'))))
    const oneByOne = this.#host.config.syncOneByOne
    if (files.length > 0)
      await flushFiles({ base: this.#folder, files, folders: [this.#folder, ...folders], oneByOne })
    await this.#small.flush()
    await this.#inTransactions(fresh, ([, row]) => this.#db.putCached(row))
    await this.#inTransactions(used, ({ hash, used: at }) => this.#db.used(hash, at))
    for (const [key, row] of fresh) if (this.#fresh.get(key) === row) this.#fresh.delete(key)
    for (const row of used) if (this.#used.get(toHex(row.hash)) === row) this.#used.delete(toHex(row.hash))
    if (this.mayEvict) await this.evict(this.#host.config.cacheBytes)
  }

  /** Some rows each, and others get their turns between them. */
  async #inTransactions<T>(rows: readonly T[], put: (row: T) => void): Promise<void> {
    const db = this.#db
    await bySteps(
      (function* (): Generator<void, void> {
        for (let from = 0; from < rows.length; from += rowsAtOnce) {
          db.transaction(() => {
            for (const row of rows.slice(from, from + rowsAtOnce)) put(row)
          })
          yield
        }
      })(),
    )
  }

  /** Takes blocks away that nothing holds, longest not used first, until the cache is no longer than this; answers how many bytes went. */
  async evict(limitBytes: number): Promise<number> {
    if (this.#keepers > 0) return 0
    let gone = 0
    for (let over = this.#db.cacheTotals().bytes - limitBytes; over > 0; ) {
      // What is being put once more stays: its row would say that it is here, and its file would be gone.
      const rows = this.#db.evictable(evictAtOnce).filter(({ hash }) => !this.#isComing(toHex(hash)))
      if (rows.length === 0) break
      const some: CachedRow[] = []
      for (const row of rows) if (over > 0) over -= some.push(row) && row.size
      await this.#remove(some)
      gone += some.reduce((sum, { size }) => sum + size, 0)
    }
    if (gone > 0) this.#small.trim()
    return gone
  }

  /** The row first: a file that is not in the index takes room, a row without its file says what is not so. */
  async #remove(rows: readonly CachedRow[]): Promise<void> {
    this.#db.transaction(() => {
      for (const { hash } of rows) this.#db.removeCached(hash)
    })
    const small = this.#small.delete(
      rows.flatMap(({ hash, size }) => (size <= smallBlockBytes ? [hash] : [])),
    )
    const files = rows.flatMap(({ hash }) => (small.has(hash) ? [] : [toHex(hash)]))
    if (files.length === 0) return
    const paths = files.map(pathOfHex)
    const gone = this.#host.pool.run({ op: 'delete', base: this.#folder, paths, folder: undefined })
    // Who puts one of them meanwhile waits: other workers do other jobs, and this one might come last.
    for (const key of files) this.#writing.set(key, gone)
    try {
      await gone
    } finally {
      for (const key of files) this.#writing.delete(key)
    }
  }

  #isComing(key: string): boolean {
    return this.#fresh.has(key) || this.#writing.has(key)
  }

  /** Deletes files that are in no row: a crash came between the two. Answers their bytes. */
  async sweep(signal?: AbortSignal): Promise<number> {
    let gone = await bySteps(this.#sweepSmall(signal))
    for await (const { hash, size, path } of this.#files(signal)) {
      if (this.#isKnown(hash)) continue
      await this.#host.pool.run({ op: 'delete', base: this.#folder, paths: [path], folder: undefined })
      gone += size
    }
    return gone
  }

  *#sweepSmall(signal: AbortSignal | undefined): Generator<void, number> {
    let gone = 0
    for (const blocks of this.#small.all()) {
      signal?.throwIfAborted()
      const lost = blocks.filter(({ hash }) => !this.#isKnown(hash))
      this.#small.delete(lost.map(({ hash }) => hash))
      gone += lost.reduce((sum, { size }) => sum + size, 0)
      yield
    }
    if (gone > 0) this.#small.trim()
    return gone
  }

  #isKnown(hash: Uint8Array): boolean {
    const key = toHex(hash)
    return this.#isComing(key) || this.#db.cached(hash) !== undefined
  }

  *#rebuildSmall(signal: AbortSignal | undefined): Generator<void, void> {
    const used = this.#host.world.wallTime()
    for (const blocks of this.#small.all()) {
      signal?.throwIfAborted()
      this.#db.transaction(() => {
        for (const { hash, size } of blocks) this.#db.putCached({ hash, size, used, isPublic: false })
      })
      yield
    }
  }

  /** Makes the rows again from the files; nobody knows any more where they came from. */
  async rebuild(signal?: AbortSignal): Promise<void> {
    await bySteps(this.#rebuildSmall(signal))
    for await (const { hash, size, usedAt } of this.#files(signal))
      this.#db.putCached({ hash, size, used: usedAt, isPublic: false })
  }

  async *#files(
    signal: AbortSignal | undefined,
  ): AsyncGenerator<{ hash: Uint8Array; size: number; usedAt: number; path: string }> {
    for (let last = 0; last < 256; last++) {
      signal?.throwIfAborted()
      const folder = last.toString(16).padStart(2, '0')
      if (!fs.existsSync(`${this.#folder}/${folder}`)) continue
      let folders: readonly string[] = [folder]
      while (folders.length > 0) {
        const found = await this.#host.pool.run({ op: 'scan', root: this.#folder, folders })
        folders = found.folders
        for (const { path, size, mtimeMs } of found.entries) {
          const name = path.slice(folder.length + 1)
          if (/^([0-9a-f]{2}){2,80}$/.test(name) && name.endsWith(folder))
            yield { hash: fromHex(name), size, usedAt: mtimeMs, path }
        }
      }
    }
  }

  #touch(row: CachedRow): void {
    this.#used.set(toHex(row.hash), { ...row, used: this.#host.world.wallTime() })
    this.#checkpointer.touch(0)
  }

  #forget(row: CachedRow): void {
    this.#fresh.delete(toHex(row.hash))
    this.#db.removeCached(row.hash)
  }
}

/** Spread over 256 folders by the last byte, which is a hash's. */
function pathOf(hash: Uint8Array): string {
  return pathOfHex(toHex(hash))
}

function pathOfHex(name: string): string {
  return `${name.slice(-2)}/${name}`
}

/** It is gone or not what it was; not so when the disk only refuses to read, or the store closes. */
function isLost(error: unknown): boolean {
  if (error instanceof PeerageError) return error.code === 'block.mismatch'
  return error instanceof IoFailure && ['changed', 'ENOENT', 'ELOOP', 'EISDIR'].includes(error.reason)
}
