import { afterEach, expect, test } from 'vitest'
import { systemWorld } from '../../base/index.ts'
import type { Network } from '../network.ts'
import { TestNetworks } from '../test-networks.ts'
import { type KademliaConfig, kademliaConfig } from './config.ts'
import { KademliaNetwork, peerageKademlia } from './kademlia-network.ts'

const networks = new TestNetworks()
const running: KademliaNetwork[] = []
afterEach(async () => {
  for (const one of running.splice(0)) one.stop()
  await networks.stop()
})

async function join(
  bootstrap: readonly Network[],
  config: Partial<KademliaConfig> = {},
): Promise<{ network: Network; kademlia: KademliaNetwork }> {
  const network = await networks.create({ transports: 'memory' })
  const kademlia = new KademliaNetwork({
    world: systemWorld,
    network,
    config: kademliaConfig.parse({
      mode: 'server',
      bootstrap: bootstrap.flatMap(one => one.addresses()),
      ...config,
    }),
    protocol: peerageKademlia,
  })
  running.push(kademlia)
  network.addDiscovery(kademlia.discovery())
  kademlia.start()
  return { network, kademlia }
}

test('peers find one another, and who announced a topic, through one that they have in common', async () => {
  const first = await join([])
  const peers = [first]
  for (let i = 0; i < 5; i++) peers.push(await join([first.network], { mode: i === 0 ? 'client' : 'server' }))
  const [, client, seeker] = peers
  const announcer = peers[5]!
  const topic = new Uint8Array(32).fill(7)
  client!.network.announceTopic(topic)
  announcer.network.announceTopic(topic)
  await expect
    .poll(() => [client!, announcer].map(one => one.kademlia.status.announced), { timeout: 20_000 })
    .toEqual([2, 2])
  const signal = AbortSignal.timeout(20_000)
  const found = new Map<string, readonly string[]>()
  for await (const { peer, addresses, how } of seeker!.network.findTopic(topic, signal)) {
    expect(how).toBe('kademlia')
    found.set(peer, addresses)
  }
  expect([...found.keys()].sort()).toEqual([client!.network.peerId, announcer.network.peerId].sort())
  // One that answers nobody is found by its own announcement.
  for (const one of [client!, announcer])
    for await (const addresses of seeker!.kademlia.node.findPeer(one.network.peerId, signal)) {
      expect(one.network.addresses()).toEqual(
        addresses.map(address => `${address}/p2p/${one.network.peerId}`),
      )
      break
    }
  expect(client!.kademlia.status.mode).toBe('client')
  // Whoever came to it is known once it has said what it speaks.
  await expect.poll(() => first.kademlia.status.nodes).toBe(4)
}, 60_000)
