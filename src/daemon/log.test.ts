import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLog, withoutSecrets } from './log.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'peerage-log-'))
})
afterEach(() => rmSync(home, { recursive: true }))

test('entries are lines of JSON of the asked level, without secrets', async () => {
  const { log, close } = openLog(home, {
    logLevel: 'info',
    maxLogBytes: 1e6,
    keptLogs: 1,
    shownLogEntries: 100,
  })
  log.debug('not this')
  log.info({ link: 'peerage:abc?n=x&s=AAAABBBBCCCC&o=12D3', token: 'ab'.repeat(32) }, 'shared')
  log.error({ error: new Error(`Bearer ${'cd'.repeat(32)} was refused`) })
  close()
  const path = join(home, 'log/peerage.log')
  await expect.poll(() => readFileSync(path, 'utf8').trim().split('\n').length).toBe(2)
  const text = readFileSync(path, 'utf8')
  expect(
    text
      .trim()
      .split('\n')
      .map(line => (JSON.parse(line) as { level: number }).level),
  ).toEqual([30, 50])
  expect(text).toContain('o=12D3')
  for (const secret of ['AAAABBBB', 'abab', 'cdcd']) expect(text).not.toContain(secret)
})

test('a log that has grown is begun anew, and only so many are kept', async () => {
  const { log, close } = openLog(home, {
    logLevel: 'info',
    maxLogBytes: 2000,
    keptLogs: 2,
    shownLogEntries: 100,
  })
  for (let i = 0; i < 200; i++) {
    log.info({ i }, 'x'.repeat(50))
    if (i % 10 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  close()
  const folder = join(home, 'log')
  await expect
    .poll(() => readdirSync(folder).sort())
    .toEqual(['peerage.log', 'peerage.log.1', 'peerage.log.2'])
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).size).toBeLessThan(2500)
})

test('a secret in a link is taken out wherever it stands', () => {
  expect(withoutSecrets('get peerage:x?s=Zm9v-_8&n=a failed')).toBe('get peerage:x?s=***&n=a failed')
})
