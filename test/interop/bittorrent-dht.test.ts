import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fromUtf8, systemWorld, toHex, utf8 } from '../../src/base/index.ts'
import {
  Dht,
  dhtConfig,
  ed25519KeyPair,
  immutableItem,
  itemValue,
  mutableItem,
  mutableTarget,
  targetOf,
} from '../../src/bittorrent/dht/index.ts'
import type { Endpoint } from '../../src/network/index.ts'
import { LibtorrentNodes } from './bittorrent-dht/libtorrent-nodes.ts'
import { LoopbackDatagrams } from './bittorrent-dht/loopback-datagrams.ts'

// Three nodes of libtorrent and three of ours on one loopback network: each must find what the others told the network.
const theirs = ['127.0.0.2', '127.0.0.3', '127.0.0.4']
const ours = ['127.0.0.12', '127.0.0.13', '127.0.0.14']

let libtorrent: LibtorrentNodes
let endpoints: Endpoint[]
const sockets: LoopbackDatagrams[] = []
const nodes: Dht[] = []

beforeAll(async () => {
  libtorrent = new LibtorrentNodes(theirs)
  const started = await libtorrent.run<{ endpoints: [string, number][] }>('start')
  endpoints = started.endpoints.map(([address, port]) => ({ address, port }))
  for (const address of ours) {
    const datagrams = await LoopbackDatagrams.open(address)
    sockets.push(datagrams)
    const dht = new Dht({
      world: systemWorld,
      datagrams,
      config: dhtConfig.parse({ bootstrap: ['libtorrent'] }),
      resolve: async () => endpoints,
    })
    dht.start()
    nodes.push(dht)
    await peersOf(dht, randomBytes(20))
  }
})

afterAll(async () => {
  for (const dht of nodes) dht.stop()
  for (const socket of sockets) socket.close()
  await libtorrent.close()
})

async function peersOf(dht: Dht, name: Uint8Array, announcePort?: number): Promise<Endpoint[]> {
  const found: Endpoint[] = []
  await dht.getPeers(name, {
    announcePort,
    signal: AbortSignal.timeout(20_000),
    onPeers: peers => found.push(...peers),
  })
  return found
}

// First, since the others want everybody to be known.
test('we are in: both know each other', async () => {
  await expect
    .poll(async () => (await libtorrent.run<{ sizes: number[] }>('sizes')).sizes, { timeout: 20_000 })
    .toEqual(theirs.map(() => expect.toSatisfy((size: number) => size >= 4)))
  for (const dht of nodes) expect(dht.status()).toMatchObject({ state: 'in' })
  for (const dht of nodes)
    expect(dht.contacts().filter(({ address }) => theirs.includes(address))).toHaveLength(theirs.length)
})

test('libtorrent finds a peer that we announce', async () => {
  const name = randomBytes(20)
  await peersOf(nodes[0]!, name, 4321)
  const { peers } = await libtorrent.run<{ peers: [string, number][] }>('find', {
    node: 1,
    name: toHex(name),
  })
  // BEP 5, implied port: that of the socket.
  expect(peers).toContainEqual([ours[0], sockets[0]!.port])
})

test('we find a peer that libtorrent announces', async () => {
  const name = randomBytes(20)
  await libtorrent.run('announce', { node: 0, name: toHex(name) })
  await expect
    .poll(() => peersOf(nodes[1]!, name), { timeout: 20_000, interval: 500 })
    .toContainEqual(endpoints[0])
})

test('immutable items go both ways', async () => {
  const item = immutableItem('from us')
  const stored = await nodes[0]!.put(item)
  expect(stored).toMatchObject({ refusals: [] })
  expect(stored.nodes).toBeGreaterThanOrEqual(5)
  const target = toHex(targetOf(item))
  expect(await libtorrent.run('get', { node: 2, target })).toEqual({ value: 'from us' })
  const put = await libtorrent.run<{ target: string }>('put', { node: 1, value: 'from libtorrent' })
  expect(put.target).toBe(toHex(targetOf(immutableItem('from libtorrent'))))
  await expect
    .poll(() => valueAt(nodes[2]!, targetOf(immutableItem('from libtorrent'))), { timeout: 20_000 })
    .toBe('from libtorrent')
})

async function valueAt(dht: Dht, target: Uint8Array, salt?: Uint8Array): Promise<string | undefined> {
  const item = await dht.get(target, salt && { salt })
  return item && fromUtf8(itemValue(item) as Uint8Array)
}

test.each(['', 'salted'])('mutable items go both ways, salt "%s"', async text => {
  const salt = utf8(text)
  const seed = randomBytes(32)
  const { publicKey, sign } = ed25519KeyPair(seed)
  const at = { public: toHex(publicKey), salt: text }
  const first = mutableItem({ value: 'first', publicKey, seq: 1n, salt }, sign)
  expect(await nodes[0]!.put(first)).toMatchObject({ refusals: [] })
  expect(await libtorrent.run('get_mutable', { node: 0, ...at })).toEqual({ value: 'first', seq: 1 })
  // libtorrent reads, counts up and writes; it signs what we must be able to verify, and the other way round.
  const put = await libtorrent.run('put_mutable', { node: 1, seed: toHex(seed), ...at, value: 'second' })
  expect(put).toMatchObject({ stored: expect.toSatisfy((count: number) => count >= 5) })
  const target = mutableTarget(publicKey, salt)
  expect(await valueAt(nodes[1]!, target, salt)).toBe('second')
  expect(await nodes[2]!.get(target, { salt })).toMatchObject({ seq: 2n })
  // An older number is refused by both, with the code of BEP 44.
  const { refusals } = await nodes[0]!.put(first)
  expect(new Set(refusals)).toEqual(new Set([302]))
  expect(refusals.length).toBeGreaterThanOrEqual(5)
})

test('they count a swarm for us and tell what they keep', async () => {
  const name = randomBytes(20)
  for (const dht of nodes) await peersOf(dht, name, 1)
  expect((await nodes[0]!.scrape(name)).peers).toBe(ours.length)
  const sample = await nodes[0]!.sample(endpoints[0]!)
  expect(sample?.count).toBeGreaterThan(0)
  expect(sample?.names.length).toBeGreaterThan(0)
})
