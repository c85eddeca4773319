import fs from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { PeerageError, toHex, type World } from '../../base/index.ts'
import { flushFiles } from '../flush-files.ts'
import { attempt, inTransaction, openFile } from '../open-database.ts'
import { putAside } from '../open-index.ts'

/** Blocks up to so many bytes share one file: one each costs more room and time than what is in them. */
export const smallBlockBytes = 16_384
/** What waits to be written, in bytes with what each costs besides. */
const mostWaiting = 1_048_576
const costOfBlock = 256
const rowsPerStep = 500

const schemaVersion = 1
const schema = `
  CREATE TABLE blocks (hash BLOB PRIMARY KEY, bytes BLOB NOT NULL);
  PRAGMA user_version = ${schemaVersion};
`

interface SmallBlock {
  readonly hash: Uint8Array
  readonly bytes: Uint8Array
}

/**
 * HOME/blocks/small.db: the short blocks of the cache. It is beside blocks.db, so that one that is damaged takes nothing of the other along.
 * There is none until there is a block for it.
 */
export class SmallBlocks {
  readonly #folder: string
  readonly #world: World
  /** Not written yet, by hash in hex. */
  #waiting = new Map<string, SmallBlock>()
  #waitingBytes = 0
  #opened: DatabaseSync | undefined
  #select: StatementSync | undefined

  constructor(folder: string, world: World) {
    this.#folder = folder
    this.#world = world
  }

  /** Keeps a copy. What goes wrong with the disk is thrown, and then it is not here. */
  put(hash: Uint8Array, bytes: Uint8Array): void {
    this.#waiting.set(toHex(hash), { hash, bytes: Uint8Array.from(bytes) })
    this.#waitingBytes += bytes.length + costOfBlock
    if (this.#waitingBytes > mostWaiting) this.#write()
  }

  /** Not hashed. */
  get(hash: Uint8Array): Uint8Array | undefined {
    const waiting = this.#waiting.get(toHex(hash))
    if (waiting !== undefined) return waiting.bytes
    const db = this.#open()
    if (db === undefined) return undefined
    this.#select ??= db.prepare('SELECT bytes FROM blocks WHERE hash = ?')
    const select = this.#select
    return attempt(() => select.get(hash)?.bytes as Uint8Array | undefined)
  }

  /** Answers those that were here. */
  delete(hashes: readonly Uint8Array[]): Set<Uint8Array> {
    const gone = new Set<Uint8Array>()
    for (const hash of hashes) if (this.#waiting.delete(toHex(hash))) gone.add(hash)
    const db = this.#open()
    if (db === undefined) return gone
    inTransaction(db, () => {
      const row = db.prepare('DELETE FROM blocks WHERE hash = ?')
      for (const hash of hashes) if (attempt(() => row.run(hash)).changes > 0) gone.add(hash)
    })
    return gone
  }

  /** Steps over all that are written. */
  *all(): Generator<readonly { readonly hash: Uint8Array; readonly size: number }[]> {
    let after = new Uint8Array(0)
    for (;;) {
      const db = this.#open()
      if (db === undefined) return
      const sql = 'SELECT hash, length(bytes) AS size FROM blocks WHERE hash > ? ORDER BY hash LIMIT ?'
      const rows = attempt(() => db.prepare(sql).all(after, rowsPerStep)) as {
        hash: Uint8Array<ArrayBuffer>
        size: number
      }[]
      if (rows.length === 0) return
      after = rows.at(-1)!.hash
      yield rows
    }
  }

  /** All that was put so far is durable when it resolves. */
  async flush(): Promise<void> {
    if (this.#waiting.size > 0) this.#write()
    if (this.#opened === undefined) return
    // What is committed is in the log until that has grown long; the rest was flushed when it was moved out of it.
    await flushFiles({
      base: this.#folder,
      files: [`${this.#path}-wal`],
      folders: [this.#folder],
      oneByOne: 1,
    })
  }

  /** Gives its room back when nothing is left in it. */
  trim(): void {
    const db = this.#open()
    if (
      db === undefined ||
      this.#waiting.size > 0 ||
      db.prepare('SELECT 1 FROM blocks LIMIT 1').get() !== undefined
    )
      return
    this.close()
    for (const end of ['', '-wal', '-shm']) fs.rmSync(`${this.#path}${end}`, { force: true })
  }

  close(): void {
    this.#select = undefined
    this.#opened?.close()
    this.#opened = undefined
  }

  get #path(): string {
    return `${this.#folder}/small.db`
  }

  #write(): void {
    const db = this.#open(true)!
    const blocks = this.#waiting
    inTransaction(db, () => {
      const row = db.prepare('INSERT OR REPLACE INTO blocks VALUES (?,?)')
      for (const { hash, bytes } of blocks.values()) attempt(() => row.run(hash, bytes))
    })
    this.#waiting = new Map()
    this.#waitingBytes = 0
  }

  #open(create = false): DatabaseSync | undefined {
    if (this.#opened === undefined && (create || fs.existsSync(this.#path))) this.#opened = this.#openFile()
    return this.#opened
  }

  #openFile(): DatabaseSync {
    try {
      return openFile(this.#path, schema, schemaVersion)
    } catch (error) {
      if (!(error instanceof PeerageError) || error.code !== 'index.damaged') throw error
      putAside(this.#path, this.#world.wallTime())
      return openFile(this.#path, schema, schemaVersion)
    }
  }
}
