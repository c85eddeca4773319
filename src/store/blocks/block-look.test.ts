import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { CID } from 'multiformats/cid'
import * as Digest from 'multiformats/hashes/digest'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { systemWorld } from '../../base/index.ts'
import { leafFrame, legacyProfile } from '../../content/index.ts'
import { IoPool } from '../io-pool.ts'
import { openStore, type Store } from '../store.ts'
import { BlockDatabase } from './block-database.ts'

let root: string
let store: Store

beforeAll(async () => {
  root = fs.mkdtempSync(`${tmpdir()}/peerage-look-`)
  store = await openStore({ home: `${root}/home`, world: systemWorld, config: { workers: 1 } })
})

afterAll(async () => {
  await store.close()
  fs.rmSync(root, { recursive: true })
})

afterEach(() => {
  vi.restoreAllMocks()
})

/** A file of so many bytes, which are one leaf, in a share of its own. */
async function shared(
  length: number,
  profile: 'unixfs-v1-2025' | 'unixfs-v0-2015' = 'unixfs-v1-2025',
): Promise<{ bytes: Buffer; cid: CID; path: string; hash: string }> {
  const bytes = randomBytes(length)
  const path = fs.mkdtempSync(`${root}/share-`)
  fs.writeFileSync(`${path}/file`, bytes)
  const stored = await store.createShare(path)
  await store.blocks.addDag(stored, { profile })
  return { bytes, cid: cidOf(bytes), path: `${path}/file`, hash: stored.hash }
}

const lengths = [300, 100_000]

function cidOf(bytes: Uint8Array): CID {
  return CID.createV1(0x55, Digest.create(0x12, createHash('sha256').update(bytes).digest()))
}

/** What was asked of the index so far. */
function watched(): { readonly places: () => number; readonly rows: () => number } {
  const place = vi.spyOn(BlockDatabase.prototype, 'place')
  const cached = vi.spyOn(BlockDatabase.prototype, 'cached')
  return { places: () => place.mock.calls.length, rows: () => cached.mock.calls.length }
}

test.for(lengths)(
  'a block of a file of %d bytes is asked about and lent with one look at each table',
  async length => {
    const { bytes, cid, hash } = await shared(length)
    const asked = watched()
    const found = store.blocks.find(cid)!
    expect([found.size, found.isPublic, found.contents]).toEqual([length, false, [hash]])
    const loan = (await found.loan())!
    expect(Buffer.from(loan.block.bytes)).toEqual(bytes)
    loan.release()
    expect([asked.places(), asked.rows()]).toEqual([1, 1])
  },
)

test.for(lengths)(
  'a leaf that stands around %d bytes of a file is lent as a whole, and given',
  async length => {
    const { bytes, path, hash } = await shared(length, 'unixfs-v0-2015')
    const { before, after } = leafFrame(legacyProfile, length)
    const whole = Buffer.concat([before, bytes, after])
    const [lent, given, lost] = [0, 1, 2].map(() => store.blocks.find(cidOf(whole))!)
    expect([lent!.size, lent!.contents]).toEqual([whole.length, [hash]])
    const loan = (await lent!.loan())!
    expect(loan.block.bytes.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect(Buffer.from(loan.block.bytes)).toEqual(whole)
    loan.release()
    const full = vi.spyOn(IoPool.prototype, 'spareLease').mockReturnValue(undefined)
    expect(Buffer.from((await given!.loan())!.block.bytes)).toEqual(whole)
    full.mockRestore()
    expect(Buffer.from((await given!.get())!.bytes)).toEqual(whole)
    fs.writeFileSync(path, randomBytes(length))
    expect(await lost!.loan()).toBeUndefined()
  },
)

test.for(lengths)('a block of the cache of %d bytes is, too', async length => {
  const bytes = randomBytes(length)
  const cid = cidOf(bytes)
  await store.blocks.put(cid, bytes)
  await store.blocks.collect()
  const asked = watched()
  const found = store.blocks.find(cid)!
  expect([found.size, found.isPublic]).toEqual([length, true])
  const loan = (await found.loan())!
  expect(Buffer.from(loan.block.bytes)).toEqual(bytes)
  loan.release()
  // A short one is at hand, wherever else it may lie.
  expect([asked.places(), asked.rows()]).toEqual([length === 300 ? 0 : 1, 1])
  expect(found.contents).toEqual([])
})

test('a block that is in a private share and in the cache says both, each time anew', async () => {
  const { bytes, cid, hash } = await shared(300)
  await store.blocks.put(cid, bytes, { isPublic: false })
  const found = store.blocks.find(cid)!
  expect([found.isPublic, found.contents]).toEqual([false, [hash]])
  await store.blocks.put(cid, bytes)
  expect(store.blocks.find(cid)!.isPublic).toBe(true)
})

test('what is not here is not found, nor what has left', async () => {
  expect(store.blocks.find(cidOf(randomBytes(10)))).toBeUndefined()
  for (const length of lengths) {
    const { cid, hash } = await shared(length)
    await store.remove(hash, { deleteFiles: false })
    expect(store.blocks.find(cid)).toBeUndefined()
  }
})

test.for(lengths)('nothing is given of a file of %d bytes that changed after it was found', async length => {
  const { cid, path } = await shared(length)
  const [one, other] = [store.blocks.find(cid)!, store.blocks.find(cid)!]
  fs.writeFileSync(path, randomBytes(length))
  expect(await one.loan()).toBeUndefined()
  expect(await other.get()).toBeUndefined()
  expect(store.blocks.find(cid)).toBeUndefined()
})

test.for(lengths)(
  'a block of %d bytes is read where it still is when one of its places is lost',
  async length => {
    const { bytes, cid, path } = await shared(length)
    await store.blocks.put(cid, bytes)
    await store.blocks.collect()
    const inBoth = store.blocks.find(cid)!
    await store.blocks.collect({ all: true })
    expect(Buffer.from((await inBoth.loan())!.block.bytes)).toEqual(bytes)
    const inFile = store.blocks.find(cid)!
    fs.rmSync(path)
    const reading = inFile.get()
    await store.blocks.put(cid, bytes)
    expect(Buffer.from((await reading)!.bytes)).toEqual(bytes)
  },
)

test('who gives up while it is read is told so', async () => {
  const { cid } = await shared(300)
  const stop = new AbortController()
  const reading = store.blocks.find(cid)!.get({ signal: stop.signal })
  stop.abort(new Error('enough'))
  await expect(reading).rejects.toThrow('enough')
})
