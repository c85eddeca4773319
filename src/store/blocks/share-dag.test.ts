import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { DatabaseSync } from 'node:sqlite'
import { inflateRawSync } from 'node:zlib'
import { importer } from 'ipfs-unixfs-importer'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { equalBytes, systemWorld } from '../../base/index.ts'
import { codecs, decodeCid, type FileEntry } from '../../content/index.ts'
import { decodeDagPb } from '../../wire/index.ts'
import { openStore, type Store } from '../store.ts'
import type { StoredContent } from '../stored-content.ts'
import { BlockDatabase, madeNode } from './block-database.ts'

let root: string
let store: Store

beforeEach(async () => {
  root = fs.mkdtempSync(`${tmpdir()}/peerage-dag-`)
  fs.mkdirSync(`${root}/tree/folder`, { recursive: true })
  fs.writeFileSync(`${root}/tree/large`, randomBytes(3 * 2 ** 20 + 5))
  fs.writeFileSync(`${root}/tree/folder/small`, randomBytes(300_000))
  fs.writeFileSync(`${root}/tree/folder/empty`, '')
  fs.symlinkSync('folder/small', `${root}/tree/link`)
  store = await openStore({ home: `${root}/home`, world: systemWorld })
})

afterEach(async () => {
  await store.close()
  fs.rmSync(root, { recursive: true })
})

/** All blocks below a CID, each compared with its hash. */
async function walk(cid: CID, seen: Map<string, Uint8Array> = new Map()): Promise<Map<string, Uint8Array>> {
  const block = await store.blocks.get(cid)
  expect(block, String(cid)).toBeDefined()
  expect(createHash('sha256').update(block!.bytes).digest().equals(cid.multihash.digest)).toBe(true)
  expect(store.blocks.sizeOf(cid)).toBe(block!.bytes.length)
  seen.set(String(cid), block!.bytes)
  if (cid.code === codecs.dagPb)
    await Promise.all(decodeDagPb(block!.bytes).links.map(({ hash }) => walk(decodeCid(hash), seen)))
  return seen
}

test.for(['unixfs-v1-2025', 'unixfs-v0-2015'] as const)(
  'a share is a DAG of %s too, from the same reading',
  async unixfs => {
    const stored = await store.createShare(`${root}/tree`, { unixfs })
    const cid = store.blocks.dagOf(stored.hash)!
    const blocks = await walk(cid)
    expect(blocks.size).toBeGreaterThan(8)
    expect(store.blocks.contentsOf(cid)).toEqual([stored.hash])
    const later = await openedAgain()
    expect(String(later.blocks.dagOf(stored.hash))).toBe(String(cid))
    expect((await walk(cid)).size).toBe(blocks.size)
  },
)

/** The root that the importer of Helia gives these files and empty folders of the tree. */
async function importedRoot(files: readonly string[], folders: readonly string[]): Promise<string> {
  const source = [
    ...files.map(path => ({ path, content: fs.readFileSync(`${root}/tree/${path}`) })),
    ...folders.map(path => ({ path })),
  ]
  const nowhere = { put: async (cid: CID) => cid, has: async () => false } as never
  let theirs = ''
  for await (const { cid } of importer(source, nowhere, {
    profile: 'unixfs-v1-2025',
    wrapWithDirectory: true,
  }))
    theirs = String(cid)
  return theirs
}

test('the root of a folder is that of the importer of Helia, and follows its empty folders', async () => {
  fs.rmSync(`${root}/tree/link`)
  const rootOf = async (): Promise<string> =>
    String(store.blocks.dagOf((await store.createShare(`${root}/tree`, { unixfs: 'unixfs-v1-2025' })).hash))
  const files = ['large', 'folder/small', 'folder/empty']
  const before = await rootOf()
  expect(before).toBe(await importedRoot(files, []))
  fs.mkdirSync(`${root}/tree/none/at/all`, { recursive: true })
  fs.mkdirSync(`${root}/tree/folder/none`)
  const folders = ['none/at/all', 'folder/none']
  expect((await store.describe(`${root}/tree`, { unixfs: 'unixfs-v1-2025' })).root?.toString()).toBe(
    await importedRoot(files, folders),
  )
  const shared = await rootOf()
  expect(shared).toBe(await importedRoot(files, folders))
  expect(shared).not.toBe(before)
  await walk(CID.parse(shared))
  // It has one name at a time, also when the database is lost.
  const { hash } = [...store.contents()].at(-1)!
  await store.close()
  for (const suffix of ['', '-wal', '-shm']) fs.rmSync(`${root}/home/blocks.db${suffix}`, { force: true })
  store = await openStore({ home: `${root}/home`, world: systemWorld })
  await store.blocks.recovered
  expect(store.blocks.dagsOf(hash).map(dag => String(dag.root))).toEqual([shared])
  fs.rmSync(`${root}/tree/none`, { recursive: true })
  fs.rmdirSync(`${root}/tree/folder/none`)
  expect(await rootOf()).toBe(before)
})

async function openedAgain(): Promise<Store> {
  await store.close()
  store = await openStore({ home: `${root}/home`, world: systemWorld })
  return store
}

test('a content gets the same CIDs later, and both profiles side by side', async () => {
  const stored = await store.createShare(`${root}/tree`)
  expect(store.blocks.dagsOf(stored.hash)).toEqual([])
  let bytes = 0
  const onProgress = (progress: { bytes: number }): void => {
    bytes = progress.bytes
  }
  const later = await store.blocks.addDag(stored, { profile: 'unixfs-v1-2025', onProgress })
  expect(bytes).toBe(stored.totalSize)
  const legacy = await store.blocks.addDag(stored, { profile: 'unixfs-v0-2015' })
  expect(legacy.version).toBe(0)
  const at = { home: `${root}/other`, world: systemWorld }
  const other = await openStore(at)
  const shared = await other.createShare(`${root}/tree`, { unixfs: 'unixfs-v1-2025' })
  expect(String(other.blocks.dagOf(shared.hash))).toBe(String(later))
  await other.close()
})

test('giving CIDs can be stopped, and nothing is left of it', async () => {
  const stored = await store.createShare(`${root}/tree`)
  const stop = new AbortController()
  const onProgress = (): void => stop.abort(new Error('enough'))
  const adding = store.blocks.addDag(stored, { profile: 'unixfs-v1-2025', onProgress, signal: stop.signal })
  await expect(adding).rejects.toThrow('enough')
  expect(store.blocks.dagOf(stored.hash)).toBeUndefined()
})

test('a file that changed serves no block, and sharing again reads that file only', async () => {
  const stored = await store.createShare(`${root}/tree`, { unixfs: 'unixfs-v1-2025' })
  const blocks = await walk(store.blocks.dagOf(stored.hash)!)
  fs.writeFileSync(`${root}/tree/folder/small`, randomBytes(300_000))
  const leaves = [...blocks].filter(([, bytes]) => bytes.length === 300_000)
  expect(leaves.length).toBe(1)
  const cid = decodeCid(CID.parse(leaves[0]![0]).bytes)
  expect(await store.blocks.get(cid)).toBeUndefined()
  expect(store.blocks.has(cid)).toBe(false)
  const again = await store.createShare(`${root}/tree`, { unixfs: 'unixfs-v1-2025' })
  expect(again.hash).not.toBe(stored.hash)
  await walk(store.blocks.dagOf(again.hash)!)
})

test.for(['unixfs-v1-2025', 'unixfs-v0-2015'] as const)(
  'the index of %s takes at most 1 % of the share',
  async unixfs => {
    const file = fs.openSync(`${root}/tree/sparse`, 'w')
    for (let i = 0; i < 64; i++) fs.writeSync(file, randomBytes(4096), 0, 4096, i * 2 ** 20)
    fs.ftruncateSync(file, 64 * 2 ** 20)
    fs.closeSync(file)
    const { totalSize } = await store.createShare(`${root}/tree`, { unixfs })
    await store.close()
    expect(fs.statSync(`${root}/home/blocks.db`).size).toBeLessThan(totalSize / 100)
    store = await openStore({ home: `${root}/home`, world: systemWorld })
  },
)

test('10,000 files of 4 kB take at most 1 % of the index, each about ten bytes, and their hashes are found again without reading them', async () => {
  const shareOf = async (): Promise<{ hash: string; size: number }> => {
    const stored = await store.createShare(`${root}/tree`, { unixfs: 'unixfs-v1-2025' })
    const leavesOf = (await store.blocks.leavesOf(stored.hash, 'unixfs-v1-2025'))!
    for (const { index, path, size } of stored.content.files) {
      const digest = createHash('sha256')
        .update(fs.readFileSync(`${root}/tree/${path.join('/')}`))
        .digest()
      if (size > 0 && size <= 2 ** 20) expect(leavesOf(index)).toEqual(new Uint8Array(digest))
    }
    expect(await store.blocks.leavesOf(stored.hash, 'unixfs-v0-2015')).toBeUndefined()
    await store.close()
    const { size } = fs.statSync(`${root}/home/blocks.db`)
    store = await openStore({ home: `${root}/home`, world: systemWorld })
    return { hash: stored.hash, size }
  }
  const { size: before } = await shareOf()
  for (let folder = 0; folder < 10; folder++) {
    fs.mkdirSync(`${root}/tree/${folder}`)
    for (let i = 0; i < 100; i++)
      fs.writeFileSync(
        `${root}/tree/${folder}/a-file-with-the-number-${i}`,
        randomBytes(1 + ((7919 * i) % 2048)),
      )
  }
  const { hash, size } = await shareOf()
  const each = (size - before) / 1000
  // Many at once lie closer than few: 1,000 stand for 10,000, and a page is four bytes of each.
  expect(each).toBeLessThan(17)
  expect((before + 10_000 * each) / (10_000 * 4096)).toBeLessThan(0.01)
  expect((await walk(store.blocks.dagOf(hash)!)).size).toBeGreaterThan(1000)
})

/** As many as make a HAMT of a folder, in which all names have 200 letters. */
const inHamt = 1100

function writeHamt(folder: string): void {
  fs.mkdirSync(folder)
  for (let i = 0; i < inHamt; i++) fs.writeFileSync(`${folder}/${`${i}`.padEnd(200, '-')}`, `file ${i}`)
}

/** Of a CID and what is below it, leaves aside. */
async function nodesBelow(cid: CID): Promise<{ cid: CID; bytes: Uint8Array }[]> {
  const { bytes } = (await store.blocks.get(cid))!
  const links = decodeDagPb(bytes).links.map(({ hash }) => decodeCid(hash))
  const below = await Promise.all(links.filter(({ code }) => code === codecs.dagPb).map(nodesBelow))
  return [{ cid, bytes }, ...below.flat()]
}

/** Runs in the index while the store is closed. */
async function inIndex<T>(body: (db: DatabaseSync) => T): Promise<T> {
  await store.close()
  try {
    using db = new DatabaseSync(`${root}/home/blocks.db`)
    return body(db)
  } finally {
    store = await openStore({ home: `${root}/home`, world: systemWorld })
  }
}

test('nodes of a HAMT are made again from what the content says, before and after a restart and of an index of version 3', async () => {
  writeHamt(`${root}/tree/wide`)
  // The content does not say what these are.
  fs.writeFileSync(`${root}/tree/wide/large`, randomBytes(20_000))
  fs.mkdirSync(`${root}/tree/wide/sub`)
  fs.writeFileSync(`${root}/tree/wide/sub/one`, 'one')
  const stored = await store.createShare(`${root}/tree`, { unixfs: 'unixfs-v1-2025' })
  const nodes = await nodesBelow(store.blocks.dagOf(stored.hash)!)
  expect(nodes.length).toBeGreaterThan(200)
  const allAreThere = async (): Promise<void> => {
    const found = nodes.map(({ cid }) => [store.blocks.sizeOf(cid), ...store.blocks.contentsOf(cid)])
    expect(found).toEqual(nodes.map(({ bytes }) => [bytes.length, stored.hash]))
    const again = await Promise.all(nodes.map(({ cid }) => store.blocks.loan(cid)))
    expect(again.every((loan, i) => equalBytes(loan!.block.bytes, nodes[i]!.bytes))).toBe(true)
  }
  await allAreThere()
  const tables = await inIndex(db => {
    const count = (table: string): unknown => db.prepare(`SELECT count(*) AS n FROM ${table}`).get()!.n
    return ['hamt_node_rows', 'packed', 'nodes'].map(count)
  })
  expect(tables[0]).toBeGreaterThan(0)
  // Those on the way to the two others, the folders, and what is above the leaves of the large files.
  expect(Number(tables[1]) + Number(tables[2])).toBeLessThan(16)
  // As after a restart, when the content is not loaded yet.
  await allAreThere()
  await inIndex(db => {
    db.exec('DROP TABLE hamt_node_rows; PRAGMA user_version = 3')
    const put = db.prepare('INSERT OR IGNORE INTO nodes VALUES (?, ?)')
    const place = db.prepare('INSERT OR IGNORE INTO places VALUES (?, 1, 0, 0, 0, ?)')
    for (const { cid, bytes } of nodes) {
      put.run(cid.multihash.bytes, bytes)
      place.run(cid.multihash.bytes, bytes.length)
    }
  })
  await allAreThere()
  fs.writeFileSync(`${root}/tree/wide/more`, 'more')
  const again = await store.createShare(`${root}/tree`, { unixfs: 'unixfs-v1-2025' })
  await store.remove(stored.hash, { deleteFiles: false })
  expect((await nodesBelow(store.blocks.dagOf(again.hash)!)).length).toBeGreaterThan(200)
  await store.remove(again.hash, { deleteFiles: false })
  await store.blocks.collect()
  for (const { cid } of nodes) expect(store.blocks.has(cid)).toBe(false)
  expect(await inIndex(db => db.prepare('SELECT * FROM hamt_node_rows').all())).toEqual([])
  expect(fs.readdirSync(`${root}/home`).some(name => name.includes('damaged'))).toBe(false)
})

test('what the index says wrongly of a block is nobody’s reason to have it, and a damaged place is none', async () => {
  writeHamt(`${root}/tree/wide`)
  const stored = await store.createShare(`${root}/tree`, { unixfs: 'unixfs-v1-2025' })
  const wide = await nodesBelow(store.blocks.dagOf(stored.hash)!)
  const other = await store.blocks.put(
    CID.createV1(codecs.raw, Digest.create(0x12, createHash('sha256').update('private').digest())),
    Buffer.from('private'),
    { isPublic: false },
  )
  const hash = other.cid.multihash.bytes
  await store.close()
  const db = new BlockDatabase(`${root}/home/blocks.db`)
  const { index: file } = stored.content.files.find(({ path }) => path[0] === 'wide')!
  const wrong = { hash, dag: 1, form: madeNode, at: 1, length: 7 }
  db.putMadeNodes([
    { ...wrong, file },
    { ...wrong, file: 10 ** 6 },
    { ...wrong, file: file + 1, at: 7 },
  ])
  expect(db.place(hash).map(({ form }) => form)).toEqual([madeNode, madeNode, madeNode])
  db.close()
  store = await openStore({ home: `${root}/home`, world: systemWorld })
  const found = store.blocks.find(other.cid)!
  expect(found.contents).toEqual([stored.hash])
  expect(await found.loan()).toBeUndefined()
  expect(await found.get()).toBeUndefined()
  // Now it is known.
  expect(Buffer.from((await store.blocks.find(other.cid)!.get())!.bytes).toString()).toBe('private')
  expect(store.blocks.contentsOf(other.cid)).toEqual([])
  for (const { cid } of wide) expect(await store.blocks.get(cid)).toBeDefined()
})

test('a hash that only begins as that of a small file is not here', async () => {
  fs.writeFileSync(`${root}/tree/tiny`, 'tiny')
  const stored = await store.createShare(`${root}/tree`, { unixfs: 'unixfs-v1-2025' })
  const digest = createHash('sha256').update('tiny').digest()
  const cidOf = (bytes: Uint8Array): CID => CID.createV1(codecs.raw, Digest.create(0x12, bytes))
  const forged = digest.map((byte, i) => (i < 6 ? byte : byte ^ 1))
  expect(store.blocks.sizeOf(cidOf(digest))).toBe(4)
  expect(store.blocks.contentsOf(cidOf(digest))).toEqual([stored.hash])
  expect(store.blocks.has(cidOf(forged))).toBe(false)
  expect(store.blocks.contentsOf(cidOf(forged))).toEqual([])
  // What is not loaded yet is not known so well, and serves nothing all the same.
  const later = await openedAgain()
  expect(await later.blocks.get(cidOf(forged))).toBeUndefined()
  expect(await later.blocks.loan(cidOf(forged))).toBeUndefined()
  expect(Buffer.from((await later.blocks.get(cidOf(digest)))!.bytes).toString()).toBe('tiny')
})

/** Those that are one leaf, which the index finds by their pieces root. */
function smallFiles({ content }: StoredContent): readonly FileEntry[] {
  return content.files.filter(({ piecesRoot, size }) => piecesRoot !== undefined && size <= 16_384)
}

test('an index of version 1 is read, and has room for what later versions say', async () => {
  for (const name of ['one', 'two']) fs.writeFileSync(`${root}/tree/folder/${name}`, name)
  const stored = await store.createShare(`${root}/tree`, { unixfs: 'unixfs-v1-2025' })
  const blocks = await walk(store.blocks.dagOf(stored.hash)!)
  const known = smallFiles(stored)
  await store.close()
  const db = new DatabaseSync(`${root}/home/blocks.db`)
  const put = db.prepare('INSERT INTO places VALUES (?, 1, ?, ?, 0, ?)')
  for (const { index, size, piecesRoot } of known)
    put.run(Uint8Array.of(0x12, 0x20, ...piecesRoot!), 1, index, size)
  for (const { hash, length } of db.prepare('SELECT hash, length FROM packed').all() as {
    hash: Uint8Array
    length: number
  }[]) {
    const [, bytes] = [...blocks].find(([text]) => Buffer.from(CID.parse(text).multihash.bytes).equals(hash))!
    db.prepare('INSERT INTO nodes VALUES (?, ?)').run(hash, bytes)
    put.run(hash, 0, 0, length)
  }
  db.exec('DROP TABLE whole_file_rows; DROP TABLE hamt_node_rows; DROP TABLE packed; PRAGMA user_version = 1')
  db.close()
  expect(known.length).toBe(2)
  store = await openStore({ home: `${root}/home`, world: systemWorld })
  expect((await walk(store.blocks.dagOf(stored.hash)!)).size).toBe(blocks.size)
  fs.writeFileSync(`${root}/tree/folder/three`, 'three')
  const again = await store.createShare(`${root}/tree`, { unixfs: 'unixfs-v1-2025' })
  expect((await walk(store.blocks.dagOf(again.hash)!)).size).toBe(blocks.size + 1)
  expect(fs.readdirSync(`${root}/home`).some(name => name.includes('damaged'))).toBe(false)
})

test('an index of version 2, which had a row for each small file, is packed without reading a file', async () => {
  for (let i = 0; i < 150; i++) fs.writeFileSync(`${root}/tree/folder/${i}`, `number ${i}`)
  const stored = await store.createShare(`${root}/tree`, { unixfs: 'unixfs-v1-2025' })
  const blocks = await walk(store.blocks.dagOf(stored.hash)!)
  const known = smallFiles(stored)
  await store.close()
  const db = new DatabaseSync(`${root}/home/blocks.db`)
  db.exec(`
    DROP TABLE whole_file_rows;
    DROP TABLE hamt_node_rows;
    CREATE TABLE whole_files (
      start INTEGER NOT NULL, dag INTEGER NOT NULL, file INTEGER NOT NULL, length INTEGER NOT NULL,
      PRIMARY KEY (start, dag, file)) WITHOUT ROWID;
    PRAGMA user_version = 2`)
  const put = db.prepare('INSERT INTO whole_files VALUES (?, ?, ?, ?)')
  for (const { index, size, piecesRoot } of known) {
    const start = Buffer.from(piecesRoot!).readUIntBE(0, 6) - 2 ** 47
    put.run(start, 1, index, size)
    // Of a DAG that was removed.
    put.run(start, 77, index, size)
  }
  db.close()
  fs.renameSync(`${root}/tree`, `${root}/away`)
  store = await openStore({ home: `${root}/home`, world: systemWorld })
  for (const { size, piecesRoot } of known)
    expect(store.blocks.sizeOf(CID.createV1(codecs.raw, Digest.create(0x12, piecesRoot!)))).toBe(size)
  await store.close()
  fs.renameSync(`${root}/away`, `${root}/tree`)
  store = await openStore({ home: `${root}/home`, world: systemWorld })
  expect((await walk(store.blocks.dagOf(stored.hash)!)).size).toBe(blocks.size)
  expect(known.length).toBe(150)
  expect(fs.readdirSync(`${root}/home`).some(name => name.includes('damaged'))).toBe(false)
})

test('an index from before nodes were deflated is read, and a node that is damaged is not there', async () => {
  const stored = await store.createShare(`${root}/tree`, { unixfs: 'unixfs-v1-2025' })
  const blocks = await walk(store.blocks.dagOf(stored.hash)!)
  await store.close()
  const change = (into: (deflated: Uint8Array) => Uint8Array): number => {
    using db = new DatabaseSync(`${root}/home/blocks.db`)
    const rows = db
      .prepare('SELECT nodes.hash, bytes FROM nodes JOIN places USING (hash) WHERE length(bytes) < length')
      .all()
    const put = db.prepare('UPDATE nodes SET bytes = ? WHERE hash = ?')
    for (const { hash, bytes } of rows) put.run(into(bytes as Uint8Array), hash as Uint8Array)
    return rows.length
  }
  expect(change(bytes => bytes.map(byte => byte ^ 85))).toBeGreaterThan(0)
  store = await openStore({ home: `${root}/home`, world: systemWorld })
  expect(await store.blocks.get(store.blocks.dagOf(stored.hash)!)).toBeUndefined()
  await store.close()
  change(bytes => inflateRawSync(bytes.map(byte => byte ^ 85)))
  store = await openStore({ home: `${root}/home`, world: systemWorld })
  expect((await walk(store.blocks.dagOf(stored.hash)!)).size).toBe(blocks.size)
})

test('a content that is removed has no blocks', async () => {
  const stored = await store.createShare(`${root}/tree`, { unixfs: 'unixfs-v1-2025' })
  const cid = store.blocks.dagOf(stored.hash)!
  await store.remove(stored.hash, { deleteFiles: false })
  expect(store.blocks.has(cid)).toBe(false)
  expect(await store.blocks.get(cid)).toBeUndefined()
})

test('small files that several shares have stay found until the last of these is removed, and nothing is left then', async () => {
  const share = async (name: string, others: number): Promise<StoredContent> => {
    fs.mkdirSync(`${root}/${name}`)
    for (let i = 0; i < 200; i++) fs.writeFileSync(`${root}/${name}/both-${i}`, `both ${i}`)
    for (let i = 0; i < others; i++) fs.writeFileSync(`${root}/${name}/${i}`, `${name} ${i}`)
    for (let i = 0; i < 40; i++) fs.writeFileSync(`${root}/${name}/twin-${i}`, 'twins')
    return await store.createShare(`${root}/${name}`, { unixfs: 'unixfs-v1-2025' })
  }
  const cidOf = (text: string): CID =>
    CID.createV1(codecs.raw, Digest.create(0x12, createHash('sha256').update(text).digest()))
  const rows = async (): Promise<number> => {
    await store.blocks.collect()
    await store.close()
    using db = new DatabaseSync(`${root}/home/blocks.db`)
    const { n } = db.prepare('SELECT count(*) AS n FROM whole_file_rows').get()!
    db.close()
    store = await openStore({ home: `${root}/home`, world: systemWorld })
    return Number(n)
  }
  const [one, two] = [await share('one', 300), await share('two', 100)]
  expect(store.blocks.contentsOf(cidOf('both 7')).toSorted()).toEqual([one.hash, two.hash].toSorted())
  expect(await rows()).toBeGreaterThan(5)
  expect((await walk(store.blocks.dagOf(one.hash)!)).size).toBe(502)
  await store.remove(one.hash, { deleteFiles: false })
  expect(await rows()).toBeLessThan(8)
  for (let i = 0; i < 200; i++) expect(store.blocks.contentsOf(cidOf(`both ${i}`))).toEqual([two.hash])
  for (let i = 0; i < 300; i++) expect(store.blocks.has(cidOf(`one ${i}`))).toBe(false)
  // The first of them are read elsewhere when they change.
  fs.writeFileSync(`${root}/two/twin-0`, 'other')
  expect(Buffer.from((await store.blocks.get(cidOf('twins')))!.bytes).toString()).toBe('twins')
  await store.remove(two.hash, { deleteFiles: false })
  expect(await rows()).toBe(0)
})
