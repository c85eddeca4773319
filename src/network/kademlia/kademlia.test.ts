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
