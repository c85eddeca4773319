import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { attempt } from '../open-database.ts'
import { decodeRow, encodeRow, findInRow, type WholeFile } from './whole-file-row.ts'

/** Six of these fill a page of SQLite: longer ones take longer to search and to write anew, of shorter ones SQLite needs more. */
const mostBytes = 660
/** Of files of one content that are the same: more places to read the same bytes from are of no use. */
const mostTwins = 16
const rowsPerStep = 64

/** A row for each file would take twice the room, most of it for what SQLite needs of each row. */
export const wholeFileSchema = `
  /* Files that are one leaf, with their pieces root as its hash: in order of the first 48 bits of that, many a row, see whole-file-row.ts. A row
     reaches to where the next one starts. The content says the rest of the hashes. */
  CREATE TABLE whole_file_rows (start INTEGER PRIMARY KEY, files BLOB NOT NULL);
`
/** The same for nodes that are made again, see `hamt-nodes.ts`. */
export const hamtNodeSchema = `
  /* Nodes of HAMTs of which the content says all, in rows like those of files: a file that is below, and the length of the node with its level. */
  CREATE TABLE hamt_node_rows (start INTEGER PRIMARY KEY, files BLOB NOT NULL);
`

interface Row {
  readonly start: number
  readonly files: Uint8Array
}

/** Finds files that are one leaf, or nodes above such, by the start of its hash. What is put is in order of starts. */
export class WholeFileIndex {
  readonly #at: StatementSync
  readonly #end: StatementSync
  readonly #behind: StatementSync
  readonly #insert: StatementSync
  readonly #delete: StatementSync
  readonly #dag: StatementSync
  #isEmpty: boolean

  constructor(db: DatabaseSync, table: 'whole_file_rows' | 'hamt_node_rows') {
    this.#at = db.prepare(`SELECT start, files FROM ${table} WHERE start <= ? ORDER BY start DESC LIMIT 1`)
    this.#end = db.prepare(`SELECT start FROM ${table} WHERE start > ? ORDER BY start LIMIT 1`)
    this.#behind = db.prepare(`SELECT start, files FROM ${table} WHERE start > ? ORDER BY start LIMIT ?`)
    this.#insert = db.prepare(`INSERT OR REPLACE INTO ${table} VALUES (?,?)`)
    this.#delete = db.prepare(`DELETE FROM ${table} WHERE start = ?`)
    this.#dag = db.prepare('SELECT 1 FROM dags WHERE id = ?')
    this.#isEmpty = attempt(() => this.#behind.get(-1, 1)) === undefined
  }

  find(start: number): WholeFile[] {
    if (this.#isEmpty) return []
    const row = this.#rowAt(start)
    return row === undefined ? [] : findInRow(row.start, row.files, start)
  }

  /** Within a transaction. What is in the same rows of DAGs that are gone goes: else a folder that is shared anew all the time makes them grow. */
  put(files: readonly WholeFile[]): void {
    const isThere = this.#thereNow()
    for (let from = 0, to = 0; from < files.length; from = to) {
      const { start } = files[from]!
      const row = this.#rowAt(start)
      const end = this.#endOf(start)
      while (to < files.length && files[to]!.start < end) to++
      const old = row === undefined ? [] : decodeRow(row.start, row.files).filter(isThere)
      const now = inOrder([...old, ...files.slice(from, to)])
      if (row !== undefined && row.start !== now[0]!.start) attempt(() => this.#delete.run(row.start))
      this.#write(now)
    }
  }

  /** Steps that delete what is left of DAGs that are gone, each within a transaction. */
  *sweep(transaction: (body: () => void) => void): Generator<void, void> {
    for (let after = -1; ; ) {
      const rows = this.#rowsBehind(after, rowsPerStep)
      const files = rows.flatMap(row => decodeRow(row.start, row.files))
      const kept = files.filter(this.#thereNow())
      if (kept.length < files.length)
        transaction(() => {
          for (const { start } of rows) attempt(() => this.#delete.run(start))
          this.#write(kept)
        })
      if (rows.length < rowsPerStep) return
      after = rows.at(-1)!.start
      yield
    }
  }

  /** As many rows as they need, with as many in each; those of one start stay together. */
  #write(files: readonly WholeFile[]): void {
    if (files.length === 0) return
    const row = encodeRow(files[0]!.start, files)
    const rows = Math.ceil(row.length / mostBytes)
    if (rows === 1) this.#writeRow(files[0]!.start, row)
    else
      for (const some of inParts(files, Math.ceil(files.length / rows)))
        this.#writeRow(some[0]!.start, encodeRow(some[0]!.start, some))
  }

  #writeRow(start: number, files: Uint8Array): void {
    this.#isEmpty = false
    attempt(() => this.#insert.run(start, files))
  }

  #thereNow(): (file: WholeFile) => boolean {
    const known = new Map<number, boolean>()
    return ({ dag }) => {
      const isThere = known.get(dag) ?? attempt(() => this.#dag.get(dag)) !== undefined
      known.set(dag, isThere)
      return isThere
    }
  }

  #rowAt(start: number): Row | undefined {
    return attempt(() => this.#at.get(start)) as unknown as Row | undefined
  }

  /** Where the next row begins. */
  #endOf(start: number): number {
    return Number(attempt(() => this.#end.get(start))?.start ?? Number.POSITIVE_INFINITY)
  }

  #rowsBehind(start: number, limit: number): Row[] {
    return attempt(() => this.#behind.all(start, limit)) as unknown as Row[]
  }
}

/** Those of one start stay together. */
function* inParts(files: readonly WholeFile[], each: number): Generator<readonly WholeFile[]> {
  for (let from = 0, to = 0; from < files.length; from = to) {
    to = Math.min(from + each, files.length)
    while (to < files.length && files[to]!.start === files[to - 1]!.start) to++
    yield files.slice(from, to)
  }
}

/** Each once, and not too many of the same. */
function inOrder(files: WholeFile[]): WholeFile[] {
  files.sort((a, b) => a.start - b.start || a.dag - b.dag || a.file - b.file)
  let twins = 0
  return files.filter(({ start, dag, file }, i) => {
    const before = files[i - 1]
    const isTwin = before?.start === start && before.dag === dag
    if (isTwin && before.file === file) return false
    twins = isTwin ? twins + 1 : 0
    return twins < mostTwins
  })
}

/** Version 2 had a row for each, and starts from -2^47. Within a transaction. */
export function packWholeFiles(db: DatabaseSync): void {
  db.exec(wholeFileSchema)
  const index = new WholeFileIndex(db, 'whole_file_rows')
  const old = db.prepare(`
    SELECT start + ${2 ** 47} AS start, dag, file, length FROM whole_files WHERE dag IN (SELECT id FROM dags) ORDER BY start, dag, file`)
  let some: WholeFile[] = []
  for (const row of old.iterate()) {
    some.push(row as unknown as WholeFile)
    if (some.length < rowsPerStep * rowsPerStep) continue
    index.put(some)
    some = []
  }
  index.put(some)
  db.exec('DROP TABLE whole_files')
}
