import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { DatabaseSync } from 'node:sqlite'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemWorld } from '../../base/index.ts'
import { FileBuilder, TreeBuilder, unixFsProfiles } from '../../content/index.ts'
import { IoPool } from '../io-pool.ts'
import { openStore, type Store } from '../store.ts'
import type { StoredContent } from '../stored-content.ts'
import type { TreeOptions } from './open-tree.ts'
import type { TreeFile } from './tree-layout.ts'
import type { TreeWriter } from './tree-writer.ts'

let root: string
let store: Store

beforeEach(async () => {
  root = fs.mkdtempSync(`${tmpdir()}/peerage-tree-`)
  store = await open('home')
})

afterEach(async () => {
  await store.close()
  fs.rmSync(root, { recursive: true })
})

async function open(home: string): Promise<Store> {
  return await openStore({ home: `${root}/${home}`, world: systemWorld })
}

function cidOf(bytes: Uint8Array, codec = 0x55): CID {
  return CID.createV1(codec, Digest.create(0x12, createHash('sha256').update(bytes).digest()))
}

interface Source {
  readonly path: readonly string[]
  readonly bytes: Buffer
  readonly more?: Partial<TreeFile>
}

const sources: readonly Source[] = [
  { path: ['zeros'], bytes: Buffer.alloc(2 * 2 ** 20) },
  {
    path: ['folder', 'large'],
    bytes: randomBytes(3 * 2 ** 20 + 700_001),
    more: { mtimeMs: 1_600_000_000_000 },
  },
  { path: ['folder', 'small'], bytes: randomBytes(20_000), more: { executable: true } },
  { path: ['folder', 'tiny'], bytes: Buffer.from('x') },
  { path: ['folder', 'empty'], bytes: Buffer.alloc(0) },
  { path: ['link'], bytes: Buffer.alloc(0), more: { symlink: ['folder', 'tiny'] } },
]
const treeRoot = cidOf(Buffer.from('the root'))

function options(more: Partial<TreeOptions> = {}, of: readonly Source[] = sources): TreeOptions {
  const files = of.map(({ path, bytes, more: rest }) => ({ path, size: bytes.length, ...rest }))
  return { root: treeRoot, folder: `${root}/into`, name: 'tree', singleFile: false, files, ...more }
}

/** Gives what it does not have; answers how many leaves that were. */
async function feed(
  writer: TreeWriter,
  leafBytes = 2 ** 20,
  most = Number.POSITIVE_INFINITY,
): Promise<number> {
  let given = 0
  for (const [file, { path, size }] of writer.files.entries()) {
    const source = sources.find(one => one.path.join('/') === path.join('/'))!
    for (let offset = 0; offset < size && given < most; offset += leafBytes) {
      const bytes = source.bytes.subarray(offset, offset + leafBytes)
      if (writer.has(file, offset, bytes.length)) continue
      await writer.leaf(cidOf(bytes), bytes, [{ file, offset }])
      given++
    }
  }
  return given
}

function expectTree(folder = `${root}/into/tree`): void {
  for (const { path, bytes, more } of sources) {
    const full = `${folder}/${path.join('/')}`
    if (more?.symlink !== undefined) expect(fs.readlinkSync(full)).toBe('folder/tiny')
    else expect(fs.readFileSync(full).equals(bytes), full).toBe(true)
  }
  expect(fs.statSync(`${folder}/folder/small`).mode & 0o100).toBe(0o100)
  expect(fs.statSync(`${folder}/folder/large`).mtimeMs).toBe(1_600_000_000_000)
  expect(fs.readdirSync(folder, { recursive: true }).filter(name => String(name).endsWith('.part'))).toEqual(
    [],
  )
}

test.for([2 ** 20, 262_144, 100_000])(
  'leaves of %d bytes make the content that sharing the same files makes',
  async leafBytes => {
    const writer = await store.openTree(options())
    await feed(writer, leafBytes)
    expect(writer.bytes).toBe(writer.totalSize)
    const stored = await writer.finish()
    expectTree()
    expect(stored.isComplete).toBe(true)
    expect(store.get(stored.hash)).toBe(stored)
    expect(String(store.blocks.dagOf(stored.hash))).toBe(String(treeRoot))
    const leaf = sources[1]!.bytes.subarray(leafBytes, 2 * leafBytes)
    expect(Buffer.from((await store.blocks.get(cidOf(leaf)))!.bytes).equals(leaf)).toBe(true)
    expect(await stored.verify()).toEqual({ bad: [] })
    const other = await open('other')
    expect((await other.createShare(`${root}/into/tree`)).hash).toBe(stored.hash)
    await other.close()
  },
)

test('goes on where it was, and asks for nothing again that is durable', async () => {
  let writer = await store.openTree(options())
  await feed(writer, 2 ** 20, 4)
  await writer.close()
  await store.close()
  store = await open('home')
  writer = await store.openTree(options())
  const first = writer.files.findIndex((_, file) => writer.has(file, 0, 1))
  const path = writer.files[first]!.path.join('/')
  const { bytes } = sources.find(one => one.path.join('/') === path)!
  expect(store.blocks.contentsOf(cidOf(bytes.subarray(0, 2 ** 20)))).toEqual([])
  expect(writer.bytes).toBeGreaterThan(2 ** 20)
  expect(await feed(writer)).toBeLessThan(6)
  const stored = await writer.finish()
  expectTree()
  expect(await stored.verify()).toEqual({ bad: [] })
})

test('a part that somebody else wrote to is fetched again', async () => {
  let writer = await store.openTree(options())
  await feed(writer, 2 ** 20, 2)
  await writer.close()
  const part = `${root}/into/tree/folder/large.part`
  const fd = fs.openSync(part, 'r+')
  fs.writeSync(fd, Buffer.from('otherwise'), 0, 9, 0)
  fs.closeSync(fd)
  fs.utimesSync(part, new Date(), new Date(Date.now() + 60_000))
  writer = await store.openTree(options())
  expect(
    writer.has(
      writer.files.findIndex(({ path }) => path[1] === 'large'),
      0,
      10,
    ),
  ).toBe(false)
  await feed(writer)
  await writer.finish()
  expectTree()
})

// A disk may take many seconds to flush, and the process be killed before the index says so.
test('a part that was written to long after the index was is believed as far as its leaves are right', async () => {
  const writer = await store.openTree(options())
  const file = writer.files.findIndex(({ path }) => path[1] === 'large')
  const leaf = (n: number): Buffer => sources[1]!.bytes.subarray(n * 2 ** 20, (n + 1) * 2 ** 20)
  for (const n of [0, 1, 2]) await writer.leaf(cidOf(leaf(n)), leaf(n), [{ file, offset: n * 2 ** 20 }])
  await writer.close()
  const part = `${root}/into/tree/folder/large.part`
  const fd = fs.openSync(part, 'r+')
  fs.writeSync(fd, Buffer.from('otherwise'), 0, 9, 2 ** 20 + 5)
  fs.closeSync(fd)
  fs.utimesSync(part, new Date(), new Date(Date.now() + 60_000))
  const again = await store.openTree(options())
  expect([0, 1, 2].map(n => again.has(file, n * 2 ** 20, 2 ** 20))).toEqual([true, false, true])
  await feed(again)
  await again.finish()
  expectTree()
})

test('bytes that are not those of the CID, or do not fit the file, are not written', async () => {
  const writer = await store.openTree(options())
  const bytes = sources[1]!.bytes.subarray(0, 1000)
  const other = Buffer.from(bytes)
  other[5]! ^= 1
  const file = writer.files.findIndex(({ path }) => path[1] === 'large')
  await expect(writer.leaf(cidOf(bytes), other, [{ file, offset: 0 }])).rejects.toMatchObject({
    code: 'block.mismatch',
  })
  await expect(writer.verify(cidOf(bytes), other)).rejects.toMatchObject({ code: 'block.mismatch' })
  const late = { file, offset: sources[1]!.bytes.length - 10 }
  await expect(writer.leaf(cidOf(bytes), bytes, [late])).rejects.toMatchObject({ code: 'content.invalid' })
  expect(fs.existsSync(`${root}/into/tree/folder/large.part`)).toBe(false)
  await expect(writer.finish()).rejects.toThrow('not whole')
  await writer.close()
})

test('bytes of a file that are in a node are written, and what else is in it is not', async () => {
  const bytes = randomBytes(100_000)
  const frame = Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')])
  const writer = await store.openTree(options({}, [{ path: ['a'], bytes }]))
  const node = await writer.verify(cidOf(frame), frame)
  const payload = { begin: 6, length: bytes.length }
  await expect(writer.leafIn(node, [{ file: 0, offset: 1 }], payload)).rejects.toMatchObject({
    code: 'content.invalid',
  })
  await writer.leafIn(node, [{ file: 0, offset: 0 }], payload)
  await writer.leafIn(node, [{ file: 0, offset: 0 }], payload)
  expect(await (await writer.finish()).verify()).toEqual({ bad: [] })
  expect(fs.readFileSync(`${root}/into/tree/a`).equals(bytes)).toBe(true)
})

test('one leaf may stand at several places', async () => {
  const bytes = randomBytes(2 ** 20)
  const of = [
    { path: ['a'], bytes: Buffer.concat([bytes, bytes]) },
    { path: ['b'], bytes },
  ]
  const writer = await store.openTree(options({}, of))
  const targets = [0, 2 ** 20].map(offset => ({ file: 0, offset }))
  await writer.leaf(cidOf(bytes), bytes, [...targets, { file: 1, offset: 0 }])
  const stored = await writer.finish()
  expect(await stored.verify()).toEqual({ bad: [] })
  expect(fs.readFileSync(`${root}/into/tree/a`).equals(of[0]!.bytes)).toBe(true)
})

test('refuses names that escape, twice the same name, and files that stand in the way', async () => {
  const bytes = Buffer.from('x')
  const escaping = options({}, [{ path: ['..', 'etc'], bytes }])
  await expect(store.openTree(escaping)).rejects.toMatchObject({
    code: expect.stringMatching(/^(path.unsafe|content.invalid)$/),
  })
  const twice = options({}, [
    { path: ['a'], bytes },
    { path: ['a'], bytes },
  ])
  await expect(store.openTree(twice)).rejects.toMatchObject({ code: 'content.invalid' })
  await expect(store.openTree(options({}, []))).rejects.toMatchObject({ code: 'content.invalid' })
  fs.mkdirSync(`${root}/into/tree`, { recursive: true })
  fs.writeFileSync(`${root}/into/tree/zeros`, 'mine')
  await expect(store.openTree(options())).rejects.toMatchObject({ code: 'store.exists' })
  const writer = await store.openTree(options({ overwrite: true }))
  await feed(writer)
  await writer.finish()
  expectTree()
})

test('a symlink in the way is not followed', async () => {
  fs.mkdirSync(`${root}/into/tree`, { recursive: true })
  fs.mkdirSync(`${root}/outside`)
  fs.symlinkSync(`${root}/outside`, `${root}/into/tree/folder`)
  const writer = await store.openTree(options({ overwrite: true }))
  await expect(feed(writer)).rejects.toMatchObject({ code: 'path.unsafe' })
  expect(fs.readdirSync(`${root}/outside`)).toEqual([])
  await writer.discard()
})

test('discarding deletes what was written', async () => {
  const writer = await store.openTree(options())
  await feed(writer, 2 ** 20, 3)
  await writer.discard()
  expect(fs.existsSync(`${root}/into/tree`)).toBe(false)
  expect((await store.openTree(options())).bytes).toBe(0)
})

test('what was written before a restart is deleted, and nothing else', async () => {
  const writer = await store.openTree(options())
  await feed(writer, 2 ** 20, 7)
  await writer.close()
  const files = (): string[] => fs.readdirSync(`${root}/into/tree`, { recursive: true }).map(String)
  expect(files().filter(name => name.endsWith('.part'))).toEqual(['zeros.part'])
  // What was whole has its name; and somebody else has put something there.
  expect(files()).toContain('folder/large')
  fs.writeFileSync(`${root}/into/tree/folder/mine.part`, 'mine')
  await store.close()
  store = await open('home')
  await store.discardTree(String(treeRoot))
  expect(files().toSorted()).toEqual(['folder', 'folder/mine.part'])
  expect(fs.readdirSync(`${root}/home/trees`)).toEqual([])
  await store.discardTree(String(treeRoot))
  expect((await store.openTree(options())).bytes).toBe(0)
})

test.each(['damaged', 'gone'])(
  'a tree whose list of names is %s is forgotten, and its files stay',
  async how => {
    const writer = await store.openTree(options())
    await feed(writer, 2 ** 20, 1)
    await writer.close()
    const [list] = fs.readdirSync(`${root}/home/trees`)
    const path = `${root}/home/trees/${list}`
    if (how === 'gone') fs.rmSync(path)
    else fs.writeFileSync(path, '{"name":"tree","singleFile":false}\n["x","large"]\n')
    await store.discardTree(String(treeRoot))
    expect(fs.existsSync(`${root}/into/tree`)).toBe(true)
    expect(fs.existsSync(path)).toBe(false)
    expect((await store.openTree(options())).bytes).toBe(0)
  },
)

test('parts of a tree that is not whole are no files of a share of its folder, also after a restart', async () => {
  const writer = await store.openTree(options())
  await feed(writer, 2 ** 20, 1)
  await writer.close()
  fs.writeFileSync(`${root}/into/other.part`, 'mine')
  const names = (one: StoredContent): string[] => one.content.files.map(({ path }) => path.join('/'))
  const parts = fs.readdirSync(`${root}/into/tree`, { recursive: true })
  expect(parts.filter(name => String(name).endsWith('.part')).length).toBeGreaterThan(0)
  expect(names(await store.createShare(`${root}/into`))).toEqual(['other.part'])
  await store.close()
  store = await open('home')
  expect(names(await store.createShare(`${root}/into`))).toEqual(['other.part'])
})

test('what was only a part of what is behind the root does not go by its CID', async () => {
  const writer = await store.openTree(options({ isPart: true }, sources.slice(2, 4)))
  await feed(writer)
  const stored = await writer.finish()
  expect(stored.isComplete).toBe(true)
  expect(store.blocks.dagsOf(stored.hash)).toEqual([])
})

test('goes on after a crash that came when empty files and symlinks were made and it was no content yet', async () => {
  const writer = await store.openTree(options())
  await feed(writer)
  await writer.close()
  const [empty, link] = ['folder/empty', 'link'].map(path => `${root}/into/tree/${path}`)
  fs.writeFileSync(empty!, 'of somebody else')
  await expect(store.openTree(options())).rejects.toMatchObject({ code: 'store.exists' })
  fs.writeFileSync(empty!, '')
  fs.symlinkSync('folder/small', link!)
  await expect(store.openTree(options())).rejects.toMatchObject({ code: 'store.exists' })
  fs.unlinkSync(link!)
  fs.symlinkSync('folder/tiny', link!)
  const again = await store.openTree(options())
  expect(await feed(again)).toBe(0)
  await again.finish()
  expectTree()
})

test('small files that are fetched take as little of the index as those that are shared', async () => {
  const nodes = new Map<CID, Uint8Array>()
  const build = {
    profile: unixFsProfiles['unixfs-v1-2025'],
    emit: (cid: CID, bytes: Uint8Array) => void nodes.set(cid, bytes),
  }
  const tree = new TreeBuilder(build)
  const small = Array.from({ length: 300 }, (_, i) => ({
    path: [`${i % 3}`, `file-${i}`],
    bytes: randomBytes(200 + i),
  }))
  for (const { path, bytes } of small) {
    const file = new FileBuilder(build)
    file.add(createHash('sha256').update(bytes).digest(), bytes.length)
    tree.add(path, file.finish())
  }
  // Enough of them make a HAMT of a folder.
  for (let i = 0; i < 1100; i++) {
    const file = new FileBuilder(build)
    const [path, bytes] = [['wide', `${i}`.padEnd(200, '-')], Buffer.from(`${i}`)]
    small.push({ path, bytes })
    file.add(createHash('sha256').update(bytes).digest(), bytes.length)
    tree.add(path, file.finish())
  }
  const { cid: top } = tree.finish()
  expect(nodes.size).toBeGreaterThan(200)
  const byPath = new Map(small.map(({ path, bytes }) => [path.join('/'), bytes]))
  const writer = await store.openTree(options({ root: top }, small))
  for (const [cid, bytes] of nodes) writer.node(await writer.verify(cid, bytes))
  await Promise.all(
    writer.files.map(async ({ path }, file) => {
      const bytes = byPath.get(path.join('/'))!
      await writer.leaf(cidOf(bytes), bytes, [{ file, offset: 0 }])
    }),
  )
  const run = vi.spyOn(IoPool.prototype, 'run')
  const { hash } = await writer.finish()
  // The hash from when each was written is its root: no worker is asked for it.
  expect(run.mock.calls.some(([{ op }]) => op === 'fold' || op === 'root' || op === 'hash')).toBe(false)
  run.mockRestore()
  await store.close()
  using db = new DatabaseSync(`${root}/home/blocks.db`)
  const count = (table: string): unknown => db.prepare(`SELECT count(*) AS n FROM ${table}`).get()!.n
  expect(['places', 'nodes', 'packed'].map(count)).toEqual([1, 1, 3])
  const bytes = db.prepare('SELECT sum(length(files)) AS n FROM whole_file_rows').get()!.n
  expect(bytes).toBeLessThan(10 * small.length)
  expect(Number(db.prepare('SELECT sum(length(files)) AS n FROM hamt_node_rows').get()!.n)).toBeGreaterThan(0)
  db.close()
  store = await open('home')
  for (const [cid, bytes] of nodes)
    expect(new Uint8Array((await store.blocks.get(cid))!.bytes)).toEqual(bytes)
  for (const { bytes } of small) expect(store.blocks.contentsOf(cidOf(bytes))).toEqual([hash])
})

test('more files than one content has room for are refused before any of them is fetched', async () => {
  const files = Array.from({ length: 105_000 }, (_, i) => ({ path: [`${i}`.padStart(255, '-')], size: 1 }))
  await expect(store.openTree(options({ files }))).rejects.toMatchObject({
    code: 'dag.limit',
    details: { limit: 'maxInfoBytes' },
  })
  expect(fs.readdirSync(`${root}/into`)).toEqual([])
})
