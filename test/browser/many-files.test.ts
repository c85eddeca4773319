import fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ask, post } from './daemon.ts'
import { ended, expectAccessible, screenshot, stage } from './page.ts'

const scene = stage({ anna: { preset: 'open', 'network.lanOnly': true, 'ipfsRouting.bootstrap': [] } })
const folders = 60
const filesEach = 1_000
const pieceLength = 65_536

/** Of files that nobody has. */
function writeTorrent(path: string): void {
  const digits = (value: number, length: number): string => String(value).padStart(length, '0')
  const files = Array.from({ length: folders * filesEach }, (_, at) => {
    const folder = `album ${digits(Math.floor(at / filesEach) + 1, 2)}`
    const name = `page ${digits((at % filesEach) + 1, 4)}.txt`
    return `d6:lengthi100e4:pathl${folder.length}:${folder}${name.length}:${name}ee`
  })
  const hashes = '\0'.repeat(Math.ceil((files.length * 100) / pieceLength) * 20)
  const pieces = `12:piece lengthi${pieceLength}e6:pieces${hashes.length}:${hashes}`
  fs.writeFileSync(path, `d4:infod5:filesl${files.join('')}e4:name7:Archive${pieces}ee`)
}

test('60,000 files are shown, chosen of and found, and counted as people write it', async () => {
  const torrent = join(scene.root, 'archive.torrent')
  writeTorrent(torrent)
  const open = await scene.open('anna', '/get')
  const { page } = open
  await page.locator('input[type=file]').setInputFiles(torrent)
  await page.getByText('60,000 files').waitFor()
  await page.getByText('album 01/page 0001.txt').first().waitFor()
  await page.getByRole('button', { name: 'Get it' }).click()

  const panel = page.getByRole('region', { name: 'Details' })
  await panel.getByRole('tab', { name: 'Files' }).click()
  const tree = panel.getByRole('treegrid', { name: 'Files' })
  const row = (name: string | RegExp) => tree.getByRole('row', { name })
  await row(/album 01.*1,000 files/).waitFor()
  await screenshot(open, 'many-files')
  await expectAccessible(open)

  // To the end by keyboard, and into the last folder: few rows are in the page, however many there are.
  await row(/album 01/).focus()
  await page.keyboard.press('End')
  await row(/album 60/).focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('End')
  await row(/page 1000\.txt/).waitFor()
  expect(await tree.getByRole('row').count()).toBeLessThan(100)

  const [{ infoHash }] = (await ask<{ infoHash: string }[]>(scene.peers.anna, 'files.list', {})) as [
    { infoHash: string },
  ]
  const skipped = async (): Promise<number> => {
    const answer = await post(scene.peers.anna, 'files.files', { content: infoHash })
    const all = (await answer.json()) as { priority: string }[]
    return all.filter(({ priority }) => priority === 'skip').length
  }
  await panel.getByRole('button', { name: 'Fetch none' }).click()
  await expect.poll(skipped, { timeout: 30_000 }).toBe(60_000)
  await panel.getByRole('searchbox').fill('album 07/page 0042')
  await row(/page 0042\.txt/).waitFor()
  await row(/page 0042\.txt/)
    .getByRole('checkbox')
    .click()
  await expect.poll(skipped, { timeout: 30_000 }).toBe(59_999)

  const german = await scene.open('anna', `/transfers/${infoHash}`, { locale: 'de' })
  await german.page.getByRole('tab', { name: 'Dateien' }).click()
  await german.page.getByText('1.000 Dateien').first().waitFor()
  await ended(open, german)
})
