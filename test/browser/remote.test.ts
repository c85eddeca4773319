import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RemoteStatus } from '../../src/daemon/index.ts'
import { startTestDaemon, type TestDaemon } from './daemon.ts'
import { expectAccessible, expectClean, launchBrowser, openPage, screenshot } from './page.ts'

const password = 'correct horse battery'
const { signal } = new AbortController()
let browser: Browser
let peer: TestDaemon

beforeAll(async () => {
  browser = await launchBrowser()
  peer = await startTestDaemon({ 'remote.address': '127.0.0.1', 'remote.port': 0 })
})

afterAll(async () => {
  await browser?.close()
  await peer?.close()
})

async function signIn(page: Page, given: string): Promise<void> {
  await page.getByLabel('Password', { exact: true }).fill(given)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

test('switched on by its owner, used from elsewhere by the password, until it changes', {
  timeout: 180_000,
}, async () => {
  const owner = await openPage(browser, peer, '/settings')
  const { page } = owner
  await page.getByLabel('New password', { exact: true }).fill('too short')
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.getByText('It has fewer than 12 characters.').waitFor()
  await page.getByLabel('New password', { exact: true }).fill(password)
  await page.getByLabel('New password once more').fill(password)
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.getByLabel('Change the password').waitFor()
  await page.getByRole('switch', { name: 'Remote access' }).click()
  const url = await page.getByText(/^https:\/\/127\.0\.0\.1:\d+$/).textContent()
  const { certificate } = (await peer.daemon.call('remote.status', {}, { signal })) as RemoteStatus
  await page.getByText(certificate!.fingerprint).waitFor()
  expectClean(owner)

  const context = await browser.newContext({ locale: 'en', ignoreHTTPSErrors: true })
  const guest = { page: await context.newPage(), faults: [] }
  await guest.page.goto(`${url}/settings`)
  await guest.page.getByRole('heading', { name: 'Sign in to Peerage' }).waitFor()
  await expectAccessible(guest)
  await screenshot(guest, 'remote-sign-in')
  await signIn(guest.page, 'wrong horse battery')
  await guest.page.getByText('This is not the password.').waitFor()
  await signIn(guest.page, password)
  await guest.page.getByRole('navigation').waitFor()
  await page.getByText('1 session').waitFor()

  // A new tab borrows the key of the session; a new browser has none.
  const second = await context.newPage()
  await second.goto(`${url}/people`)
  await second.getByRole('navigation').waitFor()
  await second.close()
  const other = await browser.newContext({ locale: 'en', ignoreHTTPSErrors: true })
  const stranger = await other.newPage()
  await stranger.goto(`${url}/people`)
  await stranger.getByRole('heading', { name: 'Sign in to Peerage' }).waitFor()
  await other.close()

  // It asks again when the session ends, and keeps what was typed.
  const search = guest.page.getByRole('searchbox')
  await search.fill('remote')
  await peer.daemon.call('remote.setPassword', { password: 'another horse battery' }, { signal })
  await guest.page.getByText('You have been signed out.').waitFor()
  await signIn(guest.page, password)
  await guest.page.getByText('This is not the password.').waitFor()
  await signIn(guest.page, 'another horse battery')
  await guest.page.getByText('You have been signed out.').waitFor({ state: 'detached' })
  expect(await search.inputValue()).toBe('remote')

  await guest.page.getByRole('button', { name: 'Sign out here' }).click()
  await guest.page.getByLabel('Password', { exact: true }).waitFor()
  await guest.page.reload()
  await guest.page.getByRole('heading', { name: 'Sign in to Peerage' }).waitFor()
  expect(await guest.page.getByRole('navigation').count()).toBe(0)
  await context.close()
  await page.context().close()
})

test('on this computer too, a key that is over is asked for again and nothing typed is lost', async () => {
  const first = await startTestDaemon()
  try {
    const { page } = await openPage(browser, first, '/settings')
    const search = page.getByRole('searchbox')
    await search.fill('invites')
    await page.evaluate(() => sessionStorage.clear())
    const port = Number(new URL(first.url).port)
    await first.close()
    const next = await startTestDaemon({}, undefined, port)
    try {
      await page.getByLabel('Address or key').fill(next.token)
      await page.getByRole('button', { name: 'Open' }).click()
      await page.getByLabel('Address or key').waitFor({ state: 'detached' })
      expect(await search.inputValue()).toBe('invites')
    } finally {
      await next.close()
    }
  } finally {
    await first.stop()
  }
})
