import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible, launchBrowser, openPage } from './page.ts'
import { runningProgram } from './program.ts'

const program = runningProgram()
let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser?.close()
})

function rowOf(page: Page, key: string): Locator {
  return page.locator(`[data-key="${key}"]`)
}

/** Waits for it, as long as the test may take. */
async function hasValue(row: Locator, value: string): Promise<void> {
  await expect.poll(() => row.getByRole('textbox').inputValue(), { timeout: 60_000 }).toBe(value)
}

test('two tabs agree, a wrong value is told at its field, and a killed daemon takes nothing that was typed', {
  timeout: 180_000,
}, async () => {
  const first = await program.start(0)
  const { page } = await openPage(browser, first, '/settings')
  const other = await page.context().newPage()
  await other.goto(`${first.url}/settings`)

  const name = rowOf(page, 'invites.name')
  await hasValue(rowOf(other, 'invites.name'), '')
  await name.getByRole('textbox').fill('Anna')
  await name.getByRole('button', { name: 'Save' }).click()
  await hasValue(rowOf(other, 'invites.name'), 'Anna')
  await rowOf(other, 'invites.name').getByText('changed', { exact: true }).waitFor()

  const speed = rowOf(page, 'limits.slowUploadBytesPerSecond')
  await speed.getByRole('textbox').fill('lots')
  await speed.getByRole('button', { name: 'Save' }).click()
  await speed.getByRole('alert').waitFor()
  await hasValue(speed, 'lots')
  await hasValue(rowOf(other, 'limits.slowUploadBytesPerSecond'), '100000')

  await name.getByRole('textbox').fill('Anna of the hill')
  await first.kill()
  await page.getByText('Peerage does not answer.').waitFor()
  await hasValue(name, 'Anna of the hill')
  const again = await program.start(Number(new URL(first.url).port))
  expect(again.url).toBe(first.url)
  await page.getByText('Peerage does not answer.').waitFor({ state: 'detached' })
  await hasValue(name, 'Anna of the hill')
  await name.getByRole('button', { name: 'Save' }).click()
  await hasValue(rowOf(other, 'invites.name'), 'Anna of the hill')
  await page.context().close()
  await again.kill()
})

test('what needs a restart says so, starts again from the page, and takes nothing that was typed', {
  timeout: 180_000,
}, async () => {
  const running = await program.start(0)
  const { url, token } = running
  const opened = await openPage(browser, { url, token }, '/settings', {
    viewport: { width: 360, height: 740 },
  })
  const { page } = opened
  const most = rowOf(page, 'network.maxConnections')
  await most.getByRole('textbox').fill('250')
  await most.getByRole('button', { name: 'Save' }).click()
  const now = page.getByRole('button', { name: 'Start again now' })
  await now.waitFor()
  const name = rowOf(page, 'invites.name')
  await name.getByRole('textbox').fill('Not saved yet')
  await now.click()
  await now.waitFor({ state: 'detached', timeout: 60_000 })
  await hasValue(most, '250')
  await hasValue(name, 'Not saved yet')
  expect(await most.getByText('holds after a restart').count()).toBe(1)

  await page.getByLabel('Language').selectOption('Deutsch')
  await most.getByText('Offene Verbindungen, eingehende und ausgehende zusammen.').waitFor()
  await most.getByRole('textbox').fill('viele')
  await most.getByRole('button', { name: 'Speichern' }).click()
  await most.getByText('Das geht nicht. Erlaubt: eine Zahl ab 1.').waitFor()
  await page.getByRole('searchbox').fill('gelöscht')
  await most.waitFor({ state: 'detached' })
  await rowOf(page, 'daemon.uploadIdleMs').waitFor()
  await page.getByRole('searchbox').fill('')
  await page.getByRole('radio', { name: 'Nur meine lokalen Netze' }).waitFor()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
  await expectAccessible(opened)
  await page.context().close()
  await running.kill()
})
