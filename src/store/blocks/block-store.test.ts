import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemWorld } from '../../base/index.ts'
import type { StoreConfig } from '../config.ts'
import { IoPool } from '../io-pool.ts'
import { openStore, type Store } from '../store.ts'

let home: string
let store: Store

async function open(config: Partial<StoreConfig> = {}): Promise<Store> {
  return await openStore({ home, world: systemWorld, config: { workers: 1, ...config } })
}

beforeEach(async () => {
  home = fs.mkdtempSync(`${tmpdir()}/peerage-blocks-`)
  store = await open()
})

afterEach(async () => {
  await store.close()
  fs.rmSync(home, { recursive: true })
})

function block(text: string, algorithm: 'sha256' | 'sha512' = 'sha256'): { cid: CID; bytes: Uint8Array } {
  const bytes = Buffer.from(text)
  const digest = createHash(algorithm).update(bytes).digest()
  return { cid: CID.createV1(0x55, Digest.create(algorithm === 'sha256' ? 0x12 : 0x13, digest)), bytes }
}

function fileOf(cid: CID): string {
  const name = Buffer.from(cid.multihash.bytes).toString('hex')
  return `${home}/blocks/${name.slice(-2)}/${name}`
}

test('what is put can be got, under every CID with its hash, and after opening again', async () => {
  const { cid, bytes } = block('hello')
  expect(store.blocks.has(cid)).toBe(false)
  expect(await store.blocks.get(cid)).toBeUndefined()
  const put = await store.blocks.put(cid, bytes)
  expect(put.bytes).toEqual(bytes)
  const other = CID.createV1(0x70, cid.multihash)
  expect(store.blocks.sizeOf(other)).toBe(5)
  await store.close()
  store = await open()
  expect(store.blocks.has(cid)).toBe(true)
  expect(Buffer.from((await store.blocks.get(other))!.bytes).toString()).toBe('hello')
})

test('bytes in shared memory are hashed and kept where they lie', async () => {
  const text = 'x'.repeat(100_000)
  const { cid } = block(text)
  const bytes = new Uint8Array(new SharedArrayBuffer(text.length))
  bytes.set(Buffer.from(text))
  await store.blocks.put(cid, bytes)
  expect(Buffer.from((await store.blocks.get(cid))!.bytes).toString()).toBe(text)
  bytes[7] = 0
  await expect(store.blocks.put(block('y'.repeat(text.length)).cid, bytes)).rejects.toThrow()
})

test('what is long is hashed by a worker, also when it is here already or is not kept', async () => {
  const long = block('x'.repeat(100_000))
  const wrong = Buffer.from('y'.repeat(100_000))
  await store.blocks.put(long.cid, long.bytes)
  const run = vi.spyOn(IoPool.prototype, 'run')
  await store.blocks.put(long.cid, long.bytes)
  await expect(store.blocks.put(long.cid, wrong)).rejects.toMatchObject({ code: 'block.mismatch' })
  expect((await store.blocks.verify(long.cid, long.bytes)).bytes).toBe(long.bytes)
  await expect(store.blocks.verify(long.cid, wrong)).rejects.toMatchObject({ code: 'block.mismatch' })
  expect(run.mock.calls.map(([{ op }]) => op)).toEqual(Array(4).fill('write-leaf'))
  const short = block('short')
  await store.blocks.verify(short.cid, short.bytes)
  const other = block('other').bytes
  await expect(store.blocks.verify(short.cid, other)).rejects.toMatchObject({ code: 'block.mismatch' })
  expect(run).toHaveBeenCalledTimes(4)
  expect(Buffer.from((await store.blocks.get(long.cid))!.bytes)).toEqual(long.bytes)
  const unknown = CID.createV1(0x55, Digest.create(0x11, new Uint8Array(20)))
  await expect(store.blocks.verify(unknown, short.bytes)).rejects.toMatchObject({ code: 'dag.unsupported' })
  run.mockRestore()
})

test('a block that turns out to be lost while it is put once more is kept', async () => {
  const { cid, bytes } = block('x'.repeat(100_000))
  await store.blocks.put(cid, bytes)
  fs.rmSync(fileOf(cid))
  const run = vi.spyOn(IoPool.prototype, 'run')
  run.mockImplementationOnce(async () => {
    expect(await store.blocks.get(cid)).toBeUndefined()
    return { ok: true, units: [] } as never
  })
  await store.blocks.put(cid, bytes)
  run.mockRestore()
  expect(Buffer.from((await store.blocks.get(cid))!.bytes)).toEqual(bytes)
})

test('a cached block is lent in shared memory, and what has changed on disk is not', async () => {
  const { cid, bytes } = block('x'.repeat(100_000))
  await store.blocks.put(cid, bytes)
  const loan = (await store.blocks.loan(cid))!
  expect(loan.block.bytes.buffer).toBeInstanceOf(SharedArrayBuffer)
  expect(Buffer.from(loan.block.bytes)).toEqual(bytes)
  loan.release()
  fs.writeFileSync(fileOf(cid), 'y'.repeat(bytes.length))
  expect(await store.blocks.loan(cid)).toBeUndefined()
  expect(store.blocks.has(cid)).toBe(false)
})

test('hashes of 64 bytes and bytes in the CID itself are blocks too', async () => {
  const long = block('hello', 'sha512')
  await store.blocks.put(long.cid, long.bytes)
  expect(store.blocks.sizeOf(long.cid)).toBe(5)
  const inline = CID.createV1(0x55, Digest.create(0, Buffer.from('inline')))
  expect(store.blocks.has(inline)).toBe(true)
  expect(Buffer.from((await store.blocks.get(inline))!.bytes).toString()).toBe('inline')
})

test('other bytes than the hash says are refused and kept nowhere', async () => {
  const { cid } = block('hello')
  await expect(store.blocks.put(cid, Buffer.from('hallo'))).rejects.toMatchObject({ code: 'block.mismatch' })
  expect(store.blocks.has(cid)).toBe(false)
  expect(fs.existsSync(fileOf(cid))).toBe(false)
  const unknown = CID.createV1(0x55, Digest.create(0x15, Buffer.alloc(28)))
  await expect(store.blocks.put(unknown, Buffer.from('x'))).rejects.toMatchObject({ code: 'block.mismatch' })
})

test('a cache file that was altered, cut or deleted is no block any more', async () => {
  const blocks = ['one', 'two', 'three'].map(text => block(text.padStart(20_000, '.')))
  for (const { cid, bytes } of blocks) await store.blocks.put(cid, bytes)
  fs.writeFileSync(fileOf(blocks[0]!.cid), 'eno')
  fs.truncateSync(fileOf(blocks[1]!.cid), 1)
  fs.rmSync(fileOf(blocks[2]!.cid))
  for (const { cid } of blocks) {
    expect(await store.blocks.get(cid)).toBeUndefined()
    expect(store.blocks.has(cid)).toBe(false)
  }
})

test('a block longer than the bound is refused before it is hashed', async () => {
  await store.close()
  store = await open({ maxBlockBytes: 4 })
  const { cid, bytes } = block('hello')
  await expect(store.blocks.put(cid, bytes)).rejects.toMatchObject({ code: 'wire.limit' })
})

test('the cache stays below its limit, and what was used last stays', async () => {
  await store.close()
  store = await open({ cacheBytes: 200_000, checkpointMs: 50 })
  const blocks = Array.from({ length: 30 }, (_, i) => block(`${i}`.padStart(20_000, '.')))
  for (const { cid, bytes } of blocks.slice(0, 10)) await store.blocks.put(cid, bytes)
  await store.close()
  store = await open({ cacheBytes: 200_000 })
  expect(await store.blocks.get(blocks[0]!.cid)).toBeDefined()
  for (const { cid, bytes } of blocks.slice(10)) await store.blocks.put(cid, bytes)
  await store.close()
  store = await open({ cacheBytes: 200_000 })
  expect(blocks.filter(({ cid }) => store.blocks.has(cid)).length).toBeLessThanOrEqual(10)
  expect(blocks.slice(1, 10).some(({ cid }) => store.blocks.has(cid))).toBe(false)
  expect(
    fs.readdirSync(`${home}/blocks`, { recursive: true, withFileTypes: true }).filter(e => e.isFile()).length,
  ).toBe(10)
})

test('what is put while the cache lets go of it is here afterwards', async () => {
  await store.close()
  store = await open({ workers: 2 })
  const blocks = Array.from({ length: 64 }, (_, i) => block(`${i}`.padStart(20_000, '.')))
  await Promise.all(blocks.map(({ cid, bytes }) => store.blocks.put(cid, bytes)))
  for (let turn = 0; turn < 4; turn++) {
    const again = blocks.map(async ({ cid, bytes }) => {
      while (store.blocks.has(cid)) await setImmediate()
      await store.blocks.put(cid, bytes)
    })
    await Promise.all([store.blocks.collect({ all: true }), ...again])
    for (const { cid } of blocks) expect(await store.blocks.get(cid)).toBeDefined()
  }
})
