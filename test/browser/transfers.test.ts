import fs from 'node:fs'
import { dirname, join } from 'node:path'
import type { Locator } from 'playwright-core'
import { expect, test } from 'vitest'
import { film, picture, sound } from './media-files.ts'
import { expectAccessible, expectClean, missedByTab, reachedByTab, screenshot, stage } from './page.ts'

const flags = { preset: 'open', 'network.lanOnly': true, 'ipfsRouting.bootstrap': [] }
const patient = { timeout: 30_000 }
const phone = { viewport: { width: 390, height: 800 }, hasTouch: true }
const scene = stage({ anna: { ...flags, 'files.maxActiveDownloads': 1 }, ben: flags })
const { peers } = scene
type Name = keyof typeof peers

/** Runs an operation of the daemon; of a stream the last value. */
async function ask<T>(peer: Name, name: string, input: object): Promise<T> {
  const answer = peers[peer].daemon.call(name, input, { signal: new AbortController().signal })
  if (answer instanceof Promise) return (await answer) as T
  let last: unknown
  for await (const value of answer as AsyncIterable<unknown>) last = value
  return last as T
}

function write(name: string, bytes: Uint8Array | string): void {
  const path = join(scene.root, name)
  fs.mkdirSync(dirname(path), { recursive: true })
  fs.writeFileSync(path, bytes)
}

interface Shared {
  readonly link: string
  readonly infoHash: string
}

async function share(peer: Name, name: string, bytes?: Uint8Array | string): Promise<Shared> {
  if (bytes !== undefined) write(name, bytes)
  return ask(peer, 'files.share', { path: join(scene.root, name) })
}

/** The names of the rows from top to bottom, which stand in their first cell with text. */
async function namesIn(table: Locator): Promise<readonly string[]> {
  const rows = await table
    .locator('[data-index]')
    .evaluateAll(all =>
      all.map(
        row => [Number(row.getAttribute('data-index')), row.querySelector('bdi')?.textContent ?? ''] as const,
      ),
    )
  return rows.sort(([a], [b]) => a - b).map(([, name]) => name)
}

test('a transfer is paused and resumed, removed and taken back, and all of it can be looked at', async () => {
  await share('anna', 'Summer in Lisbon.txt', 'sun '.repeat(100_000))
  await share('anna', '<img src=x onerror="globalThis.hit = 1">.txt', 'x')
  const open = await scene.open('anna', '/transfers')
  const { page } = open
  const row = page.getByRole('row', { name: /Summer in Lisbon/ })
  await row.getByText('Sharing').waitFor()
  await page.getByText('<img src=x onerror="globalThis.hit = 1">.txt').first().waitFor()
  expect(await page.evaluate(() => (globalThis as { hit?: number }).hit)).toBeUndefined()
  await expectAccessible(open)
  await reachedByTab(open)
  expect(await missedByTab(open)).toEqual([])

  await row.getByRole('button', { name: 'Actions for Summer in Lisbon.txt' }).click()
  await page.getByRole('menuitem', { name: 'Pause' }).click()
  await row.getByText('Paused').waitFor()
  await page.getByRole('radio', { name: /^Paused/ }).check({ force: true })
  await page.getByText('<img src=x').first().waitFor({ state: 'detached' })
  await page.getByRole('radio', { name: /^All/ }).check({ force: true })
  await row.getByRole('button', { name: 'Actions for Summer in Lisbon.txt' }).click()
  await page.getByRole('menuitem', { name: 'Resume' }).click()
  await row.getByText('Sharing').waitFor()

  await row.click()
  const panel = page.getByRole('region', { name: 'Details' })
  await panel.getByRole('tab', { name: 'Files' }).click()
  await panel.getByRole('treegrid', { name: 'Files' }).getByText('Summer in Lisbon.txt').waitFor()
  await panel.getByRole('tab', { name: 'Pieces' }).click()
  await panel.getByText(/pieces of .* are here/).waitFor()
  await expectAccessible(open)
  for (const name of ['Sources', 'Trackers and DHT', 'Speed', 'Log', 'Overview'])
    await panel.getByRole('tab', { name }).click()
  await panel.getByText('Info hash').waitFor()
  await panel.getByRole('button', { name: 'All transfers' }).click()

  await row.getByRole('button', { name: 'Actions for Summer in Lisbon.txt' }).click()
  await page.getByRole('menuitem', { name: 'Remove from the list' }).click()
  await row.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Undo' }).click()
  await row.getByText('Sharing').waitFor()

  const { cid } = await ask<{ cid: string }>('anna', 'files.share', {
    path: join(scene.root, 'Summer in Lisbon.txt'),
    on: 'ipfs,private',
  })
  await ask('anna', 'pins.pin', { cid, name: 'lisbon' })
  await row.getByRole('checkbox').click()
  await page.getByRole('toolbar').getByRole('button', { name: 'Remove from the list' }).click()
  await row.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Close' }).click()
  const names = async (): Promise<string> => JSON.stringify(await ask('anna', 'files.list', {}))
  await expect.poll(names, patient).not.toContain('Summer')
  await page.getByText('Not whole any more without these files: the pin “lisbon”.').waitFor()
  expect(fs.existsSync(join(scene.root, 'Summer in Lisbon.txt'))).toBe(true)
  await ask('anna', 'files.remove', { content: '<img src=x onerror="globalThis.hit = 1">.txt' })
  expectClean(open)
  await page.context().close()
})

test('files are chosen in their tree, and one plays from its end while the middle is not here', async () => {
  const seconds = 7_500
  write('Choir concert/Evening/whole evening.wav', sound(seconds))
  write('Choir concert/Evening/programme.txt', 'First part\n<script>globalThis.hit = 1</script>\n')
  write('Choir concert/Rehearsal/notes.txt', 'Second verse softer.\n')
  const { link, infoHash } = await share('ben', 'Choir concert')
  // Half of it takes longer than this test may.
  await ask('ben', 'files.set', { content: infoHash, up: 250_000 })
  await ask('anna', 'files.get', { link, background: true })
  const open = await scene.open('anna', `/transfers/${infoHash}`)
  const { page } = open
  const panel = page.getByRole('region', { name: 'Details' })
  await panel.getByRole('tab', { name: 'Files' }).click()
  const files = panel.getByRole('treegrid', { name: 'Files' })

  await files
    .getByRole('row', { name: /Rehearsal/ })
    .getByRole('checkbox')
    .click()
  await files
    .getByRole('row', { name: /notes\.txt/ })
    .getByText('Not wanted')
    .waitFor()
  await files.getByRole('button', { name: 'Actions for programme.txt' }).click()
  await page.getByRole('menuitem', { name: 'First', exact: true }).click()
  await files
    .getByRole('row', { name: /programme\.txt/ })
    .getByText('First')
    .waitFor()
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
  await expect.poll(focused, patient).toBe('Actions for programme.txt')
  await files.getByRole('row', { name: /Rehearsal/ }).focus()
  await page.keyboard.press('ArrowLeft')
  await files.getByText('notes.txt', { exact: true }).waitFor({ state: 'detached' })
  await page.keyboard.press('ArrowRight')
  await files.getByText('notes.txt', { exact: true }).waitFor()
  await expectAccessible(open)

  await files.getByRole('button', { name: 'Open whole evening.wav here' }).click()
  const played = await page.locator('audio').evaluate(async (audio: HTMLAudioElement) => {
    const happened = (type: string) => new Promise(done => audio.addEventListener(type, done, { once: true }))
    if (audio.readyState < 1) await happened('loadedmetadata')
    audio.currentTime = audio.duration - 100
    await happened('seeked')
    await audio.play()
    while (audio.currentTime < audio.duration - 99.5) await happened('timeupdate')
    return audio.duration
  })
  expect(played).toBe(seconds)
  const map = await ask<{ have: number; pieces: number }>('anna', 'files.pieces', { content: infoHash })
  expect(map.have).toBeLessThan(map.pieces / 2)
  await page.keyboard.press('Escape')

  await expect
    .poll(async () => files.getByRole('row', { name: /programme\.txt/ }).textContent(), patient)
    .toContain('100')
  await files.getByRole('row', { name: /programme\.txt/ }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByText('First part').waitFor()
  expect(await page.evaluate(() => (globalThis as { hit?: number }).hit)).toBeUndefined()
  await page.keyboard.press('Escape')
  await panel.getByRole('tab', { name: 'Sources' }).click()
  await panel.getByRole('table', { name: 'Sources' }).getByText('People').waitFor()
  await panel.getByRole('tab', { name: 'Pieces' }).click()
  await page.emulateMedia({ colorScheme: 'light' })
  await screenshot(open, 'transfers')
  await panel.getByRole('tab', { name: 'Files' }).click()
  await screenshot(open, 'transfer-files')
  expectClean(open)
  await page.context().close()
})

test('the queue is ordered by keyboard and by mouse', async () => {
  for (const [at, name] of ['Atlas of birds', 'Bells of Ghent', 'Cello suites'].entries()) {
    const link = `magnet:?xt=urn:btih:${String(at + 1).repeat(40)}&dn=${encodeURIComponent(name)}`
    await ask('anna', 'files.get', { link, background: true })
  }
  const open = await scene.open('anna', '/transfers')
  const { page } = open
  const table = page.getByRole('table', { name: 'Transfers' })
  await table.getByText('Cello suites').waitFor()
  await page.getByRole('button', { name: 'Queue' }).click()
  const order = async (): Promise<string> =>
    (await namesIn(table)).flatMap(name => /^(Atlas|Bells|Cello|Choir)/.exec(name)?.[0] ?? []).join()
  await expect.poll(order, patient).toBe('Choir,Atlas,Bells,Cello')
  await table.getByRole('row', { name: /Cello/ }).focus()
  await page.keyboard.press('Alt+ArrowUp')
  await expect.poll(order, patient).toBe('Choir,Atlas,Cello,Bells')
  await page.keyboard.press('Alt+Home')
  await expect.poll(order, patient).toBe('Cello,Choir,Atlas,Bells')
  await table.getByRole('row', { name: /Bells/ }).dragTo(table.getByRole('row', { name: /Choir/ }))
  await expect.poll(order, patient).toBe('Cello,Bells,Choir,Atlas')
  await page.getByRole('button', { name: 'Actions for Cello suites' }).click()
  await page.getByRole('menuitem', { name: 'To the end of the queue' }).click()
  await expect.poll(order, patient).toBe('Bells,Choir,Atlas,Cello')
  await expectAccessible(open)
  expectClean(open)
  await page.context().close()
})

test('the library shows what is here by kind, with pictures and subtitles, and runs nothing of it', async () => {
  const open = await scene.open('anna', '/library')
  const { page } = open
  write('Lisbon/film.webm', await film(page))
  write('Lisbon/film.en.srt', '1\n00:00:00,000 --> 00:00:00,900\nHello <b>there</b>\n')
  for (const hue of [1, 2, 3, 4, 5]) write(`Lisbon/Day ${hue}.png`, picture(hue))
  write('Lisbon/song.wav', sound(10))
  write('Lisbon/Thesis.pdf', '%PDF-1.4')
  await share('anna', 'Lisbon')
  const tiles = page.getByRole('grid', { name: 'Files' })
  await expect.poll(() => tiles.locator('canvas').count(), patient).toBe(5)
  await expectAccessible(open)
  await page.emulateMedia({ colorScheme: 'light' })
  await screenshot(open, 'library')
  await share('anna', 'page.html', '<script>globalThis.hit = 1</script>')
  await share('anna', 'logo.svg', '<svg xmlns="http://www.w3.org/2000/svg" onload="globalThis.hit = 1"/>')

  await tiles.getByRole('button', { name: /^film\.webm/ }).focus()
  await page.keyboard.press('Enter')
  const film1 = page.locator('video')
  const cue = () =>
    film1.evaluate((video: HTMLVideoElement) => {
      const track = video.textTracks[0]
      if (track !== undefined) track.mode = 'showing'
      return (track?.cues?.[0] as VTTCue | undefined)?.text
    })
  await expect.poll(cue, patient).toBe('Hello <b>there</b>')
  await expectAccessible(open)
  await page.keyboard.press('Escape')

  for (const name of ['page.html', 'logo.svg']) {
    await tiles.getByRole('button', { name: new RegExp(`^${name}`) }).click()
    const link = page.getByRole('dialog').getByRole('link', { name: 'Save a copy' })
    const url = (await link.getAttribute('href'))!
    const { headers } = await fetch(new URL(url.replace('?save', ''), peers.anna.url))
    expect(headers.get('content-disposition')).toMatch(/^attachment/)
    expect(headers.get('content-security-policy')).toContain('sandbox')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    await page.keyboard.press('Escape')
  }
  expect(await page.evaluate(() => (globalThis as { hit?: number }).hit)).toBeUndefined()

  await page.getByRole('radio', { name: 'List' }).check({ force: true })
  await page.getByRole('radio', { name: /^Music/ }).check({ force: true })
  const rows = page.getByRole('table', { name: 'Files' })
  await rows.getByText('song.wav').waitFor()
  await rows.getByText('Thesis.pdf').waitFor({ state: 'detached' })
  await reachedByTab(open)
  expect(await missedByTab(open)).toEqual([])
  expectClean(open)
  await page.context().close()
})

test('both pages fit a phone', async () => {
  for (const path of ['/library', '/transfers']) {
    const open = await scene.open('anna', path, phone)
    const { page } = open
    await page.locator('[data-tile], [data-index]').first().waitFor()
    await expectAccessible(open)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    await screenshot(open, `${path.slice(1)}-phone`)
    if (path === '/transfers') {
      await page.getByRole('row', { name: /Choir concert/ }).tap()
      const panel = page.getByRole('region', { name: 'Details' })
      await panel.getByRole('tab', { name: 'Files' }).tap()
      await panel.getByText('whole evening.wav', { exact: true }).waitFor()
      await expectAccessible(open)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    }
    expectClean(open)
    await page.context().close()
  }
})
