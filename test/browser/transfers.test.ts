import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestDaemon, type TestDaemon } from './daemon.ts'
import { expectAccessible, expectClean, launchBrowser, openPage, screenshot } from './page.ts'

const flags = { preset: 'open', 'network.lanOnly': true, 'ipfsRouting.bootstrap': [] }
let root: string
let browser: Browser
let anna: TestDaemon

beforeAll(async () => {
  root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'peerage-transfers-')))
  browser = await launchBrowser()
  anna = await startTestDaemon(flags)
})

afterAll(async () => {
  await browser?.close()
  await anna?.close()
  fs.rmSync(root, { recursive: true, force: true })
})

/** Asks the daemon, as the page does. */
async function ask(name: string, input: object): Promise<string> {
  const response = await fetch(`${anna.url}/api/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${anna.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  })
  return response.text()
}

async function share(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(root, name)
  fs.writeFileSync(path, bytes)
  await ask('files/share', { path })
  return path
}

test('a transfer is paused and resumed, removed and taken back, and all of it can be looked at', async () => {
  const path = await share('summer.txt', 'sun '.repeat(100_000))
  await share('<img src=x onerror="globalThis.hit = 1">.txt', 'x')
  const open = await openPage(browser, anna, '/transfers')
  const { page } = open
  const row = page.getByRole('row', { name: /summer\.txt/ })
  await row.getByText('Sharing').waitFor()
  await page.getByText('<img src=x onerror="globalThis.hit = 1">.txt').first().waitFor()
  expect(await page.evaluate(() => (globalThis as { hit?: number }).hit)).toBeUndefined()
  await expectAccessible(open)

  await row.getByRole('button', { name: 'Actions for summer.txt' }).click()
  await page.getByRole('menuitem', { name: 'Pause' }).click()
  await row.getByText('Paused').waitFor()
  await row.getByRole('button', { name: 'Actions for summer.txt' }).click()
  await page.getByRole('menuitem', { name: 'Resume' }).click()
  await row.getByText('Sharing').waitFor()

  await row.click()
  const panel = page.getByRole('region', { name: 'Details' })
  await panel.getByRole('tab', { name: 'Files' }).click()
  await panel.getByRole('table', { name: 'Files' }).getByText('summer.txt').waitFor()
  await panel.getByRole('tab', { name: 'Pieces' }).click()
  await panel.getByText(/pieces of .* are here/).waitFor()
  await expectAccessible(open)
  await screenshot(open, 'transfers')
  for (const name of ['Sources', 'Trackers and DHT', 'Speed', 'Log', 'Overview'])
    await panel.getByRole('tab', { name }).click()
  await panel.getByText('Info hash').waitFor()
  await panel.getByRole('button', { name: 'All transfers' }).click()

  await row.getByRole('button', { name: 'Actions for summer.txt' }).click()
  await page.getByRole('menuitem', { name: 'Remove from the list' }).click()
  await row.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Undo' }).click()
  await row.getByText('Sharing').waitFor()
  expect(fs.existsSync(path)).toBe(true)

  await row.getByRole('checkbox').click()
  await page.getByRole('toolbar').getByRole('button', { name: 'Remove from the list' }).click()
  await row.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Close' }).click()
  await expect.poll(() => ask('files/list', {}), { timeout: 30_000 }).not.toContain('summer.txt')
  expect(fs.existsSync(path)).toBe(true)
  expectClean(open)
})

/** A tone of ten seconds as WAV: 8,000 samples of 8 bits a second. */
function tone(): Uint8Array {
  const length = 80_000
  const bytes = Buffer.alloc(44 + length, 128)
  bytes.write('RIFF', 0)
  bytes.writeUInt32LE(36 + length, 4)
  bytes.write('WAVEfmt ', 8)
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(8_000, 24)
  bytes.writeUInt32LE(8_000, 28)
  bytes.writeUInt16LE(1, 32)
  bytes.writeUInt16LE(8, 34)
  bytes.write('data', 36)
  bytes.writeUInt32LE(length, 40)
  return bytes
}

test('the library plays what is here, and looks right on a phone', async () => {
  await share('tone.wav', tone())
  await share('notes.txt', 'notes')
  const open = await openPage(browser, anna, '/library', { viewport: { width: 360, height: 740 } })
  const { page } = open
  await page.getByText('tone.wav').first().waitFor()
  await page.getByText('notes.txt').first().waitFor()
  await page.getByLabel('Kind', { exact: true }).selectOption('audio')
  await page.getByText('notes.txt').first().waitFor({ state: 'detached' })
  await expectAccessible(open)
  await page.getByRole('row', { name: /tone\.wav/ }).click()
  const seconds = await page.locator('audio').evaluate(async (audio: HTMLAudioElement) => {
    if (audio.readyState < 1) await new Promise(done => audio.addEventListener('loadedmetadata', done))
    audio.currentTime = 7
    await new Promise(done => audio.addEventListener('seeked', done))
    return [audio.duration, audio.currentTime >= 7]
  })
  expect(seconds).toEqual([10, true])
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
  expectClean(open)
})
