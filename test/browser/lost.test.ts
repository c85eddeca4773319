import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { identityFromSeed } from '../../src/access/index.ts'
import { ask } from './daemon.ts'
import { launchBrowser, openPage } from './page.ts'
import { runningProgram } from './program.ts'

const program = runningProgram()
let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser?.close()
})

interface Form {
  readonly path: string
  /** What has to be opened before anything can be typed. */
  readonly open?: (page: Page) => Promise<unknown>
  readonly typed: Readonly<Record<string, string>>
  /** The button that asks the daemon, which is gone. */
  readonly send?: RegExp
}

const { peerId } = identityFromSeed(new Uint8Array(32).fill(7))
const click =
  (name: string) =>
  (page: Page): Promise<void> =>
    page.getByRole('button', { name, exact: true }).click()

/** Every form of the application but those of Settings, which have a test of their own. */
const forms: readonly Form[] = [
  { path: '/', typed: { 'Paste a link or a code': '7 crossover clock' } },
  { path: '/get', typed: { 'Link or spoken code': '7 crossover clock' } },
  {
    path: '/share',
    open: async page => {
      await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') })
      await page.getByText('How long, how much, how fast').click()
    },
    typed: { 'How much for each person in all': '10GB' },
    send: /^Get a link$/,
  },
  { path: '/transfers', typed: { 'Search by name': 'summer' } },
  { path: '/library', typed: { 'Search by name': 'summer' } },
  {
    path: '/people/contacts',
    open: click('Add by peer id'),
    typed: { 'Peer id, address or text of a QR code': peerId, 'What you call them': 'Ben Dale' },
    send: /^Save$/,
  },
  {
    path: '/people/circles',
    open: page => page.getByRole('button', { name: 'New circle' }).first().click(),
    typed: { 'Name of the circle': 'The Family' },
    send: /^Save$/,
  },
  {
    path: '/people/invites',
    open: click('Take an invite'),
    typed: { 'Link or code': '7-crossover-clockwork' },
    send: /^Take it$/,
  },
  {
    path: '/people/invites',
    open: click('Invite'),
    typed: { 'What you call them': 'Carl' },
  },
  {
    path: '/people/permissions',
    open: click('Keep one that you were given'),
    typed: { 'The text': 'peerage-grant:abc' },
    send: /^Keep it$/,
  },
  {
    path: '/people/devices',
    typed: { 'Your peer id on the main device': peerId },
    send: /^Show the code$/,
  },
  {
    path: '/network',
    typed: {
      Host: 'proxy.example',
      'User (if it wants one)': 'me',
      'Try to reach (may be left empty)': 'far:1',
    },
    send: /^Test it$/,
  },
  { path: '/logs', typed: { Search: 'summer' } },
  { path: '/welcome', typed: { 'What is your name?': 'Anna of the hill' } },
]

function field(page: Page, label: string): Locator {
  return page.getByLabel(label, { exact: true }).first()
}

const shown = (tab: Page): Promise<string | null> => tab.locator('output').first().textContent()

/** An invite by link, one by a code, and a file by a code. None is made a second time by itself: the link stays, the codes are said to be void. */
async function giveOut(
  context: BrowserContext,
  url: string,
): Promise<{ isAsBefore: (back: Parameters<typeof ask>[0]) => Promise<void> }> {
  const tabs = [await context.newPage(), await context.newPage(), await context.newPage()] as const
  const [link, code, sending] = tabs
  for (const tab of [link, code]) {
    await tab.goto(`${url}/people/invites`)
    await click('Invite')(tab)
    if (tab === code) await tab.getByRole('radio', { name: /spoken code/ }).check()
    await tab.getByRole('button', { name: 'Make the invite' }).click()
  }
  await sending.goto(`${url}/share`)
  const file = { name: 'b.txt', mimeType: 'text/plain', buffer: Buffer.from('b') }
  await sending.locator('input[type=file]').setInputFiles(file)
  await sending.getByRole('button', { name: 'Send by spoken code' }).click()
  const before = await Promise.all(tabs.map(shown))
  return {
    isAsBefore: async back => {
      await link.getByRole('dialog').getByText('waiting, ends').waitFor()
      expect(await shown(link)).toBe(before[0])
      const invites = await ask<{ id: string }[]>(back, 'invites.list', {})
      expect(invites).toHaveLength(1)
      await ask(back, 'invites.cancel', { id: invites[0]!.id })
      await link.getByRole('dialog').getByText('taken back').waitFor()
      await code.getByText('these words are good no more').waitFor()
      await code.getByRole('button', { name: 'Make another invite' }).click()
      await code.getByRole('button', { name: 'Make the invite' }).waitFor()
      await sending.getByText('this code is good no more').waitFor()
      await sending.getByRole('button', { name: 'Another code' }).click()
      await sending.locator('output').waitFor()
      expect(await shown(sending)).not.toBe(before[2])
    },
  }
}

test('a daemon that is killed takes nothing that was typed or given out, and is waited for', {
  timeout: 240_000,
}, async () => {
  const first = await program.start(0)
  // Lists that are empty have nothing to search.
  await ask(first, 'files.share', { path: import.meta.filename })
  const { page } = await openPage(browser, first, '/about')
  const opened: { readonly page: Page; readonly form: Form }[] = []
  for (const form of forms) {
    const tab = await page.context().newPage()
    tab.setDefaultTimeout(60_000)
    await tab.goto(first.url + form.path)
    await form.open?.(tab)
    for (const [label, text] of Object.entries(form.typed)) await field(tab, label).fill(text)
    opened.push({ page: tab, form })
  }
  const allKept = async (when: string): Promise<void> => {
    for (const { page: tab, form } of opened)
      for (const [label, text] of Object.entries(form.typed))
        expect(await field(tab, label).inputValue(), `${form.path} ${label} ${when}`).toBe(text)
  }
  await allKept('before')
  const given = await giveOut(page.context(), first.url)
  await first.kill()
  for (const { page: tab, form } of opened) {
    await tab.getByText('Peerage does not answer.').first().waitFor()
    if (form.send === undefined) continue
    const button = tab.getByRole('button', { name: form.send }).last()
    await button.click()
    if (form.path === '/share') await tab.getByRole('button', { name: /again/i }).last().click()
    else await expect.poll(() => button.isEnabled(), { timeout: 60_000 }).toBe(true)
  }
  await allKept('while it is gone')
  const again = await program.start(Number(new URL(first.url).port))
  for (const { page: tab } of opened)
    await tab.getByText('Peerage does not answer.').first().waitFor({ state: 'detached' })
  await allKept('when it is back')
  // And it goes on: what was refused by nobody is taken now.
  const { page: circles } = opened.find(({ form }) => form.path === '/people/circles')!
  await circles.getByRole('button', { name: 'Save' }).last().click()
  await circles.getByRole('heading', { level: 1, name: 'The Family' }).waitFor()
  await given.isAsBefore(again)
  await page.context().close()
  await again.kill()
})
