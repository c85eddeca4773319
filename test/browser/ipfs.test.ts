import fs from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { amongThemselves, ask, startTestDaemon, type TestDaemon } from './daemon.ts'
import { hostileNames } from './hostile-names.ts'
import {
  ended,
  expectAccessible,
  expectFits,
  missedByTab,
  openPage,
  phone,
  reachedByTab,
  screenshot,
  stage,
} from './page.ts'

const flags = {
  ...amongThemselves,
  'ipfsRouting.dht': 'server',
  'ipfsNames.patienceMs': 1_000,
  'dht.bootstrap': [],
}
const set = stage({ anna: flags })
let ben: TestDaemon
/** Of the folder that Anna shares. */
let cid: string
let infoHash: string

beforeAll(async () => {
  const { anna } = set.peers
  const folder = join(set.root, 'Summer')
  fs.mkdirSync(join(folder, 'deep down'), { recursive: true })
  fs.writeFileSync(join(folder, 'notes.txt'), 'two eggs')
  fs.writeFileSync(join(folder, 'deep down', 'song.txt'), 'la la')
  ;[infoHash, cid] = await shareOnIpfs(folder)
  fs.mkdirSync(join(anna.home, 'Downloads'), { recursive: true })
  const { addresses } = await ask<{ addresses: string[] }>(anna, 'daemon.status', {})
  const bootstrap = addresses.filter(one => one.includes('/127.0.0.1/tcp/') && one.includes('/p2p/'))
  expect(bootstrap.length).toBeGreaterThan(0)
  ben = await startTestDaemon({ ...flags, 'ipfsRouting.bootstrap': bootstrap })
})
afterAll(() => ben?.close())

async function shareOnIpfs(path: string): Promise<[infoHash: string, cid: string]> {
  const { anna } = set.peers
  const { result } = await ask<{ result: { infoHash: string } }>(anna, 'files.share', { path, on: 'ipfs' })
  const shown = await ask<{ cid: string }>(anna, 'files.show', { content: result.infoHash })
  return [result.infoHash, shown.cid]
}

async function lookUp(page: Page, text: string): Promise<void> {
  await page.getByLabel('CID, link or domain').fill(text)
  await page.getByRole('button', { name: 'Look up', exact: true }).click()
}

test('what is shared is looked up, gone into and back, and opened at the gateway that is switched on for it', async () => {
  const opened = await set.open('anna', '/ipfs')
  const { page } = opened
  await page.getByText('What would you like to look at?').waitFor()
  await lookUp(page, `https://ipfs.io/ipfs/${cid}`)
  await page.getByText(/^All of it is on this computer/).waitFor()
  await page.getByRole('link', { name: 'deep down' }).click()
  await page.getByRole('link', { name: 'song.txt' }).click()
  await page.getByText('File', { exact: true }).waitFor()
  await page.goBack()
  await page.getByRole('link', { name: 'song.txt' }).waitFor()
  await page.getByRole('navigation', { name: 'Where you are' }).getByRole('link').click()
  await page.getByText('More about it').click()
  await page.getByRole('button', { name: 'Copy CID in base 36' }).waitFor()
  await page.getByRole('link', { name: 'Summer' }).waitFor()
  await screenshot(opened, 'ipfs-look')
  await expectAccessible(opened)

  await page.getByRole('button', { name: 'Save as an archive' }).click()
  await page.getByRole('navigation', { name: 'Places' }).getByRole('button', { name: 'Downloads' }).click()
  await page.getByRole('button', { name: 'Use this folder' }).click()
  await page.getByText(/^Written: [1-9]/).waitFor()
  expect(fs.existsSync(join(set.peers.anna.home, 'Downloads', `${cid}.car`))).toBe(true)
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()

  await page.getByRole('button', { name: 'Open' }).click()
  await page.getByRole('button', { name: 'Switch it on' }).click()
  const open = page.getByRole('link', { name: 'Open' })
  await open.waitFor()
  await page.getByRole('link', { name: 'notes.txt' }).click()
  await page.getByText('8 bytes', { exact: true }).waitFor()
  const [shown] = await Promise.all([page.context().waitForEvent('page'), open.click()])
  await shown.getByText('two eggs').waitFor()
  expect(new URL(shown.url()).pathname).toBe('/notes.txt')
  await shown.close()
  await page.getByRole('tab', { name: 'Gateway' }).click()
  await page.getByText(/^Answered so far: [1-9]/).waitFor()
  await expectAccessible(opened)
  await page.getByRole('switch', { name: /^Show content of IPFS/ }).click()
  await page.getByText('It is off.').waitFor()
  await ended(opened)
})

test('what another has is found, kept, let go of and taken back, and the cache is cleared', async () => {
  const opened = await openPage(set.browser, ben, '/ipfs')
  const { page } = opened
  await lookUp(page, cid)
  await page.getByRole('link', { name: 'notes.txt' }).waitFor()
  await ask(set.peers.anna, 'files.announce', { content: infoHash })
  const found = (): Promise<{ result: unknown }> => ask(ben, 'ipfs.providers', { link: cid })
  await expect.poll(async () => (await found()).result, { timeout: 60_000 }).not.toBe(null)
  await page.getByRole('button', { name: 'Find out' }).click()
  await page.getByText('These say that they have it.').waitFor()
  await page.getByRole('button', { name: 'Keep' }).click()
  await page.getByLabel('What you call it').fill('Summer of Anna')
  await page.keyboard.press('Enter')
  await page.getByText('It is kept.').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
  await page.getByText(/^All of it is on this computer/).waitFor()

  await page.getByRole('tab', { name: 'Kept' }).click()
  const kept = page.getByRole('list', { name: 'Kept' })
  await kept.getByText('whole', { exact: true }).waitFor()
  await screenshot(opened, 'ipfs-kept')
  await expectAccessible(opened)
  await page.getByRole('button', { name: 'Let go of Summer of Anna' }).click()
  await page.getByText('Nothing is kept yet').waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await kept.getByText('Summer of Anna').waitFor()
  await page.getByRole('button', { name: 'Let go of Summer of Anna' }).click()
  await page.getByRole('button', { name: 'Clear' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Clear' }).click()
  await page.getByText(/^Freed: [1-9]/).waitFor()

  await ask(ben, 'car.import', { file: join(set.peers.anna.home, 'Downloads', `${cid}.car`) })
  await page.getByRole('button', { name: 'Keep something' }).click()
  await page.getByLabel('CID or ipfs:// link').fill(`${cid}/notes.txt`)
  await page.getByRole('button', { name: 'Keep it' }).click()
  await page.getByText('It is kept.').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
  await kept.getByText('8 bytes').waitFor()
  await ended(opened)
})

test('a name is made, published, found and forgotten', async () => {
  const opened = await set.open('anna', '/ipfs/names')
  const { page } = opened
  await page.getByRole('button', { name: 'New name' }).click()
  await page.getByLabel('What you call it').fill('blog')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Publish blog' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('What it points at').selectOption('Summer')
  await dialog.getByRole('button', { name: 'Publish it' }).click()
  await dialog.getByText(/^Published\. Taken by: [1-9]/).waitFor()
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  const mine = page.getByRole('list', { name: 'Your names' })
  await mine.getByText(/holds until/).waitFor()
  await screenshot(opened, 'ipfs-names')
  await expectAccessible(opened)
  const own = await ask<{ key: string; name: string }[]>(set.peers.anna, 'names.list', {})
  await page.getByLabel('Name or domain').fill(own.find(({ key }) => key === 'blog')!.name)
  await page.getByRole('button', { name: 'Find out' }).click()
  await page.getByText('It leads to').getByRole('link').click()
  await page.getByText(/^All of it is on this computer/).waitFor()
  expect(decodeURIComponent(page.url())).toContain(`link=ipfs://${cid}`)
  await page.goBack()

  await page.getByRole('button', { name: 'Forget blog' }).click()
  await dialog.getByRole('button', { name: 'Forget' }).click()
  await page.getByRole('button', { name: 'Publish blog' }).waitFor({ state: 'detached' })
  await ended(opened)
})

test('names in a folder that mean harm are text, on a phone, in the dark and in German', async () => {
  const folder = join(set.root, 'Odd')
  fs.mkdirSync(folder)
  for (const [place, name] of hostileNames.entries())
    fs.writeFileSync(join(folder, `${place} ${name.replaceAll('/', '')}`.slice(0, 80)), 'x')
  const [, odd] = await shareOnIpfs(folder)
  const opened = await set.open('anna', `/ipfs?link=${odd}`, {
    ...phone,
    colorScheme: 'dark',
    locale: 'de',
  })
  const { page } = opened
  await page.getByText('0 <script>globalThis.hit = 1<script>').waitFor()
  await page.getByText('Mehr darüber').click()
  await expectFits(opened)
  await expectAccessible(opened)
  await screenshot(opened, 'ipfs-phone')
  const shown = await page.getByRole('main').textContent()
  expect(shown).not.toMatch(/[\u200b\u202a-\u202e\u2066-\u2069]/)
  await reachedByTab(opened)
  expect(await missedByTab(opened)).toEqual([])
  expect(await page.evaluate(() => 'hit' in globalThis)).toBe(false)

  const list = join(set.root, 'list.deny')
  fs.writeFileSync(list, `/ipfs/${odd}\n`)
  await ask(set.peers.anna, 'config.set', { key: 'ipfs.denylists', value: [list] })
  await page.reload()
  await page.getByText(`Zeile 1 der Verbotsliste ${list} nennt das.`).waitFor()
  await page.getByText('Verbotslisten: 1, Regeln darin: 1.').waitFor()
  await expectFits(opened)
  // The browser tells of the refusal as well.
  expect(opened.faults.filter(fault => !fault.includes('status of 403'))).toEqual([])
  await page.context().close()
})
