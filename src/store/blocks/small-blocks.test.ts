import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemWorld } from '../../base/index.ts'
import type { StoreConfig } from '../config.ts'
import { openStore, type Store } from '../store.ts'

let home: string
let store: Store

async function open(config: Partial<StoreConfig> = {}): Promise<void> {
  store = await openStore({ home, world: systemWorld, config: { workers: 1, ...config } })
}

beforeEach(async () => {
  home = fs.mkdtempSync(`${tmpdir()}/peerage-small-`)
  await open()
})

afterEach(async () => {
  await store.close()
  fs.rmSync(home, { recursive: true })
})

interface Block {
  readonly cid: CID
  readonly bytes: Uint8Array
}

function blockOf(bytes: Uint8Array): Block {
  return { cid: CID.createV1(0x55, Digest.create(0x12, createHash('sha256').update(bytes).digest())), bytes }
}

function some(count: number, bytes = 200): Block[] {
  return Array.from({ length: count }, () => blockOf(randomBytes(bytes)))
}

async function putAll(blocks: readonly Block[]): Promise<void> {
  for (const { cid, bytes } of blocks) await store.blocks.put(cid, bytes)
}

function here(blocks: readonly Block[]): number {
  return blocks.filter(({ cid }) => store.blocks.has(cid)).length
}

function files(): string[] {
  const all = fs.readdirSync(`${home}/blocks`, { recursive: true, withFileTypes: true })
  return all.filter(entry => entry.isFile()).map(({ name }) => name)
}

test('short blocks have one file together, long ones one each, and all are there after opening again', async () => {
  const blocks = [...some(3000), ...some(2, 16_384), ...some(2, 16_385)]
  await putAll(blocks)
  await store.close()
  expect(files().filter(name => !name.startsWith('small.db')).length).toBe(2)
  await open()
  expect(here(blocks)).toBe(blocks.length)
  for (const { cid, bytes } of blocks)
    expect(Buffer.compare((await store.blocks.get(cid))!.bytes, bytes)).toBe(0)
})

test('folders for long blocks are made by several threads at once', async () => {
  await store.close()
  await open({ workers: 4 })
  const blocks = some(300, 17_000)
  await Promise.all(blocks.map(({ cid, bytes }) => store.blocks.put(cid, bytes)))
  expect(here(blocks)).toBe(300)
})

test('bytes are copied: what is done to them later changes nothing', async () => {
  const [block] = some(1)
  const bytes = Uint8Array.from(block!.bytes)
  await store.blocks.put(block!.cid, bytes)
  bytes.fill(0)
  expect(Buffer.compare((await store.blocks.get(block!.cid))!.bytes, block!.bytes)).toBe(0)
})

test('those that were not used for longest go, and the room comes back when nothing is left', async () => {
  const blocks = some(30, 1000)
  await putAll(blocks.slice(0, 10))
  await store.close()
  await open({ cacheBytes: 10_000 })
  expect(await store.blocks.get(blocks[0]!.cid)).toBeDefined()
  await putAll(blocks.slice(10))
  await store.close()
  await open({ cacheBytes: 10_000 })
  expect(here(blocks)).toBeLessThanOrEqual(10)
  expect(here(blocks.slice(1, 10))).toBe(0)
  expect((await store.blocks.collect({ all: true })).bytes).toBe(10_000)
  expect(store.blocks.cache().bytes).toBe(0)
  expect(files()).toEqual([])
  await putAll(blocks.slice(0, 2))
  expect(here(blocks)).toBe(2)
})

test('blocks that no row knows are deleted, as after a crash', async () => {
  const blocks = some(700)
  await putAll(blocks)
  await store.close()
  const copy = fs.readFileSync(`${home}/blocks/small.db`)
  await open()
  await store.blocks.collect({ all: true })
  await store.close()
  fs.writeFileSync(`${home}/blocks/small.db`, copy)
  await open()
  expect(here(blocks)).toBe(0)
  expect((await store.blocks.collect()).bytes).toBe(700 * 200)
  expect(files()).toEqual([])
})

test.for(['damaged', 'gone'])(
  'when their file is %s they are no blocks any more, and come again',
  async how => {
    const blocks = some(10)
    await putAll(blocks)
    await store.close()
    if (how === 'damaged') fs.writeFileSync(`${home}/blocks/small.db`, randomBytes(8192))
    else fs.rmSync(`${home}/blocks/small.db`)
    await open()
    for (const { cid } of blocks) {
      expect(await store.blocks.get(cid)).toBeUndefined()
      expect(store.blocks.has(cid)).toBe(false)
    }
    await putAll(blocks)
    expect(here(blocks)).toBe(10)
  },
)

test('a short block that a version before wrote to a file of its own is read, and its file deleted with it', async () => {
  const [block] = some(1)
  await putAll([block!])
  await store.close()
  fs.rmSync(`${home}/blocks/small.db`)
  const name = Buffer.from(block!.cid.multihash.bytes).toString('hex')
  fs.mkdirSync(`${home}/blocks/${name.slice(-2)}`)
  fs.writeFileSync(`${home}/blocks/${name.slice(-2)}/${name}`, block!.bytes)
  await open()
  expect(Buffer.compare((await store.blocks.get(block!.cid))!.bytes, block!.bytes)).toBe(0)
  await store.blocks.collect({ all: true })
  expect(files()).toEqual([])
})
