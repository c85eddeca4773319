import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toBase64url, VirtualWorld } from '../base/index.ts'
import { changePassphrase, loadIdentity, restoreIdentity, rotateIdentity } from './identity.ts'
import { openHandover } from './people-statements.ts'
import { phraseOf, seedOfPhrase } from './phrase.ts'

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

describe('the phrase', () => {
  test('gives the same peer id in another home, under a passphrase of its own', async () => {
    const { peerId, seed } = await loadIdentity(home)
    const words = phraseOf(seed)
    const other = join(home, 'other')
    const restored = await restoreIdentity(other, seedOfPhrase(words), { passphrase: 'p', cost })
    expect(restored).toEqual({ peerId, was: 'restored' })
    expect(await loadIdentity(other, { passphrase: 'p' })).toMatchObject({ peerId, locked: true })
    expect((await stat(join(other, 'identity.key'))).mode & 0o777).toBe(0o600)
  })

  test('changes nothing in a home that has that identity, nor in one that has another', async () => {
    const { seed } = await loadIdentity(home, { passphrase: 'p', cost })
    const before = await readFile(path, 'utf8')
    expect(await restoreIdentity(home, seed)).toMatchObject({ was: 'here' })
    const stranger = new Uint8Array(32).fill(7)
    await expect(restoreIdentity(home, stranger)).rejects.toMatchObject({ code: 'identity.exists' })
    expect(await readFile(path, 'utf8')).toBe(before)
    expect(await readdir(home)).toEqual(['identity.key'])
  })

  test('puts another identity aside when asked to, unopened and complete', async () => {
    const { peerId } = await loadIdentity(home, { passphrase: 'p', cost })
    const before = await readFile(path, 'utf8')
    const restored = await restoreIdentity(home, new Uint8Array(32).fill(7), { moveAside: true })
    expect(restored.movedTo).toBe(join(home, `identity-${peerId}.key`))
    expect(await readFile(restored.movedTo!, 'utf8')).toBe(before)
    expect((await stat(restored.movedTo!)).mode & 0o777).toBe(0o600)
    expect((await loadIdentity(home)).peerId).toBe(restored.peerId)
    await writeFile(path, 'damaged')
    const again = await restoreIdentity(home, new Uint8Array(32).fill(7), { moveAside: true })
    expect(await readFile(again.movedTo!, 'utf8')).toBe('damaged')
  })
})

describe('a new main key', () => {
  test('comes with the hand-over in one step; the old one is kept, sealed as it was', async () => {
    const old = await loadIdentity(home, { passphrase: 'p', cost })
    const rotated = await rotateIdentity(home, { from: old.peerId, lastList: 3, passphrase: 'p', cost })
    expect(rotated).toMatchObject({ from: old.peerId, keptIn: join(home, `identity-${old.peerId}.key`) })
    const next = await loadIdentity(home, { passphrase: 'p' })
    expect(next).toMatchObject({ peerId: rotated.to, locked: true })
    expect(openHandover(next.handover!)).toMatchObject({ from: old.peerId, to: next.peerId, lastList: 3 })
    await expect(readFile(rotated.keptIn, 'utf8')).resolves.toContain('"locked"')
    await changePassphrase(home, { current: 'p', next: 'q' }, { cost })
    expect((await loadIdentity(home, { passphrase: 'q' })).handover).toEqual(next.handover)
  })

  test('is refused without the passphrase, and for a key that is not there any more', async () => {
    const { peerId } = await loadIdentity(home, { passphrase: 'p', cost })
    const rotate = (from: string, passphrase?: string) =>
      rotateIdentity(home, { from, lastList: 0, passphrase, cost })
    await expect(rotate(peerId)).rejects.toMatchObject({ code: 'access.passphrase-needed' })
    await rotate(peerId, 'p')
    await expect(rotate(peerId, 'p')).rejects.toMatchObject({ code: 'usage.invalid' })
    expect((await readdir(home)).toSorted()).toEqual([`identity-${peerId}.key`, 'identity.key'])
  })
})
