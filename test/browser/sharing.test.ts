import fs from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { amongThemselves, ask } from './daemon.ts'
import { ended, expectAccessible, expectFits, phone, stage } from './page.ts'

const set = stage({ anna: amongThemselves, ben: amongThemselves })

const fromBrowser = (name: string): string =>
  join(set.peers.anna.home, 'Downloads', 'Shared from the browser', name)

function file(name: string, text = name): string {
  const path = join(set.root, name)
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
  const giving = await set.open('anna', '/share')
  const text = 'sun '.repeat(50_000)
  await giving.page.locator('input[type=file]').setInputFiles(file('holiday.txt', text))
  await giving.page.getByRole('button', { name: 'Send by spoken code' }).click()
  const code = (await giving.page.locator('output').textContent())!
  expect(code).toMatch(/^\d+-[a-z]+-[a-z]+$/)

  const taking = await set.open('ben', '/get')
  await taking.page.getByLabel('Link or spoken code').fill(code.replaceAll('-', ' '))
  await taking.page.getByRole('button', { name: 'Look at it' }).click()
  await taking.page.getByText('holiday.txt').waitFor()
  await expectAccessible(taking)
  await taking.page.getByRole('button', { name: 'Take it' }).click()
  await taking.page.getByText('It is here.').waitFor()
  await giving.page.getByText('It has arrived.').waitFor()
  expect(fs.readFileSync(join(set.peers.ben.home, 'Downloads', 'holiday.txt'), 'utf8')).toBe(text)
  await ended(giving, taking)
})

test('what is dropped anywhere is shared, and names and dangers are told before anything is fetched', async () => {
  const giving = await set.open('anna', '/')
  const hostile = '<img src=x onerror=alert(1)>.txt'
  await drop(giving.page, { 'photo.jpg.exe': 'x', 'day\u202e1.txt': 'day', [hostile]: 'hostile' })
  await giving.page.getByRole('button', { name: 'Get a link' }).click()
  const link = await giving.page.getByLabel('Link', { exact: true }).inputValue()
  expect(fs.readdirSync(fromBrowser('3 files')).length).toBe(3)
  await expectAccessible(giving)

  const taking = await set.open('ben', `/get?link=${encodeURIComponent(link)}`)
  await taking.page.getByText('Be careful: some of it are programs that pretend').waitFor()
  await taking.page.getByText(hostile).first().waitFor()
  expect(fs.existsSync(join(set.peers.ben.home, 'Downloads', '3 files'))).toBe(false)
  await expectAccessible(taking)
  await taking.page.getByRole('checkbox', { name: 'photo.jpg.exe' }).uncheck()
  await taking.page.getByRole('button', { name: /^Get 2 files/ }).click()
  await taking.page.waitForURL('**/transfers/**')
  await expect
    .poll(() => fs.existsSync(join(set.peers.ben.home, 'Downloads', '3 files', hostile)), { timeout: 20_000 })
    .toBe(true)
  expect(fs.existsSync(join(set.peers.ben.home, 'Downloads', '3 files', 'photo.jpg.exe'))).toBe(false)
  await ended(giving, taking)
})

test('a .torrent that is dropped is opened, and leaves nothing when it is cancelled', async () => {
  const source = join(set.root, 'Album')
  fs.mkdirSync(source)
  fs.writeFileSync(join(source, 'song.ogg'), 'la la')
  const torrent = join(set.root, 'album.torrent')
  const signal = new AbortController().signal
  const created = set.peers.anna.daemon.call('files.create', { path: source, torrent }, { signal })
  for await (const _ of created as AsyncIterable<unknown>);
  const opened = await set.open('ben', '/get')
  await opened.page.locator('input[type=file]').setInputFiles(torrent)
  await opened.page.getByText('song.ogg').first().waitFor()
  await opened.page.getByRole('heading', { name: 'Album' }).waitFor()
  await opened.page.getByRole('button', { name: 'Cancel' }).click()
  await opened.page.getByLabel('Link or spoken code').waitFor()
  await expect.poll(() => fs.readdirSync(join(set.peers.ben.home, 'opened'))).toEqual([])
  await ended(opened)
})

test('a .car that is dropped is shown before any of it is kept, and got when that is wanted', async () => {
  const source = join(set.root, 'Scans')
  fs.mkdirSync(source)
  fs.writeFileSync(join(source, 'page one.txt'), 'once upon a time')
  const { anna, ben } = set.peers
  const { result } = await ask<{ result: { infoHash: string } }>(anna, 'files.share', {
    path: source,
    on: 'ipfs',
  })
  const archive = join(set.root, 'scans.car')
  await ask(anna, 'car.export', { what: result.infoHash, path: archive })
  const held = (): Promise<unknown> => ask(ben, 'pins.cache', {})
  const before = await held()
  const opened = await set.open('ben', '/get')
  const { page } = opened
  await page.locator('input[type=file]').setInputFiles(archive)
  await page.getByText('Nothing of it is kept before you go on.').waitFor()
  await page.getByText('page one.txt').waitFor()
  await expectAccessible(opened)
  expect(await held()).toEqual(before)
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByLabel('Link or spoken code').waitFor()
  await expect.poll(() => fs.readdirSync(join(ben.home, 'opened'))).toEqual([])
  expect(await held()).toEqual(before)
  await page.locator('input[type=file]').setInputFiles(archive)
  await page.getByRole('button', { name: 'Go on and choose where it goes' }).click()
  await page.getByRole('button', { name: /^Get/ }).click()
  await page.waitForURL('**/transfers/**')
  await ended(opened)
})

test('a folder of the machine is chosen on a phone, shared where it stands, and shared no more', async () => {
  const opened = await set.open('anna', '/share?choose=1', {
    ...phone,
    colorScheme: 'dark',
  })
  const { page } = opened
  await page.getByRole('button', { name: 'Up' }).waitFor()
  await expectAccessible(opened)
  await expectFits(opened)
  await page.getByRole('button', { name: 'Close' }).click()
  await page.getByRole('button', { name: 'Stop sharing' }).first().click()
  await page.getByText('It is shared no more.').waitFor()
  await ended(opened)
})

test('a link that is none is told so in words', async () => {
  const opened = await set.open('ben', '/get?link=nonsense')
  await opened.page.getByText('A link starts with magnet:, peerage:').waitFor()
  await expectAccessible(opened)
  await opened.page.context().close()
})

/** Drops what is on the disk, as the system does, folders too. */
async function dropFromDisk(page: Page, ...files: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const data = { items: [], files: [...files], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: 500, y: 300, data })
}

test('a folder with many files inside others is dropped, and comes as it was', async () => {
  const folder = join(set.root, 'Trip')
  const names = Array.from({ length: 150 }, (_, place) =>
    join(place % 2 ? 'day one/walk' : 'day two', `${place}.txt`),
  )
  for (const name of names) {
    fs.mkdirSync(join(folder, name, '..'), { recursive: true })
    fs.writeFileSync(join(folder, name), name)
  }
  const opened = await set.open('anna', '/')
  await dropFromDisk(opened.page, folder)
  await opened.page.getByText('150 files').waitFor()
  await opened.page.getByRole('button', { name: 'Get a link' }).click()
  await opened.page.getByText('It is shared', { exact: true }).waitFor()
  for (const name of names) expect(fs.readFileSync(join(fromBrowser('Trip'), name), 'utf8')).toBe(name)
  await opened.page.getByRole('link', { name: 'Home' }).click()
  await opened.page.getByRole('link', { name: /Trip.*Shared/ }).waitFor()
  await ended(opened)
})

test('a copy to Peerage that is cancelled leaves nothing, and what was chosen stays', async () => {
  const big = join(set.root, 'big.bin')
  fs.writeFileSync(big, '')
  fs.truncateSync(big, 40_000_000)
  const opened = await set.open('anna', '/share')
  const { page } = opened
  const session = await page.context().newCDPSession(page)
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: -1,
    uploadThroughput: 500_000,
  })
  await page.locator('input[type=file]').setInputFiles(big)
  await page.getByRole('radio', { name: /Everyone/ }).check()
  await page.getByRole('checkbox', { name: 'BitTorrent' }).uncheck()
  await page.getByRole('button', { name: 'Get a link' }).click()
  const bar = page.getByRole('progressbar', { name: 'Copying it to Peerage' })
  await bar.waitFor()
  await page.getByText(/^[1-9].* \/ 40 MB/).waitFor()
  await page.getByRole('button', { name: 'Cancel' }).last().click()
  await page.getByRole('button', { name: 'Get a link' }).waitFor()
  expect(await page.getByRole('radio', { name: /Everyone/ }).isChecked()).toBe(true)
  await expect.poll(() => fs.readdirSync(fromBrowser('.')).filter(name => /big|part/.test(name))).toEqual([])
  await ended(opened)
})

test('the reading of something huge is cancelled, and it is not shared', async () => {
  const huge = join(set.peers.anna.home, 'Downloads', 'huge.bin')
  fs.writeFileSync(huge, '')
  // Full of nothing: it takes no room, and minutes to read.
  fs.truncateSync(huge, 100_000_000_000)
  const opened = await set.open('anna', '/share?choose=1')
  const { page } = opened
  await page.getByRole('navigation', { name: 'Places' }).getByRole('button', { name: 'Downloads' }).click()
  await page.getByRole('button', { name: /huge\.bin/ }).click()
  await page.getByRole('button', { name: 'Get a link' }).click()
  await page.getByText(/^[1-9].* \/ 100 GB/).waitFor()
  await expectAccessible(opened)
  await page.getByRole('button', { name: 'Cancel' }).last().click()
  await page.getByRole('button', { name: 'Get a link' }).waitFor()
  expect(await ask(set.peers.anna, 'files.list', {})).not.toContainEqual(
    expect.objectContaining({ name: 'huge.bin' }),
  )
  await ended(opened)
})

test('magnet links of the browser open here, asked for by a button or by the installed app', async () => {
  const { anna } = set.peers
  const opened = await set.open('anna', '/get')
  const { page } = opened
  await page.getByRole('button', { name: 'Open magnet links of this browser here' }).click()
  await page.getByText('Your browser asks now').waitFor()
  const address = await page.locator('link[rel=manifest]').getAttribute('href')
  const answer = await fetch(new URL(address!, anna.url))
  expect(answer.headers.get('content-type')).toBe('application/manifest+json')
  const manifest = (await answer.json()) as { protocol_handlers: { protocol: string; url: string }[] }
  const [magnet] = manifest.protocol_handlers.filter(({ protocol }) => protocol === 'magnet')
  const link = `magnet:?xt=urn:btih:${'ab'.repeat(20)}&dn=Album`
  await page.goto(anna.url + magnet!.url.replace('%s', encodeURIComponent(link)))
  await page.getByText('Asking others what it is').waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByLabel('Link or spoken code').waitFor()
  await ended(opened)
})
