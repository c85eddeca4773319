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

/**
 * The `state` of the store: rows in the database, and beside it HOME/state.log, one JSON line a change, from which the
 * rows are made again when the database is lost (policies and keys cannot be found out from files). When it has grown to
 * `maxBytes`, and to four times what is true now, it is written anew: also in a program that runs for months.
 */
export class StateLog implements KeyValue {
  readonly #db: IndexDatabase
  readonly #home: string
  readonly #path: string
  readonly #maxBytes: number
  /** Undefined when it was closed: the system gives the number to another file then, which a late change must not reach. */
  #fd: number | undefined
  #bytes: number
  /** Length at which it is looked at again. */
  #limit: number

  constructor(db: IndexDatabase, home: string, maxBytes: number) {
    this.#db = db
    this.#home = home
    this.#path = `${home}/state.log`
    this.#limit = this.#maxBytes = maxBytes
    const fd = fs.openSync(this.#path, 'a', 0o600)
    this.#fd = fd
    this.#bytes = fs.fstatSync(fd).size
    // A line that a crash cut off ends here.
    if (this.#bytes > 0) this.#append('\n')
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
    this.#append(`${JSON.stringify([kind, key, value])}\n`)
    this.#db.putState(kind, key, text)
  }

  delete(kind: string, key: string): void {
    this.#append(`${JSON.stringify([kind, key])}\n`)
    this.#db.deleteState(kind, key)
  }

  *entries(kind: string): Iterable<[key: string, value: unknown]> {
    for (const { key, value } of this.#db.stateEntries(kind)) yield [key, JSON.parse(value)]
  }

  close(): void {
    const fd = this.#open
    this.#fd = undefined
    fs.fdatasyncSync(fd)
    fs.closeSync(fd)
  }

  get #open(): number {
    if (this.#fd === undefined) throw new TypeError('the state is closed: whoever writes must have stopped')
    return this.#fd
  }

  /** Room is made before the line is written: until then rows and log say the same. */
  #append(line: string): void {
    if (this.#bytes >= this.#limit) this.#compact()
    this.#bytes += fs.writeSync(this.#open, line)
  }

  /**
   * A crash leaves the old log or the new one, whole: the new one is durable before it gets the name. Where there is no room for
   * it the old one grows on, and another attempt is made later.
   */
  #compact(): void {
    const lines = this.#db
      .stateEntries()
      .map(({ kind, key, value }) => `["${inner(kind)}","${inner(key)}",${value}]\n`)
    const text = lines.join('')
    const bytes = Buffer.byteLength(text)
    this.#limit = this.#bytes + this.#maxBytes
    if (bytes * 4 > this.#bytes) return
    const fresh = this.#replace(text)
    if (fresh === undefined) return
    fs.closeSync(this.#open)
    this.#fd = fresh
    this.#bytes = bytes
    this.#limit = Math.max(this.#maxBytes, bytes * 4)
  }

  /** Answers the new log, open; undefined when the disk refused and nothing changed. */
  #replace(text: string): number | undefined {
    const path = `${this.#path}.new`
    try {
      fs.writeFileSync(path, text, { mode: 0o600, flush: true })
      const fd = fs.openSync(path, 'a', 0o600)
      fs.renameSync(path, this.#path)
      syncFolder(this.#home)
      return fd
    } catch {
      removeQuietly(path)
      return undefined
    }
  }
}

/** What stays is overwritten by the next attempt. */
function removeQuietly(path: string): void {
  try {
    fs.rmSync(path, { force: true })
  } catch {
    // The disk is in trouble, which others tell.
  }
}

/** After power loss the name is that of the new file too. Where folders cannot be flushed the system sees to that. */
function syncFolder(path: string): void {
  try {
    const fd = fs.openSync(path, 'r')
    fs.fsyncSync(fd)
    fs.closeSync(fd)
  } catch {
    // What follows goes to the new file in any case: it has the name now.
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
