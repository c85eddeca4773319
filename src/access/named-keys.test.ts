import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemWorld, toBase64url } from '../base/index.ts'
import { changePassphrase, loadIdentity } from './identity.ts'
import { maxNamedKeys, NamedKeys } from './named-keys.ts'

const world = systemWorld
const cost = { memoryKiB: 8, passes: 1 }
let home = ''
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'peerage-keys-'))
})
afterEach(() => rm(home, { recursive: true }))
const code = (wanted: string) => expect.objectContaining({ code: wanted })

test('keys are made, listed, opened again and removed', async () => {
  const keys = new NamedKeys(home, { world })
  expect(await keys.list()).toEqual([])
  const blog = await keys.create('blog')
  await keys.create('app-2')
  expect((await stat(join(home, 'names', 'blog.key'))).mode & 0o777).toBe(0o600)
  const again = new NamedKeys(home, { world })
  expect(await again.list()).toMatchObject([{ name: 'app-2' }, { name: 'blog', peerId: blog.peerId }])
  expect((await again.open('blog')).peerId).toBe(blog.peerId)
  await expect(keys.create('blog')).rejects.toEqual(code('name.key-exists'))
  await again.remove('blog')
  await expect(again.open('blog')).rejects.toEqual(code('name.key-unknown'))
  await expect(again.remove('blog')).rejects.toEqual(code('name.key-unknown'))
})

test.each(['', 'self', '../identity', 'a/b', 'A', '-a', 'x'.repeat(33)])(
  '%j is no name of a key',
  async name => {
    const keys = new NamedKeys(home, { world })
    await expect(keys.create(name)).rejects.toEqual(code('usage.invalid'))
    await expect(keys.open(name)).rejects.toEqual(code('name.key-unknown'))
    await expect(keys.remove(name)).rejects.toEqual(code('name.key-unknown'))
  },
)

test('they are locked with the passphrase of the home, and follow when it changes', async () => {
  await loadIdentity(home, { passphrase: 'one', cost })
  const { peerId, seed } = await new NamedKeys(home, { world, passphrase: 'one', cost }).create('blog')
  const text = await readFile(join(home, 'names', 'blog.key'), 'utf8')
  expect(text).not.toContain(toBase64url(seed))
  await expect(new NamedKeys(home, { world }).open('blog')).rejects.toEqual(code('access.passphrase-needed'))
  await changePassphrase(home, { current: 'one', next: 'two' }, { cost })
  await expect(new NamedKeys(home, { world, passphrase: 'one' }).open('blog')).rejects.toEqual(
    code('access.passphrase-wrong'),
  )
  expect((await new NamedKeys(home, { world, passphrase: 'two' }).open('blog')).peerId).toBe(peerId)
  await changePassphrase(home, { current: 'two' }, { cost })
  expect((await new NamedKeys(home, { world }).open('blog')).peerId).toBe(peerId)
})

test('a damaged file is shown without a key, and there are no more than the bound', async () => {
  const keys = new NamedKeys(home, { world })
  await keys.create('a0')
  await writeFile(join(home, 'names', 'bad.key'), 'no key')
  expect(await keys.list()).toContainEqual({ name: 'bad', peerId: undefined })
  for (let i = 1; i < maxNamedKeys - 1; i++) await keys.create(`a${i}`)
  await expect(keys.create('more')).rejects.toEqual(code('access.limit'))
})
