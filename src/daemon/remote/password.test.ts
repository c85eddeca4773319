import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { seededRandom } from '../../base/index.ts'
import { RemotePassword } from './password.ts'

const cheap = { memoryKiB: 8, passes: 1 }
let home: string
beforeEach(() => {
  home = fs.mkdtempSync(join(tmpdir(), 'peerage-password-'))
})
afterEach(() => fs.rmSync(home, { recursive: true }))

const open = (seed = 1): RemotePassword => new RemotePassword(home, seededRandom(seed), cheap)

test('it is known again after a restart, and only what argon2id makes of it is kept', async () => {
  const password = open()
  expect([password.isSet, await password.matches('x')]).toEqual([false, false])
  await password.set('correct horse battery')
  const text = fs.readFileSync(join(home, 'remote.password'), 'utf8')
  expect(text).not.toContain('horse')
  expect(fs.statSync(join(home, 'remote.password')).mode & 0o777).toBe(0o600)
  const again = open(2)
  expect(again.isSet).toBe(true)
  expect(await again.matches('correct horse battery')).toBe(true)
  for (const wrong of ['correct horse batterz', 'correct horse battery ', 'x', 'x'.repeat(256)])
    expect(await again.matches(wrong)).toBe(false)
  await again.set('another horse battery')
  expect(await again.matches('correct horse battery')).toBe(false)
  // The same letters, composed otherwise.
  await again.set('Zürich im Frühling')
  expect(await again.matches('Zürich im Frühling'.normalize('NFD'))).toBe(true)
})

test.each([
  '',
  'nonsense',
  '{}',
  '[]',
  '{"version":1,"kdf":"none","memoryKiB":8,"passes":1,"salt":"","key":""}',
  JSON.stringify({
    version: 1,
    kdf: 'argon2id',
    memoryKiB: 2e9,
    passes: 1,
    salt: 'A'.repeat(22),
    key: 'A'.repeat(43),
  }),
  JSON.stringify({
    version: 1,
    kdf: 'argon2id',
    memoryKiB: 8,
    passes: 1,
    salt: '!'.repeat(22),
    key: 'A'.repeat(43),
  }),
])('a damaged file lets nobody in: %s', async text => {
  fs.writeFileSync(join(home, 'remote.password'), text)
  const password = open()
  expect(password.isSet).toBe(false)
  for (const tried of ['x', 'correct horse battery']) expect(await password.matches(tried)).toBe(false)
})
