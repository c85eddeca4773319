import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestDaemon, type TestDaemon } from './daemon.ts'
import { expectAccessible, expectClean, launchBrowser, missedByTab, openPage, reachedByTab } from './page.ts'

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

interface Told {
  readonly week: readonly string[]
  readonly full: { readonly upload: number }
}

/** What the daemon has. */
async function told(): Promise<Told> {
  return (await ask(peer, 'limits.show')) as Told
}

async function ask({ daemon }: TestDaemon, operation: string, input = {}): Promise<unknown> {
  return await daemon.call(operation, input, { signal: new AbortController().signal })
}

test('hours of the week are painted by mouse and by keyboard, and hold', async () => {
  const opened = await openPage(browser, peer, '/network')
  const { page } = opened
  await hourOf(page, 'Mon', 8).hover()
  await page.mouse.down()
  for (const hour of [9, 10]) await hourOf(page, 'Mon', hour).hover()
  await page.mouse.up()
  await expect.poll(async () => (await told()).week[0], { timeout: 60_000 }).toMatch(/^f{8}sssf{13}$/)

  await page.getByLabel('Paint with').selectOption('Off')
  await hourOf(page, 'Mon', 10).focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Space')
  await expect.poll(async () => (await told()).week[1], { timeout: 60_000 }).toMatch(/^f{11}of{12}$/)

  await page.reload()
  for (const hour of [8, 9, 10]) await isPainted(hourOf(page, 'Mon', hour), 'slow')
  await isPainted(hourOf(page, 'Tue', 11), 'off')
  await isPainted(hourOf(page, 'Tue', 10), 'full')
  await expectAccessible(opened)
  expectClean(opened)
  await page.context().close()
})

test('whether others reach this peer is said first, with what helps, in the language of the user', async () => {
  const opened = await openPage(browser, peer, '/network')
  const { page } = opened
  await page.getByRole('heading', { name: 'Only programs on this computer can reach you.' }).waitFor()
  await page.getByRole('button', { name: 'Listen on all networks' }).waitFor()
  await page
    .getByRole('button', { name: /^Copy 127\.0\.0\.1/ })
    .first()
    .waitFor()
  await page.evaluate(() => localStorage.setItem('peerage.language', 'de'))
  await page.reload()
  await page
    .getByRole('heading', { name: 'Nur Programme auf diesem Computer können dich erreichen.' })
    .waitFor()
  await page.getByText('Was angesehen wurde').click()
  const findings = page.getByRole('list', { name: 'Was angesehen wurde' })
  await findings.getByText('Er hat keine Adresse in einem Netz.').waitFor()
  await findings.getByText('Gerade keine; das ist normal, wenn nichts getauscht wird.').waitFor()
  expect(await findings.locator('[lang=en]').count()).toBe(0)
  expectClean(opened)
  await page.context().close()
})

test('who is connected is a picture and a table that follow', async () => {
  const opened = await openPage(browser, peer, '/network')
  const { page } = opened
  await page.getByText('Nobody is connected right now.').waitFor()
  const other = await startTestDaemon()
  const { daemon } = other
  const own = (await ask(peer, 'daemon.status')) as { peerId: string; addresses: string[] }
  await ask(peer, 'contacts.add', { peer: daemon.peer.peerId, name: 'Ann' })
  await ask(other, 'contacts.add', { peer: own.peerId, name: 'Bob', address: own.addresses })
  await ask(other, 'reach.path', { whom: 'Bob' })
  await page.getByRole('rowheader', { name: 'Ann' }).waitFor()
  await page
    .getByRole('img', { name: /^Who is connected by which way/ })
    .getByText('Ann')
    .waitFor()
  await other.close()
  await page.getByText('Nobody is connected right now.').waitFor()
  expectClean(opened)
  await page.context().close()
})

test('services, limits and a proxy are switched, set and tried from the page, by keyboard too', async () => {
  const opened = await openPage(browser, peer, '/network')
  const { page } = opened
  const tracker = page.getByRole('switch', { name: 'BitTorrent tracker' })
  await tracker.focus()
  await page.keyboard.press('Space')
  await page.getByText('Knows 0 peers of 0 contents.').waitFor()
  await page.keyboard.press('Space')
  await page.getByText('Tells others who has what').waitFor()
  await page.getByRole('button', { name: 'Leave room for calls' }).click()
  await expect.poll(async () => (await told()).full.upload, { timeout: 60_000 }).toBe(500_000)
  await page.getByLabel('Upload at most').selectOption('No limit')
  await expect.poll(async () => (await told()).full.upload, { timeout: 60_000 }).toBe(0)
  // Nobody listens on port 1.
  await page.getByLabel('Host').fill('127.0.0.1')
  await page.getByRole('textbox', { name: 'Port' }).fill('1')
  await page.getByRole('button', { name: 'Test it' }).click()
  await page.getByText('does not work').waitFor()
  await page.getByText('Nobody listens there. Is the host right, and the port?').waitFor()
  await reachedByTab(opened)
  // One stop for all hours of the week.
  expect(await missedByTab(opened, '[data-cell]')).toEqual([])
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
