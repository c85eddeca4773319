import fs from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { scratchFolder } from '../../test/crash/copy-content.ts'
import { IndexDatabase } from './index-database.ts'
import { StateLog } from './state-log.ts'

const maxBytes = 8192
let home: string

beforeEach(() => {
  home = scratchFolder()
})

afterEach(() => {
  fs.rmSync(home, { recursive: true, force: true })
})

function sizeOfLog(): number {
  return fs.statSync(`${home}/state.log`).size
}

/** What the log alone says. */
function rebuilt(): [string, unknown][] {
  const db = new IndexDatabase(`${home}/other.db`)
  StateLog.rebuild(db, home)
  const entries = db.stateEntries('k').map(({ key, value }): [string, unknown] => [key, JSON.parse(value)])
  db.close()
  return entries
}

it('the log is written anew while it is used, when it is long and mostly history', () => {
  const db = new IndexDatabase(`${home}/index.db`)
  const log = new StateLog(db, home, maxBytes)
  log.put('k', 'kept', 'é "quoted"')
  for (let n = 0; n < 2000; n++) log.put('k', 'changes', { n, text: 'x'.repeat(50) })
  log.delete('k', 'gone')
  expect(sizeOfLog()).toBeLessThan(maxBytes + 200)
  log.close()
  expect(rebuilt()).toEqual([...log.entries('k')])
  expect(rebuilt()).toContainEqual(['kept', 'é "quoted"'])
  db.close()
})

it('a log that is long because there is much to say is left alone', () => {
  const db = new IndexDatabase(`${home}/index.db`)
  const log = new StateLog(db, home, maxBytes)
  const { ino } = fs.statSync(`${home}/state.log`)
  for (let n = 0; n < 500; n++) log.put('k', `key ${n}`, 'x'.repeat(50))
  expect(sizeOfLog()).toBeGreaterThan(maxBytes * 3)
  expect(fs.statSync(`${home}/state.log`).ino).toBe(ino)
  log.close()
  expect(rebuilt()).toHaveLength(500)
  db.close()
})

it('where the new log cannot be made the old one goes on', () => {
  const db = new IndexDatabase(`${home}/index.db`)
  const log = new StateLog(db, home, maxBytes)
  fs.mkdirSync(`${home}/state.log.new/in the way`, { recursive: true })
  for (let n = 0; n < 500; n++) log.put('k', 'changes', { n, text: 'x'.repeat(50) })
  expect(sizeOfLog()).toBeGreaterThan(maxBytes * 3)
  expect(rebuilt()).toEqual([['changes', { n: 499, text: 'x'.repeat(50) }]])
  fs.rmSync(`${home}/state.log.new`, { recursive: true })
  for (let n = 0; n < 500; n++) log.put('k', 'changes', n)
  expect(sizeOfLog()).toBeLessThan(maxBytes * 2)
  log.close()
  db.close()
})

it('a change after the end reaches no other file that got its number', () => {
  const db = new IndexDatabase(`${home}/index.db`)
  const log = new StateLog(db, home, maxBytes)
  log.close()
  const other = `${home}/other`
  const fd = fs.openSync(other, 'a')
  expect(() => log.put('k', 'late', 1)).toThrow('closed')
  expect(() => log.delete('k', 'late')).toThrow('closed')
  fs.closeSync(fd)
  expect(fs.statSync(other).size).toBe(0)
  db.close()
})
