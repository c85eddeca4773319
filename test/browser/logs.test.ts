import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestDaemon, type TestDaemon } from './daemon.ts'
import { expectAccessible, expectClean, launchBrowser, openPage } from './page.ts'

let browser: Browser
let peer: TestDaemon

beforeAll(async () => {
  browser = await launchBrowser()
  peer = await startTestDaemon({ 'daemon.logLevel': 'debug' })
})

afterAll(async () => {
  await browser?.close()
  await peer?.close()
})

test('the log grows under the eyes; it is filtered, searched, held and taken along, with thousands of entries', async () => {
  const { log } = peer.daemon
  for (let i = 0; i < 3_000; i++) log.debug({ room: 'noise', i }, `drop ${i}`)
  const opened = await openPage(browser, peer, '/logs')
  const { page } = opened
  const rows = page.getByRole('table', { name: 'Log' }).getByRole('row')
  await rows.filter({ hasText: 'drop 2999' }).waitFor()
  expect(await rows.count()).toBeLessThan(100)
  expect(
    Number(await page.getByRole('table', { name: 'Log' }).getAttribute('aria-rowcount')),
  ).toBeGreaterThan(3_000)

  await page.getByLabel('At least').selectOption('warn')
  log.warn({ room: 'test', name: '<img src=x onerror=alert(1)>' }, 'a <b>bold</b> warning\u202e')
  await rows.filter({ hasText: 'a <b>bold</b> warning' }).click()
  await page.getByText('onerror=alert(1)').last().waitFor()
  await page.getByRole('button', { name: 'Close' }).click()
  expect(await rows.filter({ hasText: 'drop' }).count()).toBe(0)

  await page.getByRole('button', { name: 'Pause' }).click()
  log.error({ room: 'test' }, 'while it is held')
  await page.getByText('1 new').waitFor()
  expect(await rows.filter({ hasText: 'while it is held' }).count()).toBe(0)
  await page.getByRole('button', { name: 'Go on' }).click()
  await rows.filter({ hasText: 'while it is held' }).waitFor()

  await page.getByLabel('At least').selectOption('debug')
  await page.getByRole('combobox', { name: 'Part' }).selectOption('noise')
  await page.getByRole('searchbox').fill('drop 17')
  const fitting = Array.from({ length: 3_000 }, (_, i) => `drop ${i}`).filter(text => text.includes('17'))
  await page.getByText(new RegExp(`^${fitting.length} of `)).waitFor()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save as a file' }).click(),
  ])
  const lines = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\n')
  expect(lines).toHaveLength(fitting.length)
  expect(lines[0]).toMatch(/^\d{4}-.*Z debug noise drop 17 \{"i":17\}$/)
  await expectAccessible(opened)
  expectClean(opened)
  await page.context().close()
})
