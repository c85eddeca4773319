import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toBase64url, VirtualWorld } from '../base/index.ts'
import { changePassphrase, loadIdentity } from './identity.ts'

const cost = { memoryKiB: 64, passes: 1 }
let home: string
let path: string

beforeEach(async () => {
  home = join(await mkdtemp(join(tmpdir(), 'peerage-identity-')), 'deep', 'home')
  path = join(home, 'identity.key')
})

afterEach(async () => {
  await rm(join(home, '..', '..'), { recursive: true, force: true })
})

describe('the key file', () => {
  test('is made on first use, hidden from others, and found again', async () => {
    const first = await loadIdentity(home)
    expect(first).toMatchObject({ created: true, locked: false, warnings: [] })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(home)).mode & 0o777).toBe(0o700)
    const again = await loadIdentity(home)
    expect(again).toMatchObject({ created: false, peerId: first.peerId })
    expect(again.seed).toEqual(first.seed)
    expect(await readdir(home)).toEqual(['identity.key'])
  })

  test('of many that start at once, one makes it and all get the same', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => loadIdentity(home)))
    expect(new Set(all.map(one => one.peerId)).size).toBe(1)
    expect(all.filter(one => one.created)).toHaveLength(1)
    expect(await readdir(home)).toEqual(['identity.key'])
  })

  test('that others may read is repaired, with a warning', async () => {
    await loadIdentity(home)
    await chmod(path, 0o644)
    expect((await loadIdentity(home)).warnings[0]).toContain('mode 644')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await loadIdentity(home)).warnings).toEqual([])
  })

  test('that is damaged is refused and left as it is', async () => {
    await loadIdentity(home)
    const good = await readFile(path, 'utf8')
    const other = await loadIdentity(join(home, 'other'))
    const swapped = good.replace(/"seed": ".*"/, `"seed": "${toBase64url(other.seed)}"`)
    for (const text of [
      '',
      '{',
      '{}',
      '[]',
      'null',
      good.slice(0, -20),
      good.replace('1', '2'),
      swapped,
      `${good}${' '.repeat(5000)}`,
    ]) {
      await writeFile(path, text)
      await expect(loadIdentity(home), text).rejects.toMatchObject({ code: 'identity.damaged' })
      expect(await readFile(path, 'utf8')).toBe(text)
    }
    await rm(path)
    await mkdir(path)
    await expect(loadIdentity(home)).rejects.toMatchObject({ code: 'identity.damaged' })
  })

  test('an error never quotes the key', async () => {
    const { seed } = await loadIdentity(home)
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace('"peerId"', '"peer"'))
    const error: unknown = await loadIdentity(home).catch(e => e)
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain(toBase64url(seed))
  })

  test('a home that cannot be made is reported as such', async () => {
    await mkdir(join(home, '..'), { recursive: true })
    await writeFile(home, 'a file')
    await expect(loadIdentity(home)).rejects.toMatchObject({ code: 'identity.unreadable', details: { path } })
  })

  test('is the same for the same world', async () => {
    const one = await loadIdentity(home, { world: new VirtualWorld(7) })
    const two = await loadIdentity(join(home, 'b'), { world: new VirtualWorld(7) })
    expect(one.peerId).toBe(two.peerId)
  })
})

describe('the passphrase', () => {
  test('protects a new key', async () => {
    const made = await loadIdentity(home, { passphrase: 'correct horse', cost })
    expect(made.locked).toBe(true)
    expect(await readFile(path, 'utf8')).not.toContain(toBase64url(made.seed))
    await expect(loadIdentity(home)).rejects.toMatchObject({ code: 'access.passphrase-needed' })
    await expect(loadIdentity(home, { passphrase: 'wrong' })).rejects.toMatchObject({
      code: 'access.passphrase-wrong',
    })
    await expect(loadIdentity(home, { passphrase: '' })).rejects.toMatchObject({
      code: 'access.passphrase-needed',
    })
    const opened = await loadIdentity(home, { passphrase: 'correct horse' })
    expect(opened).toMatchObject({ peerId: made.peerId, locked: true })
  })

  test('is added, changed and removed without changing who one is', async () => {
    const { peerId } = await loadIdentity(home)
    await changePassphrase(home, { next: 'one' }, { cost })
    await expect(loadIdentity(home)).rejects.toMatchObject({ code: 'access.passphrase-needed' })
    await expect(changePassphrase(home, { current: 'no', next: 'two' }, { cost })).rejects.toMatchObject({
      code: 'access.passphrase-wrong',
    })
    await changePassphrase(home, { current: 'one', next: 'two' }, { cost })
    expect((await loadIdentity(home, { passphrase: 'two' })).peerId).toBe(peerId)
    await changePassphrase(home, { current: 'two' }, { cost })
    expect(await loadIdentity(home)).toMatchObject({ peerId, locked: false })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(home)).toEqual(['identity.key'])
  })

  test('letters composed in another way are the same passphrase', async () => {
    await loadIdentity(home, { passphrase: 'caf\u00e9', cost })
    expect((await loadIdentity(home, { passphrase: 'cafe\u0301' })).locked).toBe(true)
  })

  test('given for a key without one is said', async () => {
    await loadIdentity(home)
    expect((await loadIdentity(home, { passphrase: 'x' })).warnings[0]).toContain('not protected')
  })

  test('a damaged file cannot ask for all the memory', async () => {
    await loadIdentity(home, { passphrase: 'x', cost, world: new VirtualWorld(1) })
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace('"memoryKiB": 64', '"memoryKiB": 4294967295'))
    await expect(loadIdentity(home, { passphrase: 'x' })).rejects.toMatchObject({ code: 'identity.damaged' })
    await writeFile(path, text.replace(/"sealed": "../, '"sealed": "AA'))
    await expect(loadIdentity(home, { passphrase: 'x' })).rejects.toMatchObject({
      code: 'access.passphrase-wrong',
    })
  })
})
