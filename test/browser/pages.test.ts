import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ticketOf } from './chromium.ts'
import { startTestDaemon, type TestDaemon } from './daemon.ts'
import {
  expectAccessible,
  expectClean,
  expectFits,
  launchBrowser,
  missedByTab,
  openPage,
  phone,
  reachedByTab,
  screenshot,
} from './page.ts'

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

const pages = [
  '',
  'transfers',
  'share',
  'get',
  'library',
  'people',
  'network',
  'ipfs',
  'ipfs/kept',
  'ipfs/names',
  'ipfs/gateway',
  'settings',
  'logs',
  'about',
  'welcome',
]

/** The settings alone have hundreds of stops. */
const walkTimeoutMs = 180_000

test.each(pages)(
  '/%s is clean, accessible and reached by keyboard',
  { timeout: walkTimeoutMs },
  async path => {
    const opened = await openPage(browser, peer, `/${path}`)
    if (!path.includes('/')) await screenshot(opened, path === '' ? 'home' : path)
    expect((await reachedByTab(opened)).length).toBeGreaterThan(5)
    expect(await missedByTab(opened)).toEqual([])
    await expectAccessible(opened)
    expectClean(opened)
    await opened.page.context().close()
  },
)

test.each(pages)('/%s on a phone and in German is accessible in both themes, and fits', async path => {
  const opened = await openPage(browser, peer, `/${path}`, { ...phone, locale: 'de' })
  expect(await opened.page.title()).toMatch(/^\S.* · Peerage$/)
  expect(await opened.page.evaluate(() => document.documentElement.lang)).toBe('de')
  await expectAccessible(opened)
  await expectFits(opened)
  expectClean(opened)
  await opened.page.context().close()
})

test('the policy lets no inline script run and nothing go to another place, and both would be noticed', async () => {
  const opened = await openPage(browser, peer)
  const { page, faults } = opened
  expectClean(opened)
  const ran = await page.evaluate(async () => {
    const script = document.createElement('script')
    script.textContent = 'globalThis.hit = true'
    document.body.append(script)
    const sent = await fetch('http://127.0.0.1:9/').then(
      () => true,
      () => false,
    )
    return ['hit' in globalThis, sent]
  })
  expect(ran).toEqual([false, false])
  await expect.poll(() => faults.some(one => /script-src|inline script/i.test(one))).toBe(true)
  await expect.poll(() => faults.some(one => /connect-src|violates/i.test(one))).toBe(true)
  await page.context().close()
})

test('the keyboard skips to the content, and a dialog gives the focus back', async () => {
  const opened = await openPage(browser, peer, '/people')
  const { page } = opened
  const focused = (): Promise<string | undefined> =>
    page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent || '')
  await page.keyboard.press('Tab')
  expect(await focused()).toBe('Skip to the content')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.activeElement?.id === 'main')
  await page.getByRole('link', { name: 'People' }).focus()
  await page.keyboard.press('?')
  await page.getByRole('dialog').waitFor()
  expect(await page.evaluate(() => document.activeElement?.closest('dialog') !== null)).toBe(true)
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.waitForFunction(() => document.activeElement?.textContent === 'People')
  await page.context().close()
})

test('without a key it asks for one, and a wrong one opens nothing', async () => {
  const context = await browser.newContext({ locale: 'en' })
  const page = await context.newPage()
  await page.goto(peer.url)
  await page.getByLabel('Address or key').fill('nonsense')
  await page.getByRole('button', { name: 'Open' }).click()
  await page.getByRole('alert').waitFor()
  await page.getByLabel('Address or key').fill(peer.token)
  await page.getByRole('button', { name: 'Open' }).click()
  await page.getByRole('navigation').waitFor()
  await context.close()
})

test('the ticket in an address opens the page once, leaves no trace, and is pasted as well', async () => {
  const address = async (): Promise<string> => `${peer.url}/people#ticket=${await ticketOf(peer)}`
  const first = await address()
  const context = await browser.newContext({ locale: 'en' })
  const page = await context.newPage()
  await page.goto(first)
  await page.getByRole('navigation').waitFor()
  expect(page.url()).toBe(`${peer.url}/people`)
  await page.reload()
  await page.getByRole('navigation').waitFor()
  await context.close()

  const other = await browser.newContext({ locale: 'en' })
  const late = await other.newPage()
  await late.goto(first)
  await late.getByRole('alert').getByText('This address was used already').waitFor()
  await late.getByLabel('Address or key').fill(first)
  await late.getByRole('button', { name: 'Open' }).click()
  await late
    .getByRole('textbox', { name: 'Address or key' })
    .and(late.locator(':invalid, [aria-invalid="true"]'))
    .waitFor()
  await late.getByLabel('Address or key').fill(await address())
  await late.getByRole('button', { name: 'Open' }).click()
  await late.getByRole('navigation').waitFor()
  await other.close()
})

test('a second tab borrows the key of the first', async () => {
  const { page } = await openPage(browser, peer)
  const second = await page.context().newPage()
  await second.goto(`${peer.url}/people`)
  await second.getByRole('navigation').waitFor()
  await page.context().close()
})

test('a daemon that goes away is said, and gone on with when it is back', async () => {
  let own = await startTestDaemon()
  const { page } = await openPage(browser, own)
  await own.stop()
  await page.getByText('Peerage does not answer.').waitFor()
  own = await own.restart()
  await page.getByText('Peerage does not answer.').waitFor({ state: 'detached' })
  await page.context().close()
  await own.close()
})

test('Ctrl+K finds a page, ? shows the keys, and both are accessible', async () => {
  const opened = await openPage(browser, peer)
  const { page } = opened
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('netw')
  await page.getByRole('option', { name: 'Network' }).waitFor()
  await expectAccessible(opened)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Network' }).waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  await expectAccessible(opened)
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expectClean(opened)
  await page.context().close()
})

test('on a phone the navigation is below, and nothing is wider than the screen', async () => {
  const opened = await openPage(browser, peer, '/', {
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
  })
  await screenshot(opened, 'phone')
  const { page } = opened
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'People' }).click()
  await page.getByRole('heading', { level: 1, name: 'People' }).waitFor()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
  expectClean(opened)
  await page.context().close()
})

test('the script of the first load stays below 200 KB', () => {
  const dist = join(import.meta.dirname, '../../web/dist')
  const index = readFileSync(join(dist, 'index.html'), 'utf8')
  const first = readdirSync(join(dist, 'assets')).filter(name => name.endsWith('.js') && index.includes(name))
  const bytes = first.reduce(
    (sum, name) => sum + gzipSync(readFileSync(join(dist, 'assets', name))).length,
    0,
  )
  console.log(`first load: ${(bytes / 1024).toFixed(1)} KB of script (gzip) in ${first.length} files`)
  expect(first.length).toBeGreaterThan(0)
  expect(bytes).toBeLessThan(200 * 1024)
})
