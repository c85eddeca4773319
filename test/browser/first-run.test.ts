import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestDaemon, type TestDaemon } from './daemon.ts'
import { expectAccessible, expectClean, launchBrowser, openPage } from './page.ts'

let browser: Browser
let peer: TestDaemon

beforeAll(async () => {
  browser = await launchBrowser()
  peer = await startTestDaemon()
})

afterAll(async () => {
  await browser?.close()
  await peer?.close()
})

test('a new user says a name and is greeted by it', async () => {
  const opened = await openPage(browser, peer, '/welcome')
  const { page } = opened
  await page.getByLabel('What is your name?').fill('Anna')
  await page.getByText(join(peer.home, 'Downloads').slice(0, -'Downloads'.length)).waitFor()
  await expectAccessible(opened)
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  await page.getByRole('heading', { name: 'Hello, Anna' }).waitFor()
  const { name, isFirst } = (await peer.daemon.call(
    'setup.show',
    {},
    { signal: new AbortController().signal },
  )) as { name: string; isFirst: boolean }
  expect({ name, isFirst }).toEqual({ name: 'Anna', isFirst: false })
  expectClean(opened)
  await page.context().close()
})

test('on a phone, in the dark and in German it is the same', async () => {
  const options = { locale: 'de', colorScheme: 'dark', viewport: { width: 390, height: 800 } } as const
  const opened = await openPage(browser, peer, '/welcome', options)
  await opened.page.getByRole('heading', { name: 'Willkommen bei Peerage' }).waitFor()
  const width = await opened.page.evaluate(() => document.documentElement.scrollWidth)
  expect(width).toBeLessThanOrEqual(390)
  await opened.page.context().close()
})
