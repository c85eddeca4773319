import fs from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { createPeer, type Peer } from '../../src/peer/index.ts'
import type { PinRow } from '../../src/services/pins/index.ts'
import { codeOf, get, Peers, share } from './peers.ts'
import { bytesOf, makeTree } from './trees.ts'

const peers = new Peers()
afterAll(() => peers.end())

async function pin(peer: Peer, input: Parameters<Peer['pins']['pin']>[0]): Promise<PinRow> {
  for await (const { phase, ...row } of peer.pins.pin(input)) if (phase === 'pinned') return row as PinRow
  throw new Error('it was not pinned')
}

/** The text `hello`, in the CID itself. */
const inline = 'bafkqablimvwgy3y'

test('pins are listed until they are taken back, also after a restart, and the cache says its size', async () => {
  let peer = await peers.start('a', { 'store.cacheBytes': 1000 })
  expect(await peer.pins.pins({})).toEqual([])
  expect(await peer.pins.cache({})).toEqual({ blocks: 0, bytes: 0, heldBytes: 0, limitBytes: 1000 })
  const pinned = await pin(peer, { cid: `ipfs://${inline}`, name: 'greeting' })
  expect(pinned).toMatchObject({ cid: inline, bytes: 5, blocks: 1, isWhole: true, name: 'greeting' })
  await peers.stop(peer)
  peer = await peers.start('a')
  expect(await peer.pins.pins({})).toEqual([pinned])
  expect(await peer.pins.unpin({ cid: inline })).toEqual({ cid: inline, was: true })
  expect(await peer.pins.unpin({ cid: inline })).toEqual({ cid: inline, was: false })
  expect(await peer.pins.clear({})).toMatchObject({ freedBytes: 0, bytes: 0 })
})

test('what is no CID is refused, and what nobody has is said to be missing', async () => {
  const peer = await peers.start('b', { 'ipfs.enabled': false })
  expect(await codeOf(pin(peer, { cid: 'no-cid' }))).toBe('link.invalid')
  const nowhere = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
  expect(await codeOf(pin(peer, { cid: nowhere }))).toBe('block.missing')
  expect(await peer.pins.pins({})).toMatchObject([{ cid: nowhere, isWhole: false }])
})

test('a peer that has nothing of IPFS has no database for it', async () => {
  await peers.start('c')
  expect(fs.existsSync(`${peers.home('c')}/blocks.db`)).toBe(false)
})

test('what is pinned is fetched from those who have it, and stays', async () => {
  // Nothing leaves this machine.
  const alone = {
    'network.hosts': ['127.0.0.1'],
    'network.mdns': false,
    'bittorrent.dht': false,
    'bittorrent.lsd': false,
    'ipfsRouting.bootstrap': [],
    'ipfsRouting.servers': [],
  }
  const giver = await peers.start('giver', alone, { transports: 'tcp' })
  const keeper = await peers.start('keeper', alone, { transports: 'tcp' })
  // So that they are connected.
  const hello = await share(giver, makeTree(peers.path('hello'), { 'one.bin': bytesOf(9, 10) }))
  await get(keeper, hello.link, peers.path('into-hello'))
  const files = { 'one.bin': bytesOf(1, 3_000_000), 'sub/two.txt': bytesOf(2, 70_001) }
  const { cid } = await share(giver, makeTree(peers.path('tree'), files), { on: 'ipfs,private' })
  // Slowly, so that it is told how far it is, in that answer and in the list; whoever stops waiting ends it.
  await keeper.limits.set({ download: 500_000 })
  let isFetching = false
  for await (const update of keeper.pins.pin({ cid: cid! })) {
    if (update.phase !== 'fetching') continue
    isFetching = true
    expect(update.bytes).toBeGreaterThan(0)
    expect(await keeper.pins.pins({})).toMatchObject([{ cid, isRunning: true, isWhole: false }])
    break
  }
  expect(isFetching).toBe(true)
  expect(await keeper.pins.pins({})).toMatchObject([{ cid, isRunning: false, isWhole: false }])
  // Two who want the same follow one pin; it goes on when one of them leaves, and both that stay hear of its end.
  const one = pin(keeper, { cid: cid!, name: 'tree' })
  await expect.poll(async () => (await keeper.pins.pins({}))[0]?.isRunning, { interval: 10 }).toBe(true)
  const two = pin(keeper, { cid: `/ipfs/${cid}` })
  const named = pin(keeper, { cid: cid!, name: 'other' })
  for await (const update of keeper.pins.pin({ cid: cid! })) if (update.phase === 'fetching') break
  await keeper.limits.set({ download: 0 })
  expect(await one).toEqual(await two)
  expect([(await one).name, (await named).name]).toEqual(['tree', 'other'])
  expect(await keeper.pins.pins({})).toMatchObject([{ cid, name: 'other', isWhole: true, isRunning: false }])
  const pinned = await pin(keeper, { cid: cid! })
  expect(pinned).toMatchObject({ isWhole: true, isRunning: false, blocks: 7 })
  expect(pinned.bytes).toBeGreaterThan(3_070_000)
  const { heldBytes } = await keeper.pins.clear({})
  expect(heldBytes).toBe(pinned.bytes)
  const nowhere = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
  expect(await codeOf(pin(keeper, { cid: nowhere, timeout: 0.1 }))).toBe('network.no-peers')
})

test('a pinned root stays announced when a share of the same is paused or removed, unless its blocks lie in that alone', async () => {
  let peer = await peers.start('announcing')
  const path = makeTree(peers.path('announced-tree'), { 'one.bin': bytesOf(3, 20_000) })
  const { cid, infoHash } = await share(peer, path, { on: 'ipfs' })
  const roots = async (): Promise<number> => (await peer.ipfs.status({})).roots
  await pin(peer, { cid: cid! })
  expect(await roots()).toBe(1)
  // It is given to nobody now.
  await peer.files.pause({ content: infoHash })
  expect(await roots()).toBe(0)
  await peer.files.resume({ content: infoHash })
  expect(await roots()).toBe(1)
  await peer.files.remove({ content: infoHash })
  expect(await roots()).toBe(0)

  const archive = peers.path('announced.car')
  await share(peer, path, { on: 'ipfs' })
  for await (const _ of peer.car.export({ what: cid!, path: archive }));
  await peer.files.remove({ content: infoHash })
  for await (const _ of peer.car.import({ file: archive, public: true }));
  expect(await roots()).toBe(1)
  await share(peer, path, { on: 'ipfs' })
  await peer.files.pause({ content: infoHash })
  await peer.files.remove({ content: infoHash })
  expect(await roots()).toBe(1)
  await peers.stop(peer)
  peer = await peers.start('announcing')
  expect(await roots()).toBe(1)
  // One that is offered stays announced without its pin, and is not any more when it was removed while nothing ran.
  await share(peer, path, { on: 'ipfs' })
  await peer.pins.unpin({ cid: cid! })
  expect(await roots()).toBe(1)
  await peers.stop(peer)
  const offline = await createPeer({ home: peers.home('announcing'), offline: true })
  await offline.files.remove({ content: infoHash })
  await offline.stop()
  peer = await peers.start('announcing')
  expect(await roots()).toBe(0)
})

test('a pinned root is announced as long as the share that its blocks lie in is given to everybody, on whatever network that is', async () => {
  const peer = await peers.start('leant-on')
  const path = makeTree(peers.path('leant-tree'), { 'one.bin': bytesOf(4, 20_000) })
  const { cid, infoHash } = await share(peer, path, { on: 'bittorrent,ipfs' })
  await pin(peer, { cid: cid! })
  await share(peer, path, { on: 'bittorrent' })
  const roots = async (): Promise<number> => (await peer.ipfs.status({})).roots
  const becomes = (count: number): Promise<void> => expect.poll(roots, { interval: 10 }).toBe(count)
  await becomes(1)
  await peer.files.pause({ content: infoHash })
  await becomes(0)
  await peer.files.resume({ content: infoHash })
  await becomes(1)
  await share(peer, path, { on: 'private' })
  await becomes(0)
  await share(peer, path, { on: 'bittorrent' })
  await becomes(1)
  await peer.files.remove({ content: infoHash })
  await becomes(0)
})

test('which pins lean on the files of a share is told before it is removed and after', async () => {
  const peer = await peers.start('leaning')
  const { cid, infoHash } = await share(
    peer,
    makeTree(peers.path('leaning-tree'), { a: bytesOf(1, 20_000), b: bytesOf(2, 10) }),
    { on: 'ipfs,private' },
  )
  await pin(peer, { cid: cid!, name: 'both' })
  await pin(peer, { cid: inline })
  const pins = [{ cid, name: 'both' }]
  expect(await peer.files.show({ content: infoHash })).toMatchObject({ cid, pins })
  expect(await peer.files.remove({ content: infoHash })).toEqual({ infoHash, pins })
  expect((await peer.pins.pins({})).map(({ isWhole }) => isWhole).sort()).toEqual([false, true])
})
