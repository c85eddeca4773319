import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { identityFromSeed } from '../../src/access/index.ts'
import { startTestDaemon, type TestDaemon } from './daemon.ts'
import { hostileNames } from './hostile-names.ts'
import {
  expectAccessible,
  expectClean,
  launchBrowser,
  missedByTab,
  type OpenPage,
  openPage,
  reachedByTab,
  screenshot,
} from './page.ts'

const flags = { preset: 'open', 'network.lanOnly': true, 'ipfsRouting.bootstrap': [] }
let root: string
let browser: Browser
let anna: TestDaemon
let ben: TestDaemon

beforeAll(async () => {
  root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'peerage-people-')))
  browser = await launchBrowser()
  anna = await startTestDaemon({ ...flags, 'invites.name': 'Anna' })
  ben = await startTestDaemon({ ...flags, 'invites.name': 'Ben' })
})

afterAll(async () => {
  await browser?.close()
  await anna?.close()
  await ben?.close()
  fs.rmSync(root, { recursive: true, force: true })
})

function post({ url, token }: TestDaemon, operation: string, input: object): Promise<Response> {
  return fetch(`${url}/api/${operation.replace('.', '/')}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  })
}

/** Whether it was not refused. */
async function tried(peer: TestDaemon, operation: string, input: object): Promise<boolean> {
  return (await post(peer, operation, input)).ok
}

/** The answer of an operation, or the last line of its stream. */
async function ask<Answer>(peer: TestDaemon, operation: string, input: object): Promise<Answer> {
  const response = await post(peer, operation, input)
  const text = (await response.text()).trim()
  expect(response.status, text).toBe(200)
  return JSON.parse(text.split('\n').at(-1)!) as Answer
}

async function ended(...opened: readonly OpenPage[]): Promise<void> {
  for (const one of opened) {
    expectClean(one)
    await one.page.context().close()
  }
}

async function invite(opened: OpenPage, how: RegExp): Promise<string> {
  const { page } = opened
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
  await page.getByRole('radio', { name: how }).check()
  await page.getByRole('button', { name: 'Make the invite' }).click()
  return (await page.locator('output').first().textContent())!.trim()
}

async function accept({ page }: OpenPage, text: string): Promise<void> {
  await page.getByRole('button', { name: 'Take an invite' }).click()
  await page.getByLabel('Link or code').fill(text)
  await page.getByRole('button', { name: 'Take it' }).click()
}

test('two people meet by a spoken code, and compare their keys', async () => {
  const [giving, taking] = [await openPage(browser, anna, '/people'), await openPage(browser, ben, '/people')]
  const code = await invite(giving, /spoken code/)
  expect(code).toMatch(/^\d+-[a-z]+-[a-z]+$/)
  await screenshot(giving, 'invite-code')
  await accept(taking, code)
  await taking.page.getByText('You and Anna know each other now.').waitFor()
  await giving.page.getByText('Ben took it.').waitFor()
  await giving.page.getByRole('button', { name: 'Done' }).click()
  await giving.page.getByRole('link', { name: 'Ben' }).click()
  await giving.page.getByRole('button', { name: 'Compare keys' }).click()
  await giving.page.getByRole('heading', { name: 'Words of Ben' }).waitFor()
  await expectAccessible(giving)
  await screenshot(giving, 'compare-keys')
  await giving.page.getByRole('button', { name: 'They are the same' }).click()
  await giving.page.getByText('verified', { exact: true }).waitFor()
  await screenshot(giving, 'contact')
  await ended(giving, taking)
})

test('a circle by a link; who is removed is cut off, and told why it may not', async () => {
  const giving = await openPage(browser, anna, '/people/circles')
  const { page } = giving
  await page.getByRole('button', { name: 'New circle' }).click()
  await page.getByLabel('Name of the circle').fill('family')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { level: 1, name: 'family' }).waitFor()
  await page.getByRole('button', { name: 'Invite into it' }).click()
  await page.getByRole('button', { name: 'Make the invite' }).click()
  const link = (await page.locator('output').first().textContent())!.trim()
  // Where any link is pasted.
  const taking = await openPage(browser, ben, `/get?link=${encodeURIComponent(link)}`)
  await taking.page.getByRole('button', { name: 'Take it' }).click()
  await taking.page.getByText('let you into family').waitFor()
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('link', { name: 'Ben' }).waitFor()
  await screenshot(giving, 'circle')

  const path = join(root, 'film.bin')
  fs.writeFileSync(path, Buffer.alloc(30_000_000, 7))
  const slow = { who: ['circle:family'], rate: '100kB/s' }
  const shared = await ask<{ result: { infoHash: string; link: string } }>(anna, 'files.share', {
    path,
    ...slow,
  })
  const { infoHash, link: film } = shared.result
  await ask(ben, 'files.get', { link: film, into: join(root, 'ben'), background: true })
  const bytes = async (): Promise<number> =>
    (await ask<{ bytes: number }>(ben, 'files.show', { content: infoHash })).bytes
  await expect.poll(bytes, { timeout: 60_000 }).toBeGreaterThan(0)
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByText('stops in the middle').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByRole('link', { name: 'Ben' }).waitFor({ state: 'detached' })
  const peers = async (): Promise<number> =>
    (await ask<unknown[]>(anna, 'files.peers', { content: infoHash })).length
  await expect.poll(peers, { timeout: 60_000 }).toBe(0)
  expect(await bytes()).toBeLessThan(30_000_000)

  await page.goto(`${anna.url}/people/permissions/content:${infoHash}`)
  await page.getByText('No, Ben may not.').waitFor()
  await page.getByText('is not in that circle').waitFor()
  await expectAccessible(giving)
  await screenshot(giving, 'permissions')
  await page.getByLabel('Who', { exact: true }).first().selectOption('Ben')
  await page.getByRole('button', { name: 'Allow', exact: true }).click()
  await page.getByText('Yes, Ben may.').waitFor()
  await ended(giving, taking)
})

test('names that mean harm are text, also on a phone and in the dark', async () => {
  const own = await startTestDaemon()
  for (const [place, name] of hostileNames.entries()) {
    const short = `${place} ${[...name].slice(0, 40).join('')}`
    const { peerId } = identityFromSeed(new Uint8Array(32).fill(place + 1))
    // Some are no petnames: what the book refuses can only come as a note.
    const given = await tried(own, 'contacts.add', { peer: peerId, name: short, note: name.slice(0, 2000) })
    if (!given)
      await ask(own, 'contacts.add', { peer: peerId, name: `N ${place}`, note: name.slice(0, 2000) })
    await tried(own, 'circles.create', { name: short })
  }
  const opened = await openPage(browser, own, '/people/circles', {
    viewport: { width: 360, height: 740 },
    colorScheme: 'dark',
  })
  await opened.page.getByRole('listitem').first().waitFor()
  await screenshot(opened, 'circles-phone-dark')
  for (const part of ['contacts', 'circles', 'invites', 'permissions', 'devices', 'audit']) {
    await opened.page.goto(`${own.url}/people/${part}`)
    await opened.page.getByRole('tabpanel').waitFor()
    await opened.page.waitForLoadState('networkidle')
    await expectAccessible(opened)
    const wide = await opened.page.evaluate(() => document.documentElement.scrollWidth)
    expect(wide, part).toBeLessThanOrEqual(360)
    await reachedByTab(opened)
    expect(await missedByTab(opened), part).toEqual([])
  }
  expect(await opened.page.evaluate(() => 'hit' in globalThis)).toBe(false)
  await ended(opened)
  await own.close()
})
