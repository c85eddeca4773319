import fs from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { PeerageError } from '../base/index.ts'

const schemaVersion = 1
const smallEnoughToCheck = 32 * 2 ** 20

const schema = `
  CREATE TABLE contents (
    id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, origin TEXT NOT NULL, base TEXT NOT NULL, target TEXT NOT NULL,
    name TEXT NOT NULL, total_size INTEGER NOT NULL, piece_count INTEGER NOT NULL,
    exact INTEGER NOT NULL, overwrite INTEGER NOT NULL, added_at REAL NOT NULL,
    /* Verified and durable segments; NULL: all of them. */ segments BLOB, segment_count INTEGER NOT NULL,
    /* One byte a file; NULL: all normal. */ priorities BLOB,
    done INTEGER NOT NULL DEFAULT 0, recheck INTEGER NOT NULL DEFAULT 0, alive_at REAL NOT NULL DEFAULT 0);
  CREATE TABLE stamps (content INTEGER NOT NULL, chunk INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (content, chunk)) WITHOUT ROWID;
  CREATE TABLE layers (content INTEGER NOT NULL, file INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (content, file));
  CREATE TABLE state (kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
  CREATE TABLE session (clean INTEGER NOT NULL);
  INSERT INTO session VALUES (1);
  PRAGMA user_version = ${schemaVersion};
`

/**
 * WAL with `synchronous = NORMAL`: a commit costs no flush and survives `kill -9`; after power loss the last commits may
 * be missing, which is safe, as data is durable before the index says so. What is acknowledged as complete is flushed
 * by whoever acknowledges it. Moving the WAL into the database flushes on this thread, so that is rare (32 MiB) and done
 * at closing. The exclusive lock keeps a second process out.
 */
export function openDatabase(path: string): DatabaseSync {
  return openFile(path, schema, schemaVersion)
}

/** The same for a file with other tables; `upgrades` makes one of an older version what the schema says. Throws `index.damaged` or, when another process has it open, `daemon.running`. */
export function openFile(
  path: string,
  schema: string,
  schemaVersion: number,
  upgrades: ReadonlyMap<unknown, (db: DatabaseSync) => void> = new Map(),
): DatabaseSync {
  const isNew = !fs.existsSync(path)
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(path, { timeout: 0 })
    db.exec(
      'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 0; PRAGMA wal_autocheckpoint = 8192',
    )
    const version = db.prepare('PRAGMA user_version').get()?.user_version
    const upgrade = upgrades.get(version)
    if (version === 0 && (isNew || isEmpty(db))) db.exec(`BEGIN; ${schema} COMMIT`)
    else if (upgrade !== undefined) {
      db.exec('BEGIN')
      upgrade(db)
      db.exec(`PRAGMA user_version = ${schemaVersion}; COMMIT`)
    } else if (version !== schemaVersion) throw new Error(`index version ${version} is not known`)
    else if (fs.statSync(path).size <= smallEnoughToCheck) quickCheck(db)
    db.exec('BEGIN IMMEDIATE; COMMIT')
    return db
  } catch (error) {
    try {
      db?.close()
    } catch {
      // The first error says more.
    }
    throw databaseError(error)
  }
}

function isEmpty(db: DatabaseSync): boolean {
  return db.prepare('SELECT count(*) AS n FROM sqlite_master').get()?.n === 0
}

function quickCheck(db: DatabaseSync): void {
  const result = db.prepare('PRAGMA quick_check(1)').get()?.quick_check
  if (result !== 'ok') throw new Error(String(result))
}

/** Runs a statement; what SQLite says against it becomes a `PeerageError`. */
export function attempt<T>(body: () => T): T {
  try {
    return body()
  } catch (error) {
    throw databaseError(error)
  }
}

const busy = 5
const full = 13
const cannotOpen = 14
const readOnly = 8
const ioError = 10

export function databaseError(error: unknown): unknown {
  if (error instanceof PeerageError || error instanceof TypeError) return error
  const code = ((error as { errcode?: number }).errcode ?? 0) & 255
  if (code === busy) return new PeerageError('daemon.running', undefined, { cause: error })
  if (code === full)
    return new PeerageError('store.disk-full', 'The disk with the index is full.', { cause: error })
  if (code === readOnly || code === cannotOpen)
    return new PeerageError('store.read-only', 'The index cannot be written.', { cause: error })
  if (code === ioError)
    return new PeerageError('store.io', 'The disk with the index refused to read or write.', { cause: error })
  return new PeerageError('index.damaged', undefined, { cause: error })
}

/** All of it or nothing; within another one a part of that. Throws as `attempt`, and what `body` throws that is no error of the database. */
export function inTransaction<T>(db: DatabaseSync, body: () => T): T {
  if (db.isTransaction) return body()
  db.exec('BEGIN')
  try {
    const result = body()
    db.exec('COMMIT')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw databaseError(error)
  }
}
