import fs from 'node:fs'
import { CID } from 'multiformats/cid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { concat, sha256 } from '../../src/base/index.ts'
import { cidOfSha256, codecs } from '../../src/content/index.ts'
import type { Peer } from '../../src/peer/index.ts'
import { carSectionHead, encodeCarHeader } from '../../src/wire/index.ts'
import { Peers, share } from './peers.ts'
import { type Stranger, startStranger } from './stranger.ts'
import { bytesOf, makeTree } from './trees.ts'

// What a stranger who speaks Bitswap gets to hear of this peer's blocks.

const peers = new Peers()
let a: Peer
let stranger: Stranger

beforeAll(async () => {
  a = await peers.start('a')
  stranger = await startStranger(a)
}, 60_000)
afterAll(async () => {
  await stranger.stop()
  await peers.end()
})

const has = (cid: string): Promise<boolean> =>
  stranger.source.has!(CID.parse(cid), new AbortController().signal)

test('a share is served while it is offered: not while it is paused, nor when it is removed', async () => {
  const path = makeTree(peers.path('open'), { 'one.bin': bytesOf(1, 30_000) })
  const { cid, infoHash } = await share(a, path, { on: 'ipfs' })
  expect(await has(cid!)).toBe(true)
  await a.files.pause({ content: infoHash })
  expect(await has(cid!)).toBe(false)
  await a.files.resume({ content: infoHash })
  expect(await has(cid!)).toBe(true)
  await a.files.remove({ content: infoHash, deleteFiles: false })
  expect(await has(cid!)).toBe(false)
})

test('a share that changed on disk gives none of its bytes', async () => {
  const path = makeTree(peers.path('changing'), { 'one.bin': bytesOf(2, 30_000) })
  await share(a, path, { on: 'ipfs' })
  const leaf = cidOfSha256(sha256(bytesOf(2, 30_000)), codecs.raw, 1)
  fs.writeFileSync(`${path}/one.bin`, bytesOf(3, 30_000))
  const none = stranger.source.want(
    leaf,
    async () => Promise.reject(new Error('it came')),
    new AbortController().signal,
  )
  expect(await none).toBeUndefined()
})

test('what is private is what is not here, and one who may not read it hears the same of both', async () => {
  const path = makeTree(peers.path('secret'), { 'one.bin': bytesOf(4, 30_000) })
  const { cid, infoHash } = await share(a, path, { on: 'ipfs' })
  await share(a, path, { on: 'private', who: [`peer:${a.peerId}`] })
  expect(await has(cid!)).toBe(false)
  await a.access.allow({ resource: `content:${infoHash}`, who: 'everyone', action: ['read'] })
  expect(await has(cid!)).toBe(true)
})

test('of the cache only that is served which came from the public network', async () => {
  const bytes = bytesOf(5, 20_000)
  const cid = cidOfSha256(sha256(bytes), codecs.raw, 1)
  const file = peers.path('one.car')
  const section = concat([carSectionHead(cid.bytes, bytes.length), bytes])
  fs.writeFileSync(file, concat([encodeCarHeader([cid]), section]))
  for await (const _ of a.car.import({ file }));
  expect(await has(String(cid))).toBe(false)
  // A pin keeps it, and opens it to nobody.
  for await (const _ of a.pins.pin({ cid: String(cid) }));
  expect(await has(String(cid))).toBe(false)
  for await (const _ of a.car.import({ file, public: true }));
  expect(await has(String(cid))).toBe(true)
  await a.pins.unpin({ cid: String(cid) })
  await a.pins.clear({})
  expect(await has(String(cid))).toBe(false)
})
