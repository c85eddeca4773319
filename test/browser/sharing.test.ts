import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestDaemon, type TestDaemon } from './daemon.ts'
import { expectAccessible, expectClean, launchBrowser, openPage } from './page.ts'

// Real peers on loopback, and whatever they find of one another they find there.
const flags = { preset: 'open', 'network.lanOnly': true, 'ipfsRouting.bootstrap': [] }
let root: string
let browser: Browser
let anna: TestDaemon
let ben: TestDaemon

beforeAll(async () => {
  root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'peerage-sharing-')))
  browser = await launchBrowser()
  anna = await startTestDaemon(flags)
  ben = await startTestDaemon(flags)
})

afterAll(async () => {
  await browser?.close()
  await anna?.close()
  await ben?.close()
  fs.rmSync(root, { recursive: true, force: true })
})

const fromBrowser = (name: string): string => join(anna.home, 'Downloads', 'Shared from the browser', name)

function file(name: string, text = name): string {
  const path = join(root, name)
  fs.writeFileSync(path, text)
  return path
}

/** Drops files on the page, as the system does. */
async function drop(page: Page, files: Readonly<Record<string, string>>): Promise<void> {
  const data = await page.evaluateHandle(all => {
    const transfer = new DataTransfer()
    for (const [name, text] of Object.entries(all)) transfer.items.add(new File([text], name))
    return transfer
  }, files)
  await page.dispatchEvent('body', 'drop', { dataTransfer: data })
}

test('a file goes from one browser to another by a spoken code', async () => {
  const giving = await openPage(browser, anna, '/share')
  const text = 'sun '.repeat(50_000)
  await giving.page.locator('input[type=file]').setInputFiles(file('holiday.txt', text))
  await giving.page.getByRole('button', { name: 'Send by spoken code' }).click()
  const code = (await giving.page.locator('output').textContent())!
  expect(code).toMatch(/^\d+-[a-z]+-[a-z]+$/)

  const taking = await openPage(browser, ben, '/get')
  await taking.page.getByLabel('Link or spoken code').fill(code.replaceAll('-', ' '))
  await taking.page.getByRole('button', { name: 'Look at it' }).click()
  await taking.page.getByText('holiday.txt').waitFor()
  await expectAccessible(taking)
  await taking.page.getByRole('button', { name: 'Take it' }).click()
  await taking.page.getByText('It is here.').waitFor()
  await giving.page.getByText('It has arrived.').waitFor()
  expect(fs.readFileSync(join(ben.home, 'Downloads', 'holiday.txt'), 'utf8')).toBe(text)
  for (const opened of [giving, taking]) {
    expectClean(opened)
    await opened.page.context().close()
  }
})

test('what is dropped anywhere is shared, and names and dangers are told before anything is fetched', async () => {
  const giving = await openPage(browser, anna, '/')
  const hostile = '<img src=x onerror=alert(1)>.txt'
  await drop(giving.page, { 'photo.jpg.exe': 'x', 'day\u202e1.txt': 'day', [hostile]: 'hostile' })
  await giving.page.getByRole('button', { name: 'Get a link' }).click()
  const link = await giving.page.getByLabel('Link', { exact: true }).inputValue()
  expect(fs.readdirSync(fromBrowser('3 files')).length).toBe(3)
  await expectAccessible(giving)

  const taking = await openPage(browser, ben, `/get?link=${encodeURIComponent(link)}`)
  await taking.page.getByText('Be careful: some of it are programs that pretend').waitFor()
  await taking.page.getByText(hostile).first().waitFor()
  expect(fs.existsSync(join(ben.home, 'Downloads', '3 files'))).toBe(false)
  await expectAccessible(taking)
  await taking.page.getByRole('checkbox', { name: 'photo.jpg.exe' }).uncheck()
  await taking.page.getByRole('button', { name: /^Get 2 files/ }).click()
  await taking.page.waitForURL('**/transfers/**')
  await expect
    .poll(() => fs.existsSync(join(ben.home, 'Downloads', '3 files', hostile)), { timeout: 20_000 })
    .toBe(true)
  expect(fs.existsSync(join(ben.home, 'Downloads', '3 files', 'photo.jpg.exe'))).toBe(false)
  for (const opened of [giving, taking]) {
    expectClean(opened)
    await opened.page.context().close()
  }
})

test('a .torrent that is dropped is opened, and leaves nothing when it is cancelled', async () => {
  const source = join(root, 'Album')
  fs.mkdirSync(source)
  fs.writeFileSync(join(source, 'song.ogg'), 'la la')
  const torrent = join(root, 'album.torrent')
  const signal = new AbortController().signal
  const created = anna.daemon.call('files.create', { path: source, torrent }, { signal })
  for await (const _ of created as AsyncIterable<unknown>);
  const opened = await openPage(browser, ben, '/get')
  await opened.page.locator('input[type=file]').setInputFiles(torrent)
  await opened.page.getByText('song.ogg').first().waitFor()
  await opened.page.getByRole('heading', { name: 'Album' }).waitFor()
  await opened.page.getByRole('button', { name: 'Cancel' }).click()
  await opened.page.getByLabel('Link or spoken code').waitFor()
  await expect.poll(() => fs.readdirSync(join(ben.home, 'opened'))).toEqual([])
  expectClean(opened)
  await opened.page.context().close()
})

test('a folder of the machine is chosen on a phone, shared where it stands, and shared no more', async () => {
  const opened = await openPage(browser, anna, '/share?choose=1', {
    viewport: { width: 390, height: 800 },
    colorScheme: 'dark',
  })
  const { page } = opened
  await page.getByRole('button', { name: 'Up' }).waitFor()
  await expectAccessible(opened)
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  expect(width).toBeLessThanOrEqual(390)
  await page.getByRole('button', { name: 'Close' }).click()
  await page.getByRole('button', { name: 'Stop sharing' }).first().click()
  await page.getByText('It is shared no more.').waitFor()
  expectClean(opened)
  await page.context().close()
})

test('a link that is none is told so in words', async () => {
  const opened = await openPage(browser, ben, '/get?link=nonsense')
  await opened.page.getByText('A link starts with magnet:, peerage:').waitFor()
  await expectAccessible(opened)
  await opened.page.context().close()
})
