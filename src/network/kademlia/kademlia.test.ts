import { expect, test } from 'vitest'
import { SimulatedKademlia, type SimulatedPeer } from './simulated-kademlia.ts'

const minute = 60_000
const config = { providerMs: 20 * minute, renewMs: 8 * minute }
const never = new AbortController().signal

/** A network of so many peers. */
async function grown(net: SimulatedKademlia, count: number): Promise<SimulatedPeer[]> {
  const peers: SimulatedPeer[] = []
  for (let i = 0; i < count; i++) {
    peers.push(net.join(net.address(i), i === 0 ? [] : [peers[net.world.random.below(i)]!.contact], config))
    if (i % 10 === 9) await net.pass(3_000, 50)
  }
  await net.pass(60_000)
  return peers
}

async function providersOf(
  net: SimulatedKademlia,
  { node }: SimulatedPeer,
  key: Uint8Array,
): Promise<string[]> {
  const found: string[] = []
  const read = async (): Promise<void> => {
    for await (const { peer } of node.findProviders(key, never)) if (!found.includes(peer)) found.push(peer)
  }
  await net.run(read())
  return found
}

test('what a peer announces is found by all others, renewed, and forgotten when it ends', async () => {
  const net = new SimulatedKademlia(1)
  const peers = await grown(net, 40)
  const stop = new AbortController()
  const key = net.world.random.bytes(34)
  const [announcer, seeker] = [peers[3]!, peers[30]!]
  announcer.node.keepProviding(key, stop.signal)
  await net.pass(10_000)
  expect(await providersOf(net, seeker, key)).toEqual([announcer.contact.peer])
  expect(announcer.node.status).toMatchObject({ announcing: 1, announced: 1 })
  await net.pass(30 * minute)
  expect(await providersOf(net, seeker, key)).toEqual([announcer.contact.peer])
  stop.abort()
  await net.pass(21 * minute)
  expect(await providersOf(net, seeker, key)).toEqual([])
}, 120_000)

test('who knows nobody looks for nobody, and announces all of it once somebody is there', async () => {
  const net = new SimulatedKademlia(3)
  let asked = 0
  const addresses = (): string[] => {
    asked++
    return [net.address(1)]
  }
  const lonely = net.join(net.address(1), [], config, { addresses })
  for (let i = 0; i < 1000; i++) lonely.node.keepProviding(net.world.random.bytes(34), never)
  await net.pass(1_000)
  expect(asked).toBe(0)
  expect(lonely.node.status).toMatchObject({ announcing: 1000, announced: 0, lookUps: { done: 0 } })
  lonely.node.meet(net.join(net.address(2), [], config).contact.peer, [net.address(2)])
  await net.pass(10 * minute)
  expect(lonely.node.status).toMatchObject({ announcing: 1000, announced: 1000 })
}, 60_000)

/** Values are one byte under keys of the name space `n`; the higher one is to be kept. */
const validators = {
  n: {
    isValid: (_: Uint8Array, value: Uint8Array) => value.length === 1,
    compare: (a: Uint8Array, b: Uint8Array) => b[0]! - a[0]!,
  },
}

test('of values the best wins, and those that held a worse one or none get it', async () => {
  const net = new SimulatedKademlia(2)
  const peers: SimulatedPeer[] = []
  for (let i = 0; i < 30; i++) {
    const start = i === 0 ? [] : [peers[0]!.contact]
    peers.push(net.join(net.address(i), start, config, { validators }))
  }
  await net.pass(60_000)
  const key = new TextEncoder().encode('/n/one')
  const [old, fresh, seeker] = [peers[1]!.node, peers[2]!.node, peers[3]!.node]
  expect(await net.run(old.putValue(key, Uint8Array.of(1), never))).toBeGreaterThanOrEqual(20)
  // The newer one reached a single peer.
  const holder = peers[9]!
  const asker = { peer: peers[2]!.contact.peer, group: undefined }
  holder.node.answer({ type: 'PUT_VALUE', key, value: Uint8Array.of(7) }, asker)
  const all = { ...config, valueQuorum: 100 }
  const patient = net.join(net.address(99), [holder.contact], all, { validators }).node
  await net.pass(10_000)
  expect(await net.run(patient.getValue(key, never))).toEqual(Uint8Array.of(7))
  await net.pass(5_000)
  // Now it is everywhere, so that a few answers are enough.
  expect(await net.run(seeker.getValue(key, never))).toEqual(Uint8Array.of(7))
  // Nobody is talked back to the older one.
  await expect(net.run(fresh.putValue(key, Uint8Array.of(1), never))).resolves.toBe(0)
  expect(await net.run(seeker.getValue(key, never))).toEqual(Uint8Array.of(7))
  await expect(fresh.getValue(new TextEncoder().encode('/other/one'), never)).rejects.toMatchObject({
    code: 'usage.invalid',
  })
}, 60_000)

test('of two peers each finds a value: who put it, and who took it', async () => {
  const net = new SimulatedKademlia(4)
  const first = net.join(net.address(1), [], config, { validators })
  const second = net.join(net.address(2), [first.contact], config, { validators })
  await net.pass(10_000)
  const key = new TextEncoder().encode('/n/one')
  expect(await net.run(second.node.putValue(key, Uint8Array.of(1), never))).toBe(1)
  for (const { node } of [first, second])
    expect(await net.run(node.getValue(key, never))).toEqual(Uint8Array.of(1))
  // What is kept here is one of those that are compared.
  const asker = { peer: second.contact.peer, group: undefined }
  first.node.answer({ type: 'PUT_VALUE', key, value: Uint8Array.of(5) }, asker)
  for (const { node } of [second, first])
    expect(await net.run(node.getValue(key, never))).toEqual(Uint8Array.of(5))
}, 60_000)

test('it is told when there is somebody to ask, and before nobody was', async () => {
  const net = new SimulatedKademlia(8)
  let told = 0
  const alone = net.join(net.address(0), [], config, { onEntered: () => told++ })
  await net.pass(10_000)
  expect(told).toBe(0)
  const others = [1, 2].map(i => net.join(net.address(i), [], config))
  for (const { contact } of others) alone.node.meet(contact.peer, contact.addresses)
  await net.pass(10_000)
  expect(alone.node.status.nodes).toBe(2)
  expect(told).toBe(1)
})
