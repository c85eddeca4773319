import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Held by the one process that runs a peer on a home. */
export interface HomeLock {
  release(): void
}

/**
 * Takes the lock of a home, or gives undefined when another process has it. It is SQLite's lock on an empty database: the
 * operating system drops it when its process ends in whatever way, so there is no stale lock after `kill -9`.
 */
export function lockHome(home: string): HomeLock | undefined {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const database = new DatabaseSync(join(home, 'lock'), { timeout: 0 })
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode === sqliteBusy) return undefined
    throw error
  }
  return { release: () => database.close() }
}

/** SQLITE_BUSY, "Result and Error Codes" of SQLite. */
const sqliteBusy = 5
