import fs from 'node:fs'
import { afterAll, expect, test, vi } from 'vitest'
import type { Peer } from '../../src/peer/index.ts'
import type { ProviderRow } from '../../src/services/ipfs/index.ts'
import type { PinUpdate } from '../../src/services/pins/index.ts'
import { codeOf, describeCid as describe, get, Peers, share } from './peers.ts'
import { alone } from './public-peers.ts'
import { bytesOf, makeTree, treeOf } from './trees.ts'

// Several whole peers, each with a walk through the network: on a busy machine that takes longer than other tests may.
vi.setConfig({ testTimeout: 120_000 })
const peers = new Peers()
afterAll(() => peers.end())

/** Peers that find one another by the Kademlia network of IPFS, and by nothing else. */
const start = (name: string, set: Readonly<Record<string, unknown>> = {}): Promise<Peer> =>
  peers.start(
    name,
    {
      ...alone,
      'ipfsRouting.dht': 'server',
      'discovery.contacts': false,
      'discovery.overlayFor': 'off',
      'kademlia.enabled': false,
      ...set,
    },
    { transports: 'tcp' },
  )
const loopback = (peer: Peer): string[] => peer.addresses().filter(one => one.startsWith('/ip4/127.'))
async function pinOf(peer: Peer, cid: string): Promise<PinUpdate | undefined> {
  let last: PinUpdate | undefined
  for await (const update of peer.pins.pin({ cid })) last = update
  return last
}
async function providersOf(peer: Peer, link: string, most = 20): Promise<ProviderRow[]> {
  const rows: ProviderRow[] = []
  for await (const row of peer.ipfs.providers({ link, most, seconds: 30 })) rows.push(row)
  return rows
}
const nobody = 'k51qzi5uqu5dgutdk6i1ynyzgkqngpha5xpgia3a5qqp4jsh0u4csozksxel2r'

test('a CID is fetched from a peer that nothing but the DHT leads to, also when it was shared before a restart', async () => {
  const first = await start('first')
  // Whoever asks takes part.
  expect(await codeOf(first.names.resolve({ name: nobody }))).toBe('name.unknown')
  const path = makeTree(peers.path('Found'), {
    'one.bin': bytesOf(1, 300_000),
    'sub/two.txt': bytesOf(2, 70_001),
  })
  const before = await start('a')
  const { cid } = await share(before, path, { on: 'ipfs' })
  // It knew nobody to tell.
  expect(await before.ipfs.status({})).toMatchObject({ roots: 1, announced: 0 })
  await peers.stop(before)

  const enter = { 'ipfsRouting.bootstrap': loopback(first) }
  const a = await start('a', enter)
  await expect.poll(() => a.ipfs.status({}), { timeout: 90_000 }).toMatchObject({ roots: 1, announced: 1 })
  const b = await start('b', enter)
  expect(b.connections()).toEqual([])
  const got = await get(b, `ipfs://${cid}`, peers.path('into'), { timeout: 30 })
  expect(got).toMatchObject({ state: 'complete', files: 2 })
  expect(treeOf(peers.path('into', cid!))).toEqual(treeOf(path))
  // Whoever has got it from the public network gives it on, and says so; also whoever pins it, until it is pinned no more.
  await expect.poll(() => b.ipfs.status({}), { timeout: 30_000 }).toMatchObject({ roots: 1, announced: 1 })
  // It stands with others still, so a restart does not begin anew.
  await peers.stop(a)
  const again = await start('a', enter)
  expect(await again.ipfs.status({})).toMatchObject({ roots: 1, announced: 1 })
  const d = await start('d', enter)
  const photos = `ipfs://${cid}/sub`
  const pinned = await pinOf(d, photos)
  expect(pinned).toMatchObject({ isWhole: true, bytes: expect.any(Number) })
  expect(await pinOf(d, cid!)).toMatchObject({ cid, isWhole: true })
  await expect.poll(() => d.ipfs.status({}), { timeout: 30_000 }).toMatchObject({ roots: 2, announced: 2 })
  const told = await providersOf(first, cid!)
  expect(new Set(told.map(({ peer }) => peer))).toEqual(new Set([a.peerId, b.peerId, d.peerId]))
  expect(told.every(({ addresses }) => addresses.length > 0)).toBe(true)
  expect(await providersOf(first, cid!, 1)).toHaveLength(1)
  expect((await describe(d, photos)).announcedAt).toBeGreaterThan(0)
  expect(await d.pins.unpin({ cid: cid! })).toMatchObject({ was: true })
  expect(await d.ipfs.status({})).toMatchObject({ roots: 1 })
  // One that does not ask there finds nobody, so that it was no other way.
  const c = await start('c', { ...enter, 'ipfsRouting.dht': 'off' })
  expect(await codeOf(get(c, `ipfs://${cid}`, peers.path('into c'), { timeout: 1 }))).toBe('network.no-peers')
  expect(fs.existsSync(peers.path('into c', cid!))).toBe(false)
})
