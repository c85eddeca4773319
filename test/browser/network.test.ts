import type { Browser, Locator, Page } from 'playwright-core'
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

function hourOf(page: Page, day: string, hour: number): Locator {
  return page.getByRole('button', { name: new RegExp(`^${day}, ${hour}:00`) })
}

async function isPainted(hour: Locator, mode: string): Promise<void> {
  await expect.poll(() => hour.getAttribute('data-mode'), { timeout: 60_000 }).toBe(mode)
}

/** Monday first, as the daemon has it. */
async function toldWeek(): Promise<readonly string[]> {
  const response = await fetch(`${peer.url}/api/limits/show`, {
    method: 'POST',
    headers: { authorization: `Bearer ${peer.token}`, 'content-type': 'application/json' },
    body: '{}',
  })
  return ((await response.json()) as { week: string[] }).week
}

test('hours of the week are painted by mouse and by keyboard, and hold', async () => {
  const opened = await openPage(browser, peer, '/network')
  const { page } = opened
  await hourOf(page, 'Mon', 8).hover()
  await page.mouse.down()
  for (const hour of [9, 10]) await hourOf(page, 'Mon', hour).hover()
  await page.mouse.up()
  await expect.poll(async () => (await toldWeek())[0], { timeout: 60_000 }).toMatch(/^f{8}sssf{13}$/)

  await page.getByLabel('Paint with').selectOption('Off')
  await hourOf(page, 'Mon', 10).focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Space')
  await expect.poll(async () => (await toldWeek())[1], { timeout: 60_000 }).toMatch(/^f{11}of{12}$/)

  await page.reload()
  for (const hour of [8, 9, 10]) await isPainted(hourOf(page, 'Mon', hour), 'slow')
  await isPainted(hourOf(page, 'Tue', 11), 'off')
  await isPainted(hourOf(page, 'Tue', 10), 'full')
  await expectAccessible(opened)
  expectClean(opened)
  await page.context().close()
})

test('on a phone the network page is not wider than the screen', async () => {
  const opened = await openPage(browser, peer, '/network', {
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
  })
  const { page } = opened
  await hourOf(page, 'Mon', 8).waitFor()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
  await expectAccessible(opened)
  expectClean(opened)
  await page.context().close()
})
