import { identify } from '@libp2p/identify'
import type { Libp2p } from '@libp2p/interface'
import { type KadDHT, kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { noise } from '@libp2p/noise'
import { peerIdFromString } from '@libp2p/peer-id'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { CID } from 'multiformats/cid'
import { afterEach, expect, test } from 'vitest'
import { systemWorld } from '../../base/index.ts'
import { TestNetworks } from '../test-networks.ts'
import { kademliaConfig } from './config.ts'
import { KademliaNetwork } from './kademlia-network.ts'

const protocol = '/ipfs/kad/1.0.0'
const networks = new TestNetworks()
const nodes: Libp2p[] = []
const running: KademliaNetwork[] = []
afterEach(async () => {
  for (const one of running.splice(0)) one.stop()
  await networks.stop()
  await Promise.all(nodes.splice(0).map(node => node.stop()))
})

type Plain = Libp2p<{ dht: KadDHT }>

/** A libp2p node with libp2p's own Kademlia. */
async function plain(to?: Plain): Promise<Plain> {
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      ping: ping(),
      dht: kadDHT({ protocol, clientMode: false, peerInfoMapper: passthroughMapper }),
    },
  })
  nodes.push(node)
  if (to !== undefined) await node.dial(to.getMultiaddrs())
  return node
}

const addressesOf = (node: Libp2p): string[] => node.getMultiaddrs().map(String)
const keyOf = (fill: number): Uint8Array => Uint8Array.of(0x12, 0x20, ...new Uint8Array(32).fill(fill))

/** How many it knows; its type does not say that it can be asked. */
function tableOf({ services }: Plain): number {
  return (services.dht as unknown as { routingTable: { size: number } }).routingTable.size
}

test('libp2p and we find one another, and what each announces', async () => {
  const first = await plain()
  const other = await plain(first)
  const network = await networks.create()
  const ours = new KademliaNetwork({
    world: systemWorld,
    network,
    config: kademliaConfig.parse({ mode: 'server', bootstrap: addressesOf(first) }),
    protocol,
    foreign: true,
  })
  running.push(ours)
  ours.start()
  const signal = AbortSignal.timeout(50_000)
  await expect.poll(() => ours.status.nodes, { timeout: 20_000 }).toBe(2)
  await expect.poll(() => tableOf(first), { timeout: 20_000 }).toBe(2)

  // FIND_NODE, both ways.
  const told: string[] = []
  for await (const some of ours.node.findPeer(other.peerId.toString(), signal)) told.push(...some)
  expect(told).toContain(multiaddr(addressesOf(other)[0]!).decapsulate('/p2p').toString())
  const us = await other.peerRouting.findPeer(peerIdFromString(network.peerId), { signal })
  expect(us.id.toString()).toBe(network.peerId)

  // ADD_PROVIDER and GET_PROVIDERS, both ways.
  for await (const _event of other.services.dht.provide(CID.decode(keyOf(1)), { signal })) void _event
  const providers: string[] = []
  for await (const { peer, addresses } of ours.node.findProviders(keyOf(1), signal)) {
    expect(addresses.length).toBeGreaterThan(0)
    providers.push(peer)
  }
  expect(providers).toContain(other.peerId.toString())
  expect(await ours.node.provide(keyOf(2), signal)).toBe(2)
  const seen: string[] = []
  for await (const { id } of other.contentRouting.findProviders(CID.decode(keyOf(2)), { signal }))
    seen.push(id.toString())
  expect(seen).toContain(network.peerId)
}, 90_000)
