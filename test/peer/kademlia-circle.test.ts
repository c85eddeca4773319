import { afterAll, expect, test } from 'vitest'
import { identityFromSeed } from '../../src/access/index.ts'
import { systemWorld, toBase58 } from '../../src/base/index.ts'
import {
  createNetwork,
  KademliaNetwork,
  kademliaConfig,
  type Network,
  peerageKademlia,
} from '../../src/network/index.ts'
import type { Peer } from '../../src/peer/index.ts'
import { ask } from '../../src/services/discovery/exchange.ts'
import { decodeKademlia, encodeKademlia } from '../../src/wire/index.ts'
import { Peers } from './peers.ts'
import { until } from './public-peers.ts'

const peers = new Peers()
const ends: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const end of ends) await end()
  await peers.end()
})

async function network(seed: Uint8Array, hosts: string[]): Promise<Network> {
  const one = await createNetwork({ identity: { seed }, world: systemWorld, config: { hosts, mdns: false } })
  ends.push(() => one.stop())
  return one
}

/** A node that Ann can ask, connected to her. */
async function node(seed: Uint8Array, ann: readonly string[]): Promise<void> {
  const one = await network(seed, ['127.0.0.1'])
  const config = kademliaConfig.parse({ mode: 'server', announceSelf: false })
  const kademlia = new KademliaNetwork({
    world: systemWorld,
    network: one,
    config,
    protocol: peerageKademlia,
  })
  kademlia.start()
  ends.push(async () => kademlia.stop())
  const stream = await one.open(ann, peerageKademlia)
  await stream.close()
}

/** Whom Ann names to somebody with that key who asks. */
async function namedTo(seed: Uint8Array, ann: readonly string[]): Promise<string[]> {
  const one = await network(seed, [])
  const stream = await one.open(ann, peerageKademlia)
  const frame = encodeKademlia({ type: 'FIND_NODE', key: seed, closer: [], providers: [] })
  const { signal } = new AbortController()
  const answer = await ask({
    world: systemWorld,
    stream,
    frame,
    maxAnswerBytes: 65_536,
    timeoutMs: 5_000,
    signal,
  })
  return decodeKademlia(answer).closer.map(({ id }) => toBase58(id))
}

const idOf = (seed: Uint8Array): string => identityFromSeed(seed).peerId

test('in the preset circle a peer tells of others only to those who are in a circle with them', async () => {
  const ann: Peer = await peers.start(
    'ann',
    { preset: 'circle', 'network.hosts': ['127.0.0.1'], 'network.mdns': false, 'kademlia.mode': 'server' },
    { transports: 'tcp' },
  )
  const [ben, cat, fellow, contact] = [1, 2, 3, 4].map(byte => new Uint8Array(32).fill(byte))
  for (const [name, seed] of Object.entries({ ben, cat, fellow, contact }))
    await ann.contacts.add({ peer: idOf(seed!), name })
  await ann.circles.create({ name: 'family' })
  await ann.circles.add({ circle: 'family', who: ['ben', 'fellow'] })
  const at = ann.addresses().filter(address => address.includes('/tcp/'))
  await node(ben!, at)
  await node(cat!, at)
  await until(async () => {
    const status = await ann.reach.kademlia({})
    return status.state === 'on' && status.nodes >= 2
  })
  expect(await namedTo(fellow!, at)).toEqual([idOf(ben!)])
  expect(await namedTo(contact!, at)).toEqual([])
  await peers.stop(ann)
}, 60_000)
