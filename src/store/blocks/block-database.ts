import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { attempt, inTransaction, openFile } from '../open-database.ts'
import { levels } from './hamt-nodes.ts'
import { hamtNodeSchema, packWholeFiles, WholeFileIndex, wholeFileSchema } from './whole-file-index.ts'
import type { WholeFile } from './whole-file-row.ts'
import { oneBlockBytes, startOf } from './whole-files.ts'

const schemaVersion = 4
const rowsPerStep = 2000

/** What version 2 has besides. What version 1 wrote down stays as it is. */
const packedNodes = `
  /* Nodes without what the content says, see packed-node.ts. */
  CREATE TABLE packed (
    hash BLOB NOT NULL, dag INTEGER NOT NULL, length INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (hash, dag)) WITHOUT ROWID;
`
const upgrades: ReadonlyMap<unknown, (db: DatabaseSync) => void> = new Map([
  [1, db => db.exec(packedNodes + wholeFileSchema + hamtNodeSchema)],
  [
    2,
    db => {
      packWholeFiles(db)
      db.exec(hamtNodeSchema)
    },
  ],
  [3, db => db.exec(hamtNodeSchema)],
])

const schema = `${packedNodes} ${wholeFileSchema} ${hamtNodeSchema}
  CREATE TABLE dags (
    id INTEGER PRIMARY KEY AUTOINCREMENT, content TEXT NOT NULL, root BLOB NOT NULL, profile TEXT NOT NULL,
    /* All its blocks are known. */ whole INTEGER NOT NULL);
  /* Where a block lies. form 0: in nodes; 1: a stretch of a file; 2: the same, wrapped in dag-pb. */
  CREATE TABLE places (
    hash BLOB NOT NULL, dag INTEGER NOT NULL, form INTEGER NOT NULL, file INTEGER NOT NULL, at INTEGER NOT NULL, length INTEGER NOT NULL,
    PRIMARY KEY (hash, dag)) WITHOUT ROWID;
  /* Deflated where that is shorter, and before 2026-11 never. */
  CREATE TABLE nodes (hash BLOB PRIMARY KEY, bytes BLOB NOT NULL);
  /* SHA-256 of the leaves of a file in order, when it has several; what a later share of the same file need not hash again. */
  CREATE TABLE leaves (dag INTEGER NOT NULL, file INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (dag, file));
  CREATE TABLE cached (
    hash BLOB PRIMARY KEY, size INTEGER NOT NULL, used REAL NOT NULL, public INTEGER NOT NULL, refs INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
  CREATE TABLE totals (bytes INTEGER NOT NULL, blocks INTEGER NOT NULL, held INTEGER NOT NULL);
  INSERT INTO totals VALUES (0, 0, 0);
  CREATE TRIGGER cached_more AFTER INSERT ON cached BEGIN
    UPDATE totals SET bytes = bytes + new.size, blocks = blocks + 1, held = held + (new.refs > 0) * new.size; END;
  CREATE TRIGGER cached_less AFTER DELETE ON cached BEGIN
    UPDATE totals SET bytes = bytes - old.size, blocks = blocks - 1, held = held - (old.refs > 0) * old.size; END;
  CREATE TRIGGER cached_held AFTER UPDATE OF refs ON cached BEGIN
    UPDATE totals SET held = held + ((new.refs > 0) - (old.refs > 0)) * new.size; END;
  CREATE INDEX cached_by_use ON cached (refs > 0, used);
  /* What of a file of an unfinished tree is durable: stretches, and the stamp of its part. */
  CREATE TABLE progress (dag INTEGER NOT NULL, file INTEGER NOT NULL, ranges BLOB NOT NULL, stamp BLOB NOT NULL, PRIMARY KEY (dag, file));
  CREATE TABLE held (pin BLOB NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (pin, hash)) WITHOUT ROWID;
  CREATE INDEX held_by_hash ON held (hash);
  PRAGMA user_version = ${schemaVersion};
`

/** One content's DAG. */
export interface DagRow {
  readonly id: number
  /** Info hash, lower-case hexadecimal. */
  readonly content: string
  /** Bytes of the root CID. */
  readonly root: Uint8Array
  readonly profile: string
  readonly whole: boolean
}

export const inNodes = 0
export const inFile = 1
export const wrappedInFile = 2
/** All of a file whose pieces root begins as the hash does. */
export const wholeFile = 3
/** A node without what the content says. */
export const packedNode = 4
/** A node of which the content says all, and whose hash begins so: at the level `at` of the HAMT that the file is in. */
export const madeNode = 5

/** Where a block lies. */
export interface Place {
  readonly dag: number
  readonly form: number
  readonly file: number
  readonly at: number
  /** Bytes of the file, or of the node. */
  readonly length: number
}

/** Where a block of a DAG lies. */
export interface PlaceRow extends Place {
  readonly hash: Uint8Array
}

export interface CachedRow {
  readonly hash: Uint8Array
  readonly size: number
  /** Wall clock, milliseconds. */
  readonly used: number
  readonly isPublic: boolean
}

const placesOf = `
  SELECT dag, form, file, at, length FROM places WHERE hash = ?1
  UNION ALL SELECT dag, ${packedNode}, 0, 0, length FROM packed WHERE hash = ?1`

/**
 * HOME/blocks.db: where each block is that this machine has, by multihash. Nothing in it is lost for good: leaves and nodes are made again
 * by hashing, the cache by looking at its folder, pins stand in `state`.
 */
export class BlockDatabase {
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  readonly #wholeFiles: WholeFileIndex
  readonly #hamtNodes: WholeFileIndex

  /** Throws `index.damaged`. */
  constructor(path: string) {
    this.#db = openFile(path, schema, schemaVersion, upgrades)
    this.#wholeFiles = new WholeFileIndex(this.#db, 'whole_file_rows')
    this.#hamtNodes = new WholeFileIndex(this.#db, 'hamt_node_rows')
  }

  dags(): DagRow[] {
    return this.#all('SELECT * FROM dags').map(toDag)
  }

  addDag(content: string, root: Uint8Array, profile: string, whole: boolean): number {
    const { lastInsertRowid } = this.#run(
      'INSERT INTO dags (content, root, profile, whole) VALUES (?,?,?,?)',
      content,
      root,
      profile,
      Number(whole),
    )
    return Number(lastInsertRowid)
  }

  nameDag(id: number, content: string, root: Uint8Array, profile: string): void {
    this.#run(
      'UPDATE dags SET content = ?, root = ?, profile = ?, whole = 1 WHERE id = ?',
      content,
      root,
      profile,
      id,
    )
  }

  removeDag(id: number): void {
    this.#run('DELETE FROM dags WHERE id = ?', id)
  }

  /** Of files as a whole, and of nodes that are made again, those that may be it. */
  place(hash: Uint8Array): readonly Place[] {
    const places = this.#all(placesOf, hash) as unknown as Place[]
    const start = startOf(hash)
    if (start === undefined) return places
    // Wherever it lies, it is as long.
    const isLong = (places[0]?.length ?? 0) > oneBlockBytes
    for (const { dag, file, length } of isLong ? [] : this.#wholeFiles.find(start))
      places.push({ dag, form: wholeFile, file, at: 0, length })
    for (const { dag, file, length } of this.#hamtNodes.find(start))
      places.push({ dag, form: madeNode, file, at: length % levels, length: Math.floor(length / levels) })
    return places
  }

  putPlace({ hash, dag, form, file, at, length }: PlaceRow): void {
    this.#run('INSERT OR IGNORE INTO places VALUES (?,?,?,?,?,?)', hash, dag, form, file, at, length)
  }

  /** Places of form `wholeFile`, in order of their starts. */
  putWholeFiles(files: readonly WholeFile[]): void {
    this.transaction(() => this.#wholeFiles.put(files))
  }

  /** Places of form `madeNode`. */
  putMadeNodes(nodes: readonly PlaceRow[]): void {
    const files = nodes.map(
      ({ hash, dag, file, at, length }): WholeFile => ({
        start: startOf(hash)!,
        dag,
        file,
        length: length * levels + at,
      }),
    )
    this.transaction(() => this.#hamtNodes.put(files.toSorted((a, b) => a.start - b.start)))
  }

  packed(hash: Uint8Array, dag: number): Uint8Array | undefined {
    return this.#get('SELECT bytes FROM packed WHERE hash = ? AND dag = ?', hash, dag)?.bytes as
      | Uint8Array
      | undefined
  }

  putPacked(hash: Uint8Array, dag: number, length: number, bytes: Uint8Array): void {
    this.#run('INSERT OR IGNORE INTO packed VALUES (?,?,?,?)', hash, dag, length, bytes)
  }

  /** It is known otherwise for this DAG. */
  dropNode(hash: Uint8Array, dag: number): void {
    const { changes } = this.#run('DELETE FROM places WHERE hash = ? AND dag = ? AND form = 0', hash, dag)
    if (changes > 0)
      this.#run(
        'DELETE FROM nodes WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM places WHERE hash = ?1 AND form = 0)',
        hash,
      )
  }

  /** Of so many bytes, as its place says; undefined when it is not there, or damaged. */
  node(hash: Uint8Array, length: number): Uint8Array | undefined {
    const row = this.#get('SELECT bytes FROM nodes WHERE hash = ?', hash)
    const bytes = row?.bytes as Uint8Array | undefined
    return bytes === undefined || bytes.length === length ? bytes : inflated(bytes, length)
  }

  putNode(hash: Uint8Array, dag: number, bytes: Uint8Array): void {
    this.#run('INSERT OR IGNORE INTO nodes VALUES (?,?)', hash, shortest(bytes))
    this.putPlace({ hash, dag, form: inNodes, file: 0, at: 0, length: bytes.length })
  }

  leaves(dag: number, file: number): Uint8Array | undefined {
    return this.#get('SELECT hashes FROM leaves WHERE dag = ? AND file = ?', dag, file)?.hashes as
      | Uint8Array
      | undefined
  }

  /** Steps over all places; SHA-256 of the leaf of each file of this DAG that has no more than one, by file. */
  *singleLeaves(dag: number): Generator<void, Map<number, Uint8Array>> {
    const found = new Map<number, Uint8Array>()
    for (const rows of this.#placesInSteps()) {
      for (const place of rows)
        if (place.dag === dag && place.form !== inNodes && place.at === 0)
          found.set(place.file, place.hash.subarray(2))
      yield
    }
    return found
  }

  /** Steps over all places; those of leaves that are stretches of files of this DAG. */
  *leavesInFiles(dag: number): Generator<void, PlaceRow[]> {
    const found: PlaceRow[] = []
    for (const rows of this.#placesInSteps()) {
      for (const place of rows) if (place.dag === dag && place.form === inFile) found.push(place)
      yield
    }
    return found
  }

  *#placesInSteps(): Generator<readonly PlaceRow[], void> {
    let last: { hash: Uint8Array; dag: number } = { hash: new Uint8Array(0), dag: 0 }
    for (;;) {
      const sql = 'SELECT * FROM places WHERE (hash, dag) > (?, ?) ORDER BY hash, dag LIMIT ?'
      const rows = this.#all(sql, last.hash, last.dag, rowsPerStep) as unknown as PlaceRow[]
      yield rows
      if (rows.length < rowsPerStep) return
      last = rows.at(-1)!
    }
  }

  putLeaves(dag: number, file: number, hashes: Uint8Array): void {
    this.#run('INSERT OR REPLACE INTO leaves VALUES (?,?,?)', dag, file, hashes)
  }

  progress(dag: number): { file: number; ranges: Uint8Array; stamp: Uint8Array }[] {
    return this.#all('SELECT file, ranges, stamp FROM progress WHERE dag = ?', dag) as never
  }

  putProgress(dag: number, file: number, ranges: Uint8Array, stamp: Uint8Array): void {
    this.#run('INSERT OR REPLACE INTO progress VALUES (?,?,?,?)', dag, file, ranges, stamp)
  }

  clearProgress(dag: number): void {
    this.#run('DELETE FROM progress WHERE dag = ?', dag)
  }

  cached(hash: Uint8Array): CachedRow | undefined {
    const row = this.#get('SELECT size, used, public FROM cached WHERE hash = ?', hash)
    if (row === undefined) return undefined
    const { size, used, public: isPublic } = row as { size: number; used: number; public: number }
    return { hash, size, used, isPublic: isPublic === 1 }
  }

  putCached({ hash, size, used, isPublic }: CachedRow): void {
    this.#run(
      `INSERT INTO cached (hash, size, used, public, refs) VALUES (?1, ?2, ?3, ?4, (SELECT count(*) FROM held WHERE hash = ?1))
         ON CONFLICT (hash) DO UPDATE SET used = excluded.used, public = max(public, excluded.public)`,
      hash,
      size,
      used,
      Number(isPublic),
    )
  }

  /** A pin holds blocks, whether they are here already or not. */
  hold(pin: Uint8Array, hashes: readonly Uint8Array[]): void {
    this.transaction(() => {
      for (const hash of hashes) {
        const { changes } = this.#run('INSERT OR IGNORE INTO held VALUES (?,?)', pin, hash)
        if (changes > 0) this.#run('UPDATE cached SET refs = refs + 1 WHERE hash = ?', hash)
      }
    })
  }

  /** Some blocks are held by this pin no more; answers how many. */
  release(pin: Uint8Array, limit: number): number {
    return this.transaction(() => {
      const rows = this.#all('SELECT hash FROM held WHERE pin = ? LIMIT ?', pin, limit)
      for (const row of rows) {
        const hash = row.hash as Uint8Array
        this.#run('DELETE FROM held WHERE pin = ? AND hash = ?', pin, hash)
        this.#run('UPDATE cached SET refs = refs - 1 WHERE hash = ?', hash)
      }
      return rows.length
    })
  }

  pinsHeld(): Uint8Array[] {
    return this.#all('SELECT DISTINCT pin FROM held').map(({ pin }) => pin as Uint8Array)
  }

  used(hash: Uint8Array, used: number): void {
    this.#run('UPDATE cached SET used = ? WHERE hash = ?', used, hash)
  }

  removeCached(hash: Uint8Array): void {
    this.#run('DELETE FROM cached WHERE hash = ?', hash)
  }

  /** Those that nothing holds, longest not used first. */
  evictable(limit: number): CachedRow[] {
    const sql = 'SELECT hash, size, used, public FROM cached WHERE (refs > 0) = 0 ORDER BY used LIMIT ?'
    return this.#all(sql, limit).map(toCached)
  }

  /** Bytes and number of all cached blocks, and bytes of those that a pin holds. */
  cacheTotals(): { bytes: number; blocks: number; heldBytes: number } {
    const row = this.#get('SELECT bytes, blocks, held FROM totals')!
    return { bytes: Number(row.bytes), blocks: Number(row.blocks), heldBytes: Number(row.held) }
  }

  /** Deletes what is left of DAGs that are gone, some rows a step. */
  *sweep(): Generator<void, void> {
    this.#run('DELETE FROM leaves WHERE dag NOT IN (SELECT id FROM dags)')
    this.#run('DELETE FROM progress WHERE dag NOT IN (SELECT id FROM dags)')
    for (const table of ['places', 'packed'] as const)
      yield* this.#sweep(table, 'dag NOT IN (SELECT id FROM dags)')
    for (const index of [this.#wholeFiles, this.#hamtNodes])
      yield* index.sweep(body => this.transaction(body))
    yield* this.#sweep(
      'nodes',
      'NOT EXISTS (SELECT 1 FROM places WHERE places.hash = nodes.hash AND form = 0)',
    )
  }

  *#sweep(table: 'places' | 'packed' | 'nodes', isLost: string): Generator<void, void> {
    let after = new Uint8Array(0)
    for (;;) {
      const sql = `SELECT hash FROM ${table} WHERE hash > ? ORDER BY hash LIMIT 1 OFFSET ${rowsPerStep}`
      const until = this.#get(sql, after)?.hash as Uint8Array<ArrayBuffer> | undefined
      const range = until === undefined ? 'hash > ?' : 'hash > ? AND hash <= ?'
      const ends = until === undefined ? [after] : [after, until]
      this.#run(`DELETE FROM ${table} WHERE ${range} AND ${isLost}`, ...ends)
      if (until === undefined) return
      after = until
      yield
    }
  }

  #run(
    sql: string,
    ...values: SQLInputValue[]
  ): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return attempt(() => this.#prepare(sql).run(...values))
  }

  transaction<T>(body: () => T): T {
    return inTransaction(this.#db, body)
  }

  close(): void {
    this.#statements.clear()
    this.#db.close()
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#db.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  #get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return attempt(() => this.#prepare(sql).get(...values))
  }

  #all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return attempt(() => this.#prepare(sql).all(...values))
  }
}

/** Names and what all links have in common are half of a node; the hashes in it stay as they are. */
function shortest(bytes: Uint8Array): Uint8Array {
  const deflated = deflateRawSync(bytes)
  return deflated.length < bytes.length ? deflated : bytes
}

function inflated(bytes: Uint8Array, length: number): Uint8Array | undefined {
  try {
    return inflateRawSync(bytes, { maxOutputLength: length })
  } catch {
    return undefined
  }
}

function toDag(row: Record<string, unknown>): DagRow {
  const { id, content, root, profile, whole } = row as {
    id: number
    content: string
    root: Uint8Array
    profile: string
    whole: number
  }
  return { id, content, root, profile, whole: whole === 1 }
}

function toCached(row: Record<string, unknown>): CachedRow {
  const { hash, size, used } = row as { hash: Uint8Array; size: number; used: number }
  return { hash, size, used, isPublic: row.public === 1 }
}
