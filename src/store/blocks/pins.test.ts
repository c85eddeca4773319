import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import * as dagCbor from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemWorld } from '../../base/index.ts'
import { encodeDagPb } from '../../wire/index.ts'
import type { StoreConfig } from '../config.ts'
import { openStore, type Store } from '../store.ts'

let root: string
let store: Store

async function open(config: Partial<StoreConfig> = {}): Promise<void> {
  store = await openStore({ home: `${root}/home`, world: systemWorld, config: { workers: 1, ...config } })
}

async function openAgain(config: Partial<StoreConfig> = {}): Promise<void> {
  await store.close()
  await open(config)
}

beforeEach(async () => {
  root = fs.mkdtempSync(`${tmpdir()}/peerage-pins-`)
  await open()
})

afterEach(async () => {
  await store.close()
  fs.rmSync(root, { recursive: true })
})

interface Block {
  readonly cid: CID
  readonly bytes: Uint8Array
}

function block(bytes: Uint8Array, codec = 0x55): Block {
  return { cid: CID.createV1(codec, Digest.create(0x12, createHash('sha256').update(bytes).digest())), bytes }
}

function parent(children: readonly Block[], name = ''): Block {
  const links = children.map(({ cid, bytes }) => ({ hash: cid.bytes, name, size: bytes.length }))
  return block(encodeDagPb({ links, data: new Uint8Array(0) }), 0x70)
}

/** Two DAGs that share a leaf. */
const leaves = Array.from({ length: 5 }, () => block(randomBytes(1000)))
const one = parent(leaves.slice(0, 3))
const other = parent([parent(leaves.slice(2))])
const inner = parent(leaves.slice(2))

async function putAll(blocks: readonly Block[]): Promise<void> {
  for (const { cid, bytes } of blocks) await store.blocks.put(cid, bytes)
}

function here(blocks: readonly Block[]): number {
  return blocks.filter(({ cid }) => store.blocks.has(cid)).length
}

test('what a pin holds stays however full the cache is, and goes with the last pin that holds it', async () => {
  await putAll([...leaves, one, inner, other])
  const pin = await store.blocks.pin(one.cid, { name: 'first' })
  expect(pin).toMatchObject({ isWhole: true, blocks: 4, recursive: true, name: 'first' })
  await store.blocks.pin(other.cid)
  await openAgain({ cacheBytes: 0 })
  await store.blocks.collect({ all: true })
  expect(here([...leaves, one, inner, other])).toBe(8)
  expect(store.blocks.cache().heldBytes).toBe(store.blocks.cache().bytes)
  expect(await store.blocks.unpin(one.cid)).toBe(true)
  expect(await store.blocks.unpin(one.cid)).toBe(false)
  await store.blocks.collect({ all: true })
  expect(here(leaves)).toBe(3)
  expect(store.blocks.pins().map(({ root: cid }) => String(cid))).toEqual([String(other.cid)])
  await store.blocks.unpin(other.cid)
  const { bytes } = await store.blocks.collect({ all: true })
  expect(bytes).toBeGreaterThan(3000)
  expect(store.blocks.cache()).toEqual({ blocks: 0, bytes: 0, heldBytes: 0, limitBytes: 0 })
})

test('a direct pin holds one block', async () => {
  await putAll([...leaves, one])
  await store.blocks.pin(one.cid, { recursive: false })
  await store.blocks.collect({ all: true })
  expect(here([one])).toBe(1)
  expect(here(leaves)).toBe(0)
})

test('a pin fetches what is missing, and is not disturbed by eviction meanwhile', async () => {
  await openAgain({ cacheBytes: 0, checkpointMs: 50 })
  const all = [...leaves, one, inner, other]
  await expect(store.blocks.pin(other.cid)).rejects.toMatchObject({ code: 'block.missing' })
  expect(store.blocks.pins()[0]).toMatchObject({ isWhole: false })
  const fetched: string[] = []
  const fetch = async (cid: CID): Promise<void> => {
    const found = all.find(({ cid: known }) => known.equals(cid))!
    fetched.push(String(cid))
    await store.blocks.put(cid, found.bytes)
    await store.blocks.collect()
  }
  await store.blocks.pin(other.cid, { obtain: fetch })
  expect(fetched.length).toBe(5)
  expect(here([inner, other, ...leaves.slice(2)])).toBe(5)
  await store.blocks.pin(other.cid, { obtain: fetch })
  expect(fetched.length).toBe(5)
})

test('a pin on what lies in files says that it is not whole when they are removed, and is again when it is pinned anew', async () => {
  fs.writeFileSync(`${root}/file`, leaves[0]!.bytes)
  const stored = await store.createShare(`${root}/file`, { unixfs: 'unixfs-v1-2025' })
  await putAll([leaves[1]!])
  await store.blocks.pin(leaves[0]!.cid, { name: 'in a file' })
  await store.blocks.pin(leaves[1]!.cid)
  expect(store.blocks.cache().heldBytes).toBe(1000)
  const whole = (): boolean[] => store.blocks.pins().map(({ isWhole }) => isWhole)
  expect(whole()).toEqual([true, true])
  expect(store.blocks.pinsOn(stored.hash)).toMatchObject([{ name: 'in a file' }])
  await store.remove(stored.hash, { deleteFiles: false })
  const isOf = ({ cid }: Block) => store.blocks.pins().find(({ root: pinned }) => pinned.equals(cid))
  expect(isOf(leaves[0]!)).toMatchObject({ isWhole: false, name: 'in a file', bytes: 1000 })
  expect(isOf(leaves[1]!)).toMatchObject({ isWhole: true })
  await store.blocks.pin(leaves[0]!.cid, { obtain: cid => store.blocks.put(cid, leaves[0]!.bytes) })
  expect(whole()).toEqual([true, true])
  await store.blocks.collect({ all: true })
  expect(here(leaves)).toBe(2)
})

test('a pin of which a part lies in files alone is not whole when they are removed, also after a restart', async () => {
  fs.mkdirSync(`${root}/folder`)
  for (const at of [0, 2]) fs.writeFileSync(`${root}/folder/${at}`, leaves[at]!.bytes)
  const stored = await store.createShare(`${root}/folder`, { unixfs: 'unixfs-v1-2025' })
  const inCache = parent([leaves[2]!, leaves[3]!])
  await putAll([leaves[1]!, leaves[2]!, leaves[3]!, one, inCache])
  await store.blocks.pin(one.cid, { name: 'partly' })
  await store.blocks.pin(inCache.cid, { name: 'not at all' })
  await openAgain()
  expect(store.blocks.pinsOn(stored.hash)).toMatchObject([{ name: 'partly', contents: [stored.hash] }])
  await store.remove(stored.hash, { deleteFiles: false })
  expect(Object.fromEntries(store.blocks.pins().map(({ name, isWhole }) => [name, isWhole]))).toEqual({
    partly: false,
    'not at all': true,
  })
})

test('nothing is evicted while somebody asks for all to stay', async () => {
  await openAgain({ cacheBytes: 0 })
  const done = store.blocks.keepAll()
  const other = store.blocks.keepAll()
  await putAll(leaves)
  await store.blocks.collect()
  done()
  done()
  await store.blocks.collect({ all: true })
  expect(here(leaves)).toBe(5)
  other()
  await store.blocks.collect()
  expect(here(leaves)).toBe(0)
})

test('pinning can be stopped', async () => {
  await putAll([...leaves, one])
  const stop = new AbortController()
  const fetch = async (): Promise<void> => undefined
  stop.abort(new Error('enough'))
  await expect(store.blocks.pin(one.cid, { obtain: fetch, signal: stop.signal })).rejects.toThrow('enough')
})

test('a DAG that is too deep is refused', async () => {
  const chain = [block(randomBytes(10))]
  for (let i = 0; i < 1100; i++) chain.push(parent([chain.at(-1)!]))
  await Promise.all(chain.map(({ cid, bytes }) => store.blocks.put(cid, bytes)))
  const top = chain.at(-1)!
  await expect(store.blocks.pin(top.cid)).rejects.toMatchObject({ code: 'dag.limit' })
}, 60_000)

test('what is of no use goes: rows of contents that are gone, files without a row', async () => {
  fs.writeFileSync(`${root}/file`, randomBytes(3 * 2 ** 20))
  const stored = await store.createShare(`${root}/file`, { unixfs: 'unixfs-v1-2025' })
  const cid = store.blocks.dagOf(stored.hash)!
  await putAll(leaves)
  await openAgain()
  await store.remove(stored.hash, { deleteFiles: false })
  const name = Buffer.from(one.cid.multihash.bytes).toString('hex')
  fs.mkdirSync(`${root}/home/blocks/${name.slice(-2)}`, { recursive: true })
  fs.writeFileSync(`${root}/home/blocks/${name.slice(-2)}/${name}`, one.bytes)
  expect((await store.blocks.collect()).bytes).toBe(one.bytes.length)
  expect(here(leaves)).toBe(5)
  expect(store.blocks.has(cid)).toBe(false)
  const again = await store.createShare(`${root}/file`, { unixfs: 'unixfs-v1-2025' })
  expect(String(store.blocks.dagOf(again.hash))).toBe(String(cid))
  expect(store.blocks.has(cid)).toBe(true)
})

test.for(['damaged', 'missing'])(
  'when the database is %s it is made again from files and pins',
  async how => {
    fs.writeFileSync(`${root}/file`, randomBytes(3 * 2 ** 20))
    const stored = await store.createShare(`${root}/file`, { unixfs: 'unixfs-v1-2025' })
    const cid = store.blocks.dagOf(stored.hash)!
    await putAll([...leaves, one])
    await store.blocks.pin(one.cid)
    await store.close()
    fs.rmSync(`${root}/home/blocks.db-wal`, { force: true })
    if (how === 'missing') fs.rmSync(`${root}/home/blocks.db`)
    else fs.writeFileSync(`${root}/home/blocks.db`, randomBytes(8192))
    await open({ cacheBytes: 0 })
    await store.blocks.recovered
    expect(String(store.blocks.dagOf(stored.hash))).toBe(String(cid))
    expect(await store.blocks.get(cid)).toBeDefined()
    expect(store.blocks.isPublic(leaves[0]!.cid)).toBe(false)
    await store.blocks.collect({ all: true })
    expect(here([...leaves.slice(0, 3), one])).toBe(4)
    expect(here(leaves)).toBe(3)
  },
)

test('data that lead to plain JSON and CBOR are pinned with it', async () => {
  const plain = [block(Buffer.from('{"a":1}'), 0x0200), block(Uint8Array.of(0xa0), 0x51)]
  const data = block(dagCbor.encode(plain.map(({ cid }) => cid)), 0x71)
  await putAll([...plain, data])
  expect(await store.blocks.pin(data.cid)).toMatchObject({ isWhole: true, blocks: 3 })
})
