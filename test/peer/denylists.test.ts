import fs from 'node:fs'
import { CID } from 'multiformats/cid'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { sha256 } from '../../src/base/index.ts'
import { cidOfSha256, codecs } from '../../src/content/index.ts'
import { listenForGateway } from '../../src/daemon/gateway-server.ts'
import type { Peer } from '../../src/peer/index.ts'
import { cat, codeOf, describeCid, get, Peers, share } from './peers.ts'
import { type Stranger, startStranger } from './stranger.ts'
import { bytesOf, makeTree } from './trees.ts'

// What a denylist names is not given by who follows it, nor asked for, nor kept; whoever does not follow it is another matter.

const peers = new Peers()
const bad = bytesOf(2, 40_000)
const badLeaf = cidOfSha256(sha256(bad), codecs.raw, 1)
let a: Peer
let b: Peer
let tree: string
let root: string
let infoHash: string
let stranger: Stranger

beforeAll(async () => {
  a = await peers.start('a')
  b = await peers.start('b', { 'gateway.port': 0 })
  tree = makeTree(peers.path('tree'), { 'bad.bin': bad, 'good.bin': bytesOf(1, 40_000) })
  const shared = await share(a, tree, { on: 'ipfs,private' })
  root = shared.cid!
  infoHash = shared.infoHash
  const hello = await share(a, makeTree(peers.path('hello'), { 'one.bin': bytesOf(9, 10) }))
  // So that they are connected.
  await get(b, hello.link, peers.path('into-hello'))
  stranger = await startStranger(a)
}, 60_000)
afterEach(() => Promise.all([deny(a, []), deny(b, [])]))
afterAll(async () => {
  await stranger.stop()
  await peers.end()
})

const never = new AbortController().signal
const has = (cid: CID): Promise<boolean> => stranger.source.has!(cid, never)
const list = (peer: Peer): string => peers.path(`${peer.peerId}.deny`)

/** What a peer denies from now on. */
async function deny(peer: Peer, rules: readonly string[]): Promise<void> {
  fs.writeFileSync(list(peer), rules.join('\n'))
  await peer.config.set('ipfs.denylists', [])
  if (rules.length > 0) await peer.config.set('ipfs.denylists', [list(peer)])
}

async function lastOf<T>(updates: AsyncIterable<T>): Promise<T | undefined> {
  let last: T | undefined
  for await (const update of updates) last = update
  return last
}

test('a block that is denied is told to strangers as what is not here, whatever codec they say', async () => {
  expect(await has(badLeaf)).toBe(true)
  await deny(a, [`/ipfs/${badLeaf}`])
  expect(await has(badLeaf)).toBe(false)
  expect(await has(CID.createV1(codecs.dagPb, badLeaf.multihash))).toBe(false)
  expect(await has(CID.parse(root))).toBe(true)
  const came = async (): Promise<never> => Promise.reject(new Error('it came'))
  expect(await stranger.source.want(badLeaf, came, never)).toBeUndefined()
  // The rest is given: who does not want that file gets all it wants.
  const got = await get(b, root, peers.path('into-rest'), { choose: ['good.bin'], timeout: 10 })
  expect(got).toMatchObject({ state: 'complete', totalBytes: 40_000 })
  expect(await a.ipfs.status({})).toMatchObject({ denylists: [{ path: list(a), rules: 1 }] })
})

test('a root that is denied is refused by everything that could ask for it, and nobody is asked', async () => {
  await deny(b, ['# A comment, so that lines are counted.', `/ipfs/${root}`])
  const { receivedBytes } = await b.ipfs.status({})
  const into = peers.path('into-denied')
  const magnet = `magnet:?xt=urn:btmh:1220${infoHash}&xt=urn:ipfs:${root}`
  for (const link of [root, `ipfs://${root}/good.bin`, `https://ipfs.io/ipfs/${root}`, magnet]) {
    expect(await codeOf(get(b, link, into, { timeout: 5 }))).toBe('content.denied')
    expect(await codeOf(lastOf(b.files.preview({ link })))).toBe('content.denied')
  }
  expect(await codeOf(cat(b, `${root}/good.bin`))).toBe('content.denied')
  expect(await codeOf(lastOf(b.ipfs.ls({ link: root })))).toBe('content.denied')
  expect(await codeOf(describeCid(b, root))).toBe('content.denied')
  expect(await codeOf(lastOf(b.ipfs.providers({ link: root })))).toBe('content.denied')
  expect(await codeOf(lastOf(b.pins.pin({ cid: root })))).toBe('content.denied')
  expect(await codeOf(lastOf(b.car.export({ what: root, path: peers.path('x.car') })))).toBe('content.denied')
  await expect(lastOf(b.ipfs.ls({ link: root }))).rejects.toMatchObject({
    message: `Line 2 of the denylist ${list(b)} denies /ipfs/${root}: it is neither fetched nor given to anybody.`,
    details: { list: list(b), line: 2 },
  })
  await b.attachGateway!(options => listenForGateway(options, false))
  const { url = '' } = await b.gateway.start({})
  expect((await fetch(`${url.replace('localhost', '127.0.0.1')}/ipfs/${root}?format=raw`)).status).toBe(410)
  await b.gateway.stop({})
  expect([await b.files.list({}), await b.pins.pins({})]).toMatchObject([[{}, {}], []])
  expect((await b.ipfs.status({})).receivedBytes).toBe(receivedBytes)
  await deny(b, [])
  expect(await describeCid(b, root)).toMatchObject({ isPinned: false })
})

test('a path and a name are refused by themselves', async () => {
  await deny(b, [`/ipfs/${root}/bad*`, '/ipns/denied.example', '/ipns/open.example/sub'])
  const into = peers.path('into-path')
  for (const link of [`${root}/bad.bin`, 'ipns://denied.example/a', 'ipns://open.example/sub'])
    expect(await codeOf(get(b, link, into, { timeout: 5 }))).toBe('content.denied')
  expect(await codeOf(cat(b, root, { file: 'bad.bin' }))).toBe('content.denied')
  for (const name of ['denied.example', 'ipns://open.example/sub'])
    expect(await codeOf(b.names.resolve({ name }))).toBe('content.denied')
  expect(await cat(b, root, { file: 'good.bin' })).toHaveLength(40_000)
})

test('a folder with something in it that is denied is neither fetched, pinned nor archived whole', async () => {
  await deny(b, [`/ipfs/${badLeaf}`])
  expect(await codeOf(get(b, root, peers.path('into-whole'), { timeout: 5 }))).toBe('content.denied')
  expect(await codeOf(lastOf(b.pins.pin({ cid: root })))).toBe('content.denied')
  expect(await b.pins.pins({})).toEqual([])
  // What is here already is no exception.
  await deny(a, [`/ipfs/${badLeaf}`])
  const archive = peers.path('tree.car')
  expect(await codeOf(lastOf(a.car.export({ what: root, path: archive })))).toBe('content.denied')
  expect(fs.existsSync(archive)).toBe(false)
  await deny(a, [])
  await lastOf(a.car.export({ what: root, path: archive }))
  const c = await peers.start('c', {}, { offline: true })
  for (const denied of [badLeaf, root]) {
    await deny(c, [`/ipfs/${denied}`])
    expect(await codeOf(lastOf(c.car.import({ file: archive })))).toBe('content.denied')
    expect(await c.pins.pins({})).toEqual([])
    await deny(c, [])
  }
  expect((await describeCid(c, String(badLeaf))).blocks).toBe(0)
  await lastOf(c.car.import({ file: archive }))
  expect(await c.pins.pins({})).toMatchObject([{ cid: root, isWhole: true }])
})

test('one who follows a list shares nothing on IPFS that it names, and announces it no more', async () => {
  const own = makeTree(peers.path('own'), { 'own.bin': bytesOf(5, 10_000) })
  const leaf = cidOfSha256(sha256(bytesOf(5, 10_000)), codecs.raw, 1)
  let d = await peers.start('d')
  const { cid } = await share(d, `${own}/own.bin`, { on: 'ipfs' })
  expect(cid).toBe(String(leaf))
  await deny(d, [`/ipfs/${leaf}`])
  await peers.stop(d)
  d = await peers.start('d')
  expect(await d.files.trackers({ content: 'own.bin' })).toMatchObject([
    { kind: 'ipfs', state: 'failed', message: expect.stringContaining(`Line 1 of the denylist ${list(d)}`) },
  ])
  // Allowed again, and denied again, while it runs.
  const state = async (): Promise<string | undefined> =>
    (await d.files.trackers({ content: 'own.bin' })).find(({ kind }) => kind === 'ipfs')?.state
  await lastOf(d.files.share({ path: `${own}/own.bin`, on: 'private' }))
  await deny(d, [])
  expect(await state()).toBeUndefined()
  await share(d, `${own}/own.bin`, { on: 'ipfs' })
  await lastOf(d.pins.pin({ cid: cid! }))
  await deny(d, [`/ipfs/${leaf}`])
  expect(await state()).toBe('failed')
  await peers.stop(d)
  d = await peers.start('d')
  expect(await d.pins.pins({})).toMatchObject([{ cid, denied: expect.stringContaining('Line 1') }])
  await deny(d, [])
  expect(await state()).toBe('ok')
  expect((await d.pins.pins({}))[0]).not.toHaveProperty('denied')
  expect(await d.ipfs.status({})).toMatchObject({ roots: 1 })
  await d.pins.unpin({ cid: cid! })
  await deny(d, [`/ipfs/${leaf}`])
  await d.files.remove({ content: 'own.bin', deleteFiles: false })
  expect(await codeOf(share(d, `${own}/own.bin`, { on: 'ipfs' }))).toBe('content.denied')
  expect(await d.files.list({})).toEqual([])
  // It is about IPFS alone.
  expect(await share(d, `${own}/own.bin`, { on: 'private' })).toMatchObject({ name: 'own.bin' })
  expect(await codeOf(share(d, `${own}/own.bin`, { on: 'ipfs' }))).toBe('content.denied')
  expect(await d.files.list({})).toMatchObject([{ name: 'own.bin' }])
})
