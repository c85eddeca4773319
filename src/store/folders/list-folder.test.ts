import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freeSpace } from './free-space.ts'
import { type FolderPage, listFolder } from './list-folder.ts'
import { makeFolder } from './make-folder.ts'

let root: string
beforeAll(() => {
  root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'peerage-folders-')))
})
afterAll(() => fs.rmSync(root, { recursive: true, force: true }))

const all = { offset: 0, limit: 1000, maxEntries: 10_000 }
const namesOf = ({ entries }: FolderPage): string[] => entries.map(({ name }) => name)

function folder(name: string, files: readonly string[], folders: readonly string[] = []): string {
  const path = join(root, name)
  fs.mkdirSync(path)
  for (const one of folders) fs.mkdirSync(join(path, one))
  for (const one of files) fs.writeFileSync(join(path, one), one)
  return path
}

test('folders come first, hidden ones last, names as people count', async () => {
  const path = folder('order', ['b10', 'b9', '.rc', 'A'], ['zoo', '.git'])
  const page = await listFolder(path, all)
  expect(namesOf(page)).toEqual(['zoo', 'A', 'b9', 'b10', '.git', '.rc'])
  expect(page).toMatchObject({ path, name: 'order', parent: root, total: 6 })
  expect(page.entries[1]).toMatchObject({ kind: 'file', size: 1, modifiedAt: expect.any(Number) })
  expect(namesOf(await listFolder(path, { ...all, hidden: false }))).toEqual(['zoo', 'A', 'b9', 'b10'])
  expect(namesOf(await listFolder(path, { ...all, onlyFolders: true }))).toEqual(['zoo', '.git'])
})

test('pages follow one another and end', async () => {
  const path = folder('pages', ['a', 'b', 'c', 'd', 'e'])
  const first = await listFolder(path, { ...all, limit: 2 })
  expect(namesOf(first)).toEqual(['a', 'b'])
  expect(first.next).toBe(2)
  const last = await listFolder(path, { ...all, offset: 4, limit: 2 })
  expect(namesOf(last)).toEqual(['e'])
  expect(last.next).toBeUndefined()
})

test('no more entries are read than the bound says, and that is told', async () => {
  const path = folder('many', ['a', 'b', 'c'])
  expect(await listFolder(path, { ...all, maxEntries: 2 })).toMatchObject({ total: 2, isCut: true })
  expect((await listFolder(path, { ...all, maxEntries: 3 })).isCut).toBeUndefined()
})

test('a loop of links leads back to where it began, and links to nowhere are broken', async () => {
  const path = folder('links', ['file'])
  fs.symlinkSync('.', join(path, 'loop'))
  fs.symlinkSync('circle', join(path, 'circle'))
  fs.symlinkSync('file', join(path, 'to-file'))
  const page = await listFolder(join(path, 'loop', 'loop', 'loop'), all)
  expect(page.path).toBe(path)
  const kinds = Object.fromEntries(page.entries.map(({ name, kind, isLink }) => [name, [kind, isLink]]))
  expect(kinds).toEqual({
    loop: ['folder', true],
    circle: ['broken', true],
    file: ['file', undefined],
    'to-file': ['file', true],
  })
  await expect(listFolder(join(path, 'circle'), all)).rejects.toThrow('Its links lead in circles')
})

test('what cannot be listed is told in words', async () => {
  const path = folder('walls', ['file'], ['closed'])
  await expect(listFolder(join(path, 'gone'), all)).rejects.toThrow('It is not there any more')
  await expect(listFolder(join(path, 'file'), all)).rejects.toMatchObject({ code: 'store.source-unreadable' })
  fs.chmodSync(join(path, 'closed'), 0)
  // Root may look into everything.
  const closed = listFolder(join(path, 'closed'), all)
  if (process.getuid?.() === 0) await expect(closed).resolves.toMatchObject({ total: 0 })
  else await expect(closed).rejects.toThrow('You may not look into it')
  fs.chmodSync(join(path, 'closed'), 0o700)
})

test('a folder is made where it was asked for and nowhere else', async () => {
  const path = folder('make', [])
  expect(await makeFolder(path, 'Films & more')).toBe(join(path, 'Films & more'))
  await expect(makeFolder(path, 'Films & more')).rejects.toMatchObject({ code: 'store.exists' })
  for (const name of ['..', '.', 'a/b', '../x', 'a\0b', 'a\u202eb', 'con'])
    await expect(makeFolder(path, name)).rejects.toMatchObject({ code: 'path.unsafe' })
  expect(fs.readdirSync(path)).toEqual(['Films & more'])
})

test('room is told for what is not there yet', async () => {
  const space = await freeSpace(join(root, 'not', 'there', 'yet'))
  expect(space.folder).toBe(root)
  expect(space.freeBytes).toBeGreaterThan(0)
  expect(space.totalBytes).toBeGreaterThanOrEqual(space.freeBytes)
})
