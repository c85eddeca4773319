import fs from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { identityFromSeed } from '../../src/access/index.ts'
import { amongThemselves, ask, post, startTestDaemon, type TestDaemon } from './daemon.ts'
import { hostileNames } from './hostile-names.ts'
import {
  ended,
  expectAccessible,
  missedByTab,
  type OpenPage,
  openPage,
  reachedByTab,
  screenshot,
  stage,
} from './page.ts'

const set = stage({
  anna: { ...amongThemselves, 'invites.name': 'Anna' },
  ben: { ...amongThemselves, 'invites.name': 'Ben' },
})

/** Whether it was not refused. */
async function tried(peer: TestDaemon, operation: string, input: object): Promise<boolean> {
  return (await post(peer, operation, input)).ok
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
  const [giving, taking] = [await set.open('anna', '/people'), await set.open('ben', '/people')]
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
  const giving = await set.open('anna', '/people/circles')
  const { page } = giving
  await page.getByRole('button', { name: 'New circle' }).click()
  await page.getByLabel('Name of the circle').fill('family')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { level: 1, name: 'family' }).waitFor()
  await page.getByRole('button', { name: 'Invite into it' }).click()
  await page.getByRole('button', { name: 'Make the invite' }).click()
  const link = (await page.locator('output').first().textContent())!.trim()
  // Where any link is pasted.
  const taking = await set.open('ben', `/get?link=${encodeURIComponent(link)}`)
  await taking.page.getByRole('button', { name: 'Take it' }).click()
  await taking.page.getByText('let you into family').waitFor()
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('link', { name: 'Ben' }).waitFor()
  await screenshot(giving, 'circle')

  const path = join(set.root, 'film.bin')
  fs.writeFileSync(path, Buffer.alloc(30_000_000, 7))
  const slow = { who: ['circle:family'], rate: '100kB/s' }
  const shared = await ask<{ result: { infoHash: string; link: string } }>(set.peers.anna, 'files.share', {
    path,
    ...slow,
  })
  const { infoHash, link: film } = shared.result
  await ask(set.peers.ben, 'files.get', { link: film, into: join(set.root, 'ben'), background: true })
  const bytes = async (): Promise<number> =>
    (await ask<{ bytes: number }>(set.peers.ben, 'files.show', { content: infoHash })).bytes
  await expect.poll(bytes, { timeout: 60_000 }).toBeGreaterThan(0)
  await page.getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByText('stops in the middle').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await page.getByRole('link', { name: 'Ben' }).waitFor({ state: 'detached' })
  const peers = async (): Promise<number> =>
    (await ask<unknown[]>(set.peers.anna, 'files.peers', { content: infoHash })).length
  await expect.poll(peers, { timeout: 60_000 }).toBe(0)
  expect(await bytes()).toBeLessThan(30_000_000)

  await page.goto(`${set.peers.anna.url}/people/permissions/content:${infoHash}`)
  await page.getByText('No, Ben may not.').waitFor()
  await page.getByText('is not in that circle').waitFor()
  await expectAccessible(giving)
  await screenshot(giving, 'permissions')
  await page.getByRole('checkbox', { name: 'Ben' }).check()
  await page.getByRole('button', { name: 'Allow', exact: true }).click()
  await page.getByText('Yes, Ben may.').waitFor()
  await ended(giving, taking)
})

test('a rule is made within limits, changed and taken away, and each of it taken back', async () => {
  const path = join(set.root, 'diary.txt')
  fs.writeFileSync(path, 'dear diary')
  const { result } = await ask<{ result: { infoHash: string } }>(set.peers.anna, 'files.share', { path })
  const opened = await set.open('anna', `/people/permissions/content:${result.infoHash}`)
  const { page } = opened
  await page.getByRole('checkbox', { name: /^All your contacts/ }).check()
  await page.getByText('How long, how much, how fast').click()
  await page.getByLabel('How long?').selectOption('One week')
  await page.getByLabel('How much for each person in all').fill('1.5GB')
  await page.getByRole('button', { name: 'Allow', exact: true }).click()
  const row = page
    .getByRole('listitem')
    .filter({ hasText: 'all your contacts' })
    .filter({ hasText: 'know of it' })
  await row.getByText('1.5 GB in all').waitFor()

  await page.getByRole('button', { name: 'Change what all your contacts may' }).click()
  const dialog = page.getByRole('dialog')
  expect(await dialog.getByLabel('How much for each person in all').inputValue()).toBe('1.5GB')
  await dialog.getByLabel('How fast for each person').fill('2MB/s')
  await expectAccessible(opened)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await row.getByText('2 MB/s').waitFor()
  await page.getByRole('button', { name: 'Undo' }).last().click()
  await row.getByText('2 MB/s').waitFor({ state: 'detached' })
  await row.getByText('1.5 GB in all').waitFor()
  const { rules } = await ask<{ rules: object[] }>(set.peers.anna, 'access.show', {
    resource: `content:${result.infoHash}`,
  })

  await row.getByRole('button', { name: 'Take away' }).click()
  await row.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Undo' }).last().click()
  await row.getByText('1.5 GB in all').waitFor()
  expect(await ask(set.peers.anna, 'access.show', { resource: `content:${result.infoHash}` })).toMatchObject({
    rules,
  })
  await ended(opened)
})

test('a permission in writing is signed on the page, kept by whom it is for, and taken back', async () => {
  const { anna } = set.peers
  const path = join(set.root, 'recipe.txt')
  fs.writeFileSync(path, 'two eggs')
  const { result } = await ask<{ result: { infoHash: string } }>(anna, 'files.share', { path })
  const [opened, taking] = [
    await set.open('anna', `/people/permissions/content:${result.infoHash}`),
    await set.open('ben', '/people/permissions'),
  ]
  const { page } = opened
  await page.getByRole('button', { name: 'Give one' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Who', { exact: true }).selectOption('Ben')
  await dialog.getByLabel('How long?').selectOption('One week')
  await expectAccessible(opened)
  await dialog.getByRole('button', { name: 'Sign it' }).click()
  const text = (await dialog.locator('output').textContent())!.trim()
  await dialog.getByRole('button', { name: 'Done' }).click()
  const given = page.getByRole('list', { name: 'Permissions in writing' })
  await given.getByText('know of it and fetch it').waitFor()

  await taking.page.getByRole('button', { name: 'Keep one that you were given' }).click()
  await taking.page.getByLabel('The text').fill(text)
  await taking.page.getByRole('button', { name: 'Keep it' }).click()
  await taking.page.getByText('held by you').waitFor()

  await given.getByRole('button', { name: 'Take back what Ben has in writing' }).click()
  await given.waitFor({ state: 'detached' })
  expect(await ask(anna, 'grants.list', {})).toEqual([])
  await ended(opened, taking)
})

function cardOf(page: Page, title: string): Locator {
  return page
    .locator('section')
    .filter({ has: page.getByRole('heading', { name: title, exact: true }) })
    .last()
}

test('a second device of one person is added by two pages, and revoked', async () => {
  const main = await set.open('anna', '/people/devices')
  const { peerId } = await ask<{ peerId: string }>(set.peers.anna, 'identity.show', {})
  const fresh = await startTestDaemon(amongThemselves)
  try {
    const opened = await openPage(set.browser, fresh, '/people/devices')
    const { page } = opened
    const join = cardOf(page, 'Become a device of another one')
    await join.getByLabel('Your peer id on the main device').fill(peerId)
    await join.getByRole('button', { name: 'Show the code' }).click()
    const consent = (await join.locator('output').textContent())!
    const add = cardOf(main.page, 'Add a device')
    await add.getByLabel('What the new device shows').fill(consent)
    await add.getByRole('button', { name: 'Add it' }).click()
    const answer = (await add.locator('output').textContent())!
    await join.getByLabel('What the main device answered').fill(answer)
    await join.getByRole('button', { name: 'Finish' }).click()
    await join.getByText('This device acts for you now.').waitFor()
    await expectAccessible(opened)
    await ended(opened)
  } finally {
    await fresh.close()
  }
  await main.page.getByRole('button', { name: 'Revoke' }).click()
  await main.page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await main.page.getByText('revoked', { exact: true }).waitFor()
  await expectAccessible(main)
  await ended(main)
})

test('contacts are written to a file of this computer, and read from it by another peer', async () => {
  const { anna } = set.peers
  const { peerId } = identityFromSeed(new Uint8Array(32).fill(99))
  await ask(anna, 'contacts.add', { peer: peerId, name: 'Zoe' })
  fs.mkdirSync(join(anna.home, 'Downloads'), { recursive: true })
  const giving = await set.open('anna', '/people/contacts')
  await giving.page.getByRole('button', { name: 'Export to a file' }).click()
  await giving.page
    .getByRole('navigation', { name: 'Places' })
    .getByRole('button', { name: 'Downloads' })
    .click()
  await giving.page.getByText('Nothing is in here.').waitFor()
  await giving.page.getByRole('button', { name: 'Use this folder' }).click()
  await giving.page.getByRole('button', { name: 'Write it' }).click()
  await giving.page.getByText(/contacts? (is|are) in it/).waitFor()
  await expectAccessible(giving)

  const fresh = await startTestDaemon({ 'files.downloads': join(anna.home, 'Downloads') })
  const taking = await openPage(set.browser, fresh, '/people/contacts')
  await taking.page.getByRole('button', { name: 'Import from a file' }).click()
  await taking.page
    .getByRole('navigation', { name: 'Places' })
    .getByRole('button', { name: 'Downloads' })
    .click()
  await taking.page.getByRole('button', { name: /contacts\.json/ }).click()
  await taking.page.getByRole('button', { name: 'Add them' }).click()
  await taking.page.getByText(/^Added: [1-9]/).waitFor()
  await taking.page.getByRole('button', { name: 'Done' }).click()
  await taking.page.getByRole('link', { name: 'Zoe' }).waitFor()
  await ended(giving, taking)
  await fresh.close()
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
  const opened = await openPage(set.browser, own, '/people/circles', {
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
