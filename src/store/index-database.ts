import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { attempt, inTransaction, openDatabase } from './open-database.ts'

/** What the index knows about one content without its info dictionary. */
export interface ContentRow {
  readonly id: number
  readonly hash: string
  readonly origin: 'share' | 'download'
  /** Existing folder; `target` is below it. */
  readonly base: string
  /** Name of the file or folder below `base`. */
  readonly target: string
  readonly name: string
  readonly totalSize: number
  readonly pieceCount: number
  readonly exact: boolean
  readonly overwrite: boolean
  readonly addedAt: number
  /** Undefined: all of them. */
  readonly segments: Uint8Array | undefined
  readonly segmentCount: number
  readonly priorities: Uint8Array | undefined
  /** All that is wanted was there, durable, under its final name. */
  readonly done: boolean
  /** What is on disk must be hashed before it is believed. */
  readonly recheck: boolean
  /** When the index was last brought up to date for it: wall clock, milliseconds. */
  readonly aliveAt: number
}

export type NewContent = Omit<ContentRow, 'id'>

/** What a checkpoint writes in one transaction. */
export interface Progress {
  readonly segments: Uint8Array | undefined
  readonly done: boolean
  readonly recheck: boolean
  readonly aliveAt: number
  readonly stamps: ReadonlyMap<number, Uint8Array>
}

/** The SQLite file: rows of contents, stamps of files in chunks, piece layers, and what upper rooms keep. */
export class IndexDatabase {
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  /** The session before this one ended by `close`. */
  readonly wasClean: boolean
  #clean: boolean

  /** Throws `index.damaged` or, when another process has it open, `daemon.running`. */
  constructor(path: string) {
    this.#db = openDatabase(path)
    this.#clean = this.wasClean = this.#get('SELECT clean FROM session')?.clean === 1
  }

  /** Marks the session as unclean until `close`: from now on files may be ahead of the index. */
  begin(): void {
    if (!this.#clean) return
    this.#clean = false
    this.#run('UPDATE session SET clean = 0')
  }

  contents(): ContentRow[] {
    return this.#all('SELECT * FROM contents ORDER BY id').map(toContentRow)
  }

  content(hash: string): ContentRow | undefined {
    const row = this.#get('SELECT * FROM contents WHERE hash = ?', hash)
    return row && toContentRow(row)
  }

  /** Its files are somewhere else now; `stamps` are those that are others there. */
  moveContent(
    id: number,
    { base, target, exact }: Pick<ContentRow, 'base' | 'target' | 'exact'>,
    stamps: ReadonlyMap<number, Uint8Array>,
  ): void {
    this.transaction(() => {
      const place = 'UPDATE contents SET base = ?, target = ?, exact = ? WHERE id = ?'
      this.#run(place, base, target, Number(exact), id)
      this.#putStamps(id, stamps)
    })
  }

  addContent(row: NewContent, stamps: ReadonlyMap<number, Uint8Array>): number {
    return this.transaction(() => {
      const { lastInsertRowid } = this.#run(
        `INSERT INTO contents (hash, origin, base, target, name, total_size, piece_count, exact, overwrite, added_at,
           segments, segment_count, priorities, done, recheck, alive_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
        row.hash,
        row.origin,
        row.base,
        row.target,
        row.name,
        row.totalSize,
        row.pieceCount,
        Number(row.exact),
        Number(row.overwrite),
        row.addedAt,
        row.segments ?? null,
        row.segmentCount,
        row.priorities ?? null,
        Number(row.done),
        Number(row.recheck),
        row.aliveAt,
      )
      const id = Number(lastInsertRowid)
      this.#putStamps(id, stamps)
      return id
    })
  }

  saveProgress(id: number, progress: Progress): void {
    this.transaction(() => {
      this.#run(
        'UPDATE contents SET segments = ?, done = ?, recheck = ?, alive_at = ? WHERE id = ?',
        progress.segments ?? null,
        Number(progress.done),
        Number(progress.recheck),
        progress.aliveAt,
        id,
      )
      this.#putStamps(id, progress.stamps)
    })
  }

  savePriorities(id: number, priorities: Uint8Array | undefined): void {
    this.#run('UPDATE contents SET priorities = ? WHERE id = ?', priorities ?? null, id)
  }

  allowOverwrite(id: number): void {
    this.#run('UPDATE contents SET overwrite = 1 WHERE id = ?', id)
  }

  removeContent(id: number): void {
    this.transaction(() => {
      this.#run('DELETE FROM contents WHERE id = ?', id)
      this.#run('DELETE FROM stamps WHERE content = ?', id)
      this.#run('DELETE FROM layers WHERE content = ?', id)
    })
  }

  stamps(id: number): Map<number, Uint8Array> {
    const rows = this.#all('SELECT chunk, bytes FROM stamps WHERE content = ?', id)
    return new Map(rows.map(row => [Number(row.chunk), row.bytes as Uint8Array]))
  }

  layer(id: number, file: number): Uint8Array | undefined {
    return this.#get('SELECT bytes FROM layers WHERE content = ? AND file = ?', id, file)?.bytes as
      | Uint8Array
      | undefined
  }

  putLayers(id: number, layers: Iterable<readonly [file: number, bytes: Uint8Array]>): void {
    this.transaction(() => {
      for (const [file, bytes] of layers)
        this.#run('INSERT OR REPLACE INTO layers VALUES (?,?,?)', id, file, bytes)
    })
  }

  getState(kind: string, key: string): string | undefined {
    return this.#get('SELECT value FROM state WHERE kind = ? AND key = ?', kind, key)?.value as
      | string
      | undefined
  }

  putState(kind: string, key: string, value: string): void {
    this.#run('INSERT OR REPLACE INTO state VALUES (?,?,?)', kind, key, value)
  }

  deleteState(kind: string, key: string): void {
    this.#run('DELETE FROM state WHERE kind = ? AND key = ?', kind, key)
  }

  /** All of a kind, or everything. */
  stateEntries(kind?: string): { kind: string; key: string; value: string }[] {
    const rows =
      kind === undefined
        ? this.#all('SELECT * FROM state')
        : this.#all('SELECT * FROM state WHERE kind = ? ORDER BY key', kind)
    return rows.map(row => ({
      kind: row.kind as string,
      key: row.key as string,
      value: row.value as string,
    }))
  }

  close(): void {
    this.#run('UPDATE session SET clean = 1')
    this.#statements.clear()
    this.#db.close()
  }

  transaction<T>(body: () => T): T {
    return inTransaction(this.#db, body)
  }

  #putStamps(id: number, stamps: ReadonlyMap<number, Uint8Array>): void {
    for (const [chunk, bytes] of stamps)
      this.#run('INSERT OR REPLACE INTO stamps VALUES (?,?,?)', id, chunk, bytes)
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#statements.get(sql) ?? this.#db.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  #run(
    sql: string,
    ...values: (string | number | Uint8Array | null)[]
  ): { lastInsertRowid: number | bigint } {
    return attempt(() => this.#prepare(sql).run(...values))
  }

  #get(sql: string, ...values: (string | number)[]): Record<string, unknown> | undefined {
    return attempt(() => this.#prepare(sql).get(...values))
  }

  #all(sql: string, ...values: (string | number)[]): Record<string, unknown>[] {
    return attempt(() => this.#prepare(sql).all(...values))
  }
}

function toContentRow(row: Record<string, unknown>): ContentRow {
  return {
    id: Number(row.id),
    hash: row.hash as string,
    origin: row.origin as 'share' | 'download',
    base: row.base as string,
    target: row.target as string,
    name: row.name as string,
    totalSize: Number(row.total_size),
    pieceCount: Number(row.piece_count),
    exact: row.exact === 1,
    overwrite: row.overwrite === 1,
    addedAt: Number(row.added_at),
    segments: (row.segments as Uint8Array | null) ?? undefined,
    segmentCount: Number(row.segment_count),
    priorities: (row.priorities as Uint8Array | null) ?? undefined,
    done: row.done === 1,
    recheck: row.recheck === 1,
    aliveAt: Number(row.alive_at),
  }
}
