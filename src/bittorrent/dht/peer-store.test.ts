import { expect, it } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import { BloomFilter } from './bloom-filter.ts'
import { dhtConfig } from './config.ts'
import { PeerStore } from './peer-store.ts'

const name = (i: number): Uint8Array => new Uint8Array(20).fill(i & 255).fill(i >> 8, 0, 1)
const at = (i: number, port = 1): { address: string; port: number } => ({
  address: `8.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
  port,
})

function store(config: object = {}): { world: VirtualWorld; peers: PeerStore } {
  const world = new VirtualWorld(1)
  return { world, peers: new PeerStore(world, dhtConfig.parse(config)) }
}

it('keeps one entry an address, with what it said last (BEP 33)', () => {
  const { peers } = store()
  peers.add(name(1), at(1, 5))
  peers.add(name(1), at(1, 6), true)
  expect(peers.some(name(1), 10)).toEqual([at(1, 6)])
  expect(peers.addresses).toBe(1)
})

it('forgets after half an hour without an announce', () => {
  const { world, peers } = store()
  peers.add(name(1), at(1))
  peers.add(name(1), at(2))
  world.advance(29 * 60_000)
  peers.add(name(1), at(2))
  world.advance(2 * 60_000)
  expect(peers.some(name(1), 10)).toEqual([at(2)])
  world.advance(30 * 60_000)
  peers.expire()
  expect([peers.size, peers.addresses]).toEqual([0, 0])
})

it('holds so many peers of a swarm, swarms, and swarms of one address', () => {
  const { peers } = store({ maxPeersPerSwarm: 3, maxSwarms: 4, maxSwarmsPerAddress: 2 })
  for (let i = 0; i < 10; i++) expect(peers.add(name(1), at(i))).toBe(true)
  expect(peers.some(name(1), 10)).toHaveLength(3)
  expect(peers.some(name(1), 10)).toContainEqual(at(9))
  expect(peers.addresses).toBe(3)
  for (let i = 2; i < 10; i++) peers.add(name(i), at(100 + i))
  expect(peers.size).toBe(4)
  expect(peers.some(name(1), 10)).toEqual([])
  expect(peers.addresses).toBe(4)
  expect([20, 21, 22].map(i => peers.add(name(i), at(7)))).toEqual([true, true, false])
  // Again in a swarm in which it is already.
  expect(peers.add(name(21), at(7, 9))).toBe(true)
})

it('gives some at random, seeds last to who wants none', () => {
  const { peers } = store()
  for (let i = 0; i < 100; i++) peers.add(name(1), at(i), i < 50)
  const first = peers.some(name(1), 10)
  expect(first).toHaveLength(10)
  expect(peers.some(name(1), 10)).not.toEqual(first)
  const leechers = peers.some(name(1), 50, true).map(({ address }) => Number(address.split('.')[3]))
  expect(leechers.every(last => last >= 50)).toBe(true)
})

it('counts by bloom filters (BEP 33)', () => {
  const { peers } = store()
  expect(peers.scrape(name(1))).toBeUndefined()
  for (let i = 0; i < 300; i++) peers.add(name(1), at(i), i < 100)
  const { seeds, peers: others } = peers.scrape(name(1))!
  expect(Math.abs(new BloomFilter(seeds).estimate - 100)).toBeLessThan(10)
  expect(Math.abs(new BloomFilter(others).estimate - 200)).toBeLessThan(15)
})

it('tells the same sample of at most 20 names for an interval (BEP 51)', () => {
  const { world, peers } = store({ sampleMs: 600_000 })
  expect(peers.sample()).toEqual({ names: [], count: 0, intervalSeconds: 600 })
  world.advance(600_000)
  for (let i = 0; i < 90; i++) peers.add(name(i), at(i))
  const { names, count, intervalSeconds } = peers.sample()
  expect([names.length, count, intervalSeconds]).toEqual([20, 90, 600])
  world.advance(200_000)
  expect(peers.sample()).toEqual({ names, count: 90, intervalSeconds: 400 })
  world.advance(400_000)
  expect(peers.sample().names).not.toEqual(names)
})
