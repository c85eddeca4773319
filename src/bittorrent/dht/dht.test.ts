import { expect, test } from 'vitest'
import type { Endpoint } from '../../network/index.ts'
import type { Dht } from './dht.ts'
import { ed25519KeyPair } from './ed25519.ts'
import { immutableItem, type MutableItem, mutableItem, mutableTarget, targetOf } from './item.ts'
import { isSecureId } from './node-id.ts'
import { SimulatedDht } from './simulated-dht.ts'

test('whoever announces is found by others, though packets are lost and nodes go', async () => {
  const seed = 7
  const net = new SimulatedDht(seed, 0.02)
  const nodes = await net.grow(200)
  const names = Array.from({ length: 40 }, () => net.world.random.bytes(20))
  for (const [i, name] of names.entries()) await net.look(nodes[i]!, name, 6881)
  // One in ten is gone without a word.
  for (let i = 5; i < nodes.length; i += 10) nodes[i]!.stop()
  let hits = 0
  for (const [i, name] of names.entries()) {
    const seeker = nodes[100 + (i % 9) * 10]!
    if ((await net.look(seeker, name)).has(net.address(i))) hits++
  }
  expect(hits / names.length, `seed ${seed}`).toBeGreaterThan(0.99)
}, 60_000)

test('an idle node costs less than 20 kbit/s', async () => {
  const net = new SimulatedDht(19)
  await net.grow(50)
  net.bytes = 0
  const seconds = 2_700
  await net.pass(seconds * 1000, 1_000)
  const bitsPerSecond = (net.bytes * 8) / seconds / 50
  expect(bitsPerSecond).toBeGreaterThan(10)
  expect(bitsPerSecond).toBeLessThan(2_000)
}, 60_000)

test('a node learns its address from many others, and then has an id that fits', async () => {
  const net = new SimulatedDht(23)
  const nodes = await net.grow(40, 10)
  expect(net.join(90, [0]).status().addresses).toEqual([])
  for (const dht of nodes) await net.look(dht, net.world.random.bytes(20))
  for (const [i, dht] of nodes.entries()) expect(dht.status().addresses).toEqual([net.address(i)])
  // What others have heard of it before is corrected when it is asked next.
  await net.pass(30 * 60_000, 1_000)
  const told = nodes[3]!.contacts()
  expect(told.length).toBeGreaterThan(10)
  expect(told.filter(({ address, id }) => !isSecureId(address, id))).toEqual([])
})

test('both families are entered by a node of one', async () => {
  const net = new SimulatedDht(29)
  const join = (i: number, known: number[], families: (4 | 6)[]): Dht => net.join(i, known, {}, { families })
  const nodes = [join(0, [], [4, 6])]
  for (let i = 1; i < 12; i++) {
    nodes.push(join(i, [0], [4, 6]))
    await net.look(nodes[i]!, net.world.random.bytes(20))
  }
  const four = net.join(30, [0], {}, { families: [4] })
  await net.look(four, net.world.random.bytes(20))
  // The only node it knows is of IPv4, and has heard of none of IPv6.
  const late = net.join(20, [], {}, { families: [4, 6], nodes: [net.endpoint(0)] })
  await net.look(late, net.world.random.bytes(20))
  await net.pass(5_000)
  expect(late.status().nodes6).toBeGreaterThan(3)
  const name = net.world.random.bytes(20)
  await net.look(nodes[3]!, name, 6881)
  expect(await net.look(late, name)).toEqual(new Set([net.address(3, 4), net.address(3, 6)]))
})

test('nodes of an earlier run spare the well-known ones the trouble', async () => {
  const net = new SimulatedDht(31)
  const nodes = await net.grow(20)
  let asked = 0
  net.attach(900, () => asked++)
  const late = net.join(901, [900], {}, { nodes: nodes[4]!.contacts() })
  expect(late.status()).toMatchObject({ nodes4: 0, state: 'out' })
  await net.look(late, net.world.random.bytes(20))
  expect(late.status()).toMatchObject({ nodes6: 0, state: 'in' })
  expect(asked).toBe(0)
  // Where none of them is left, the others are asked.
  const lost = net.join(902, [900], {}, { nodes: [net.endpoint(800)] })
  await net.look(lost, net.world.random.bytes(20))
  expect(asked).toBeGreaterThan(0)
  expect(lost.status()).toMatchObject({ nodes4: 0, state: 'lonely' })
})

test('a read-only node asks but does not answer, and nobody remembers it', async () => {
  const net = new SimulatedDht(37)
  const nodes = await net.grow(20)
  const silent = net.join(50, [0, 1], { readOnly: true })
  const name = net.world.random.bytes(20)
  await net.look(nodes[2]!, name, 6881)
  expect(await net.look(silent, name)).toEqual(new Set([net.address(2)]))
  await net.pass(60_000)
  for (const dht of nodes) expect(dht.contacts().map(({ address }) => address)).not.toContain(net.address(50))
})

test('stopping ends what runs', async () => {
  const net = new SimulatedDht(59)
  const dht = net.join(0, [1, 2, 3])
  const work = net.find(dht, net.world.random.bytes(20))
  net.world.advance(100)
  dht.stop()
  expect(await net.run(work, 20_000)).toEqual(new Set())
  expect(await net.run(net.find(dht, net.world.random.bytes(20)), 20_000)).toEqual(new Set())
})

test('a look-up that is given up ends at once and announces nothing', async () => {
  const net = new SimulatedDht(61)
  const nodes = await net.grow(20)
  const abort = new AbortController()
  const name = net.world.random.bytes(20)
  const work = nodes[1]!.getPeers(name, { signal: abort.signal, announcePort: 1, onPeers: () => undefined })
  abort.abort()
  await net.run(work, 100)
  expect(await net.look(nodes[2]!, name)).toEqual(new Set())
})

test('a port that the router has opened is announced in place of the one that datagrams come from', async () => {
  const net = new SimulatedDht(63)
  const nodes = await net.grow(20)
  const name = net.world.random.bytes(20)
  const { signal } = new AbortController()
  const ports = new Set<number>()
  const onPeers = (peers: readonly Endpoint[]): void => {
    for (const { port } of peers) ports.add(port)
  }
  await net.run(
    nodes[1]!.getPeers(name, { signal, announcePort: 1, mappedPort: 4_321, onPeers: () => undefined }),
  )
  await net.run(nodes[2]!.getPeers(name, { signal, onPeers }))
  expect([...ports]).toEqual([4_321])
})

test('items are stored, replaced and found, the newest of them', async () => {
  const net = new SimulatedDht(67, 0.02)
  const nodes = await net.grow(60)
  const fixed = immutableItem(['any', 'value'])
  const stored = await net.run(nodes[1]!.put(fixed))
  expect(stored.refusals).toEqual([])
  expect(stored.nodes).toBeGreaterThanOrEqual(6)
  expect(await net.run(nodes[40]!.get(targetOf(fixed)))).toEqual(fixed)
  const { publicKey, sign } = ed25519KeyPair(net.world.random.bytes(32))
  const make = (seq: bigint): MutableItem => mutableItem({ value: `v${seq}`, publicKey, seq }, sign)
  await net.run(nodes[2]!.put(make(1n)))
  await net.run(nodes[3]!.put(make(2n), { cas: 1n }))
  expect(await net.run(nodes[50]!.get(mutableTarget(publicKey)))).toEqual(make(2n))
  const late = await net.run(nodes[4]!.put(make(3n), { cas: 1n }))
  expect(new Set(late.refusals)).toEqual(new Set([301]))
  expect(await net.run(nodes[5]!.get(net.world.random.bytes(20)))).toBeUndefined()
})

test('a swarm is counted without joining it, and what one node keeps is told', async () => {
  const net = new SimulatedDht(71)
  const nodes = await net.grow(60)
  const name = net.world.random.bytes(20)
  for (let i = 0; i < 20; i++) await net.look(nodes[i]!, name, 6881, i < 5)
  const { seeds, peers } = await net.run(nodes[40]!.scrape(name))
  expect(Math.abs(seeds - 5)).toBeLessThanOrEqual(1)
  expect(Math.abs(peers - 15)).toBeLessThanOrEqual(2)
  expect(await net.look(nodes[41]!, name)).not.toContain(net.address(41))
  const keeper = nodes.findIndex(dht => dht.status().swarms > 0)
  const asker = nodes[keeper === 30 ? 31 : 30]!
  const sample = await net.run(asker.sample(net.endpoint(keeper)))
  expect(sample).toMatchObject({ names: [name], count: 1 })
  await expect(net.run(asker.sample(net.endpoint(999)))).rejects.toThrow(/did not answer/)
})
