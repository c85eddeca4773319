import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openRegular } from './open-regular.ts'

const folder = mkdtempSync(join(tmpdir(), 'peerage-regular-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a file is opened, also where a link leads to it, and what is none is refused at once', async () => {
  const file = join(folder, 'file')
  writeFileSync(file, 'text')
  await using opened = await openRegular(file)
  expect(await opened.readFile('utf8')).toBe('text')
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  for (const other of [pipe, folder, '/dev/zero'])
    await expect(openRegular(other)).rejects.toMatchObject({ code: 'store.source-unreadable' })
  await expect(openRegular(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'ENOENT' })
})
