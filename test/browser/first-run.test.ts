import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { amongThemselves, ask } from './daemon.ts'
import { ended, expectAccessible, expectFits, phone, stage } from './page.ts'

// What is asked is not given; and the usual folder of downloads is that of nobody.
process.env.HOME = mkdtempSync(join(tmpdir(), 'peerage-user-'))
const { peers, open } = stage({
  peer: { ...amongThemselves, preset: undefined, 'files.downloads': undefined },
})

afterAll(() => rmSync(process.env.HOME!, { recursive: true, force: true }))

test('whoever opens a new Peerage is asked first, says a name and is greeted by it', async () => {
  const opened = await open('peer')
  const { page } = opened
  await page.waitForURL('**/welcome')
  await page.getByLabel('What is your name?').fill('Anna')
  await page.getByText(`${process.env.HOME}/`).waitFor()
  await expectAccessible(opened)
  await page.getByRole('button', { name: 'Start', exact: true }).click()
  await page.getByRole('heading', { name: 'Hello, Anna' }).waitFor()
  expect(await ask(peers.peer, 'setup.show', {})).toMatchObject({ name: 'Anna', isFirst: false })
  // Not a second time.
  await page.reload()
  await page.getByRole('heading', { name: 'Hello, Anna' }).waitFor()
  await ended(opened)
})

test('on a phone, in the dark and in German it is the same', async () => {
  const opened = await open('peer', '/welcome', { ...phone, locale: 'de', colorScheme: 'dark' })
  await opened.page.getByRole('heading', { name: 'Willkommen bei Peerage' }).waitFor()
  await expectFits(opened)
  await ended(opened)
})
