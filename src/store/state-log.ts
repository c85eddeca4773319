import fs from 'node:fs'
import type { IndexDatabase } from './index-database.ts'

/** Values of upper rooms by kind and key, as JSON, in the index database. */
export interface KeyValue {
  /** The value, or undefined. */
  get(kind: string, key: string): unknown
  /** `value` is anything that JSON can say. */
  put(kind: string, key: string, value: unknown): void
  delete(kind: string, key: string): void
  /** Sorted by key. */
  entries(kind: string): Iterable<[key: string, value: unknown]>
}

const wasteBytes = 2 ** 20

/**
 * The `state` of the store: rows in the database, and beside it HOME/state.log, one JSON line a change, from which the
 * rows are made again when the database is lost (policies and keys cannot be found out from files). Rewritten at
 * opening when most of it is history.
 */
export class StateLog implements KeyValue {
  readonly #db: IndexDatabase
  readonly #path: string
  readonly #fd: number

  constructor(db: IndexDatabase, home: string) {
    this.#db = db
    this.#path = `${home}/state.log`
    if ((fs.statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0) > wasteBytes) this.#compact()
    this.#fd = fs.openSync(this.#path, 'a', 0o600)
    // A line that a crash cut off ends here.
    if (fs.fstatSync(this.#fd).size > 0) fs.writeSync(this.#fd, '\n')
  }

  /** Fills an empty database from the log. */
  static rebuild(db: IndexDatabase, home: string): void {
    const text = fs.existsSync(`${home}/state.log`) ? fs.readFileSync(`${home}/state.log`, 'utf8') : ''
    db.transaction(() => {
      for (const line of text.split('\n')) replay(db, line)
    })
  }

  get(kind: string, key: string): unknown {
    const value = this.#db.getState(kind, key)
    return value === undefined ? undefined : JSON.parse(value)
  }

  put(kind: string, key: string, value: unknown): void {
    const text = JSON.stringify(value)
    if (text === undefined) throw new TypeError('not a JSON value')
    fs.writeSync(this.#fd, `${JSON.stringify([kind, key, value])}\n`)
    this.#db.putState(kind, key, text)
  }

  delete(kind: string, key: string): void {
    fs.writeSync(this.#fd, `${JSON.stringify([kind, key])}\n`)
    this.#db.deleteState(kind, key)
  }

  *entries(kind: string): Iterable<[key: string, value: unknown]> {
    for (const { key, value } of this.#db.stateEntries(kind)) yield [key, JSON.parse(value)]
  }

  close(): void {
    fs.fdatasyncSync(this.#fd)
    fs.closeSync(this.#fd)
  }

  #compact(): void {
    const lines = this.#db
      .stateEntries()
      .map(({ kind, key, value }) => `["${inner(kind)}","${inner(key)}",${value}]\n`)
    const text = lines.join('')
    const size = fs.statSync(this.#path).size
    if (Buffer.byteLength(text) * 4 > size) return
    fs.writeFileSync(`${this.#path}.new`, text, { mode: 0o600, flush: true })
    fs.renameSync(`${this.#path}.new`, this.#path)
  }
}

/** JSON of a text without its quotes. */
function inner(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function replay(db: IndexDatabase, line: string): void {
  if (line === '') return
  try {
    const [kind, key, ...value] = JSON.parse(line) as [string, string, unknown?]
    if (typeof kind !== 'string' || typeof key !== 'string') return
    if (value.length === 0) db.deleteState(kind, key)
    else db.putState(kind, key, JSON.stringify(value[0]))
  } catch {
    // Half a line: the change before a crash that never came to be.
  }
}
