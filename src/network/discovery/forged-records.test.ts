import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { systemWorld } from '../../base/index.ts'
import type { NetworkEvents } from '../network.ts'
import { TestNetworks } from '../test-networks.ts'
import { encodeAnnouncement } from './announcement.ts'
import { LanDiscovery } from './lan-discovery.ts'
import { lanFinder } from './lan-finder.ts'

const networks = new TestNetworks()
const ends: (() => void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) end()
  await networks.stop()
})

type Heard = NetworkEvents['peer-discovered']

test('records that say that a peer is elsewhere cost a few dials, and it is reached all the same', async () => {
  const [seeker, wanted, liar] = await Promise.all([
    networks.create({ config: { dialTimeoutMs: 1_000 } }),
    networks.create(),
    networks.create(),
  ])
  let dials = 0
  // Takes connections and never says anything.
  const silent = createServer(socket => {
    dials++
    socket.on('error', () => undefined)
  })
  ends.push(() => silent.close())
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const listeners = new Set<(heard: Heard) => void>()
  let told = 0
  const discovery = new LanDiscovery({
    world: systemWorld,
    port: { links: () => [], send: () => undefined },
    self: seeker.peerId,
    intervalMs: 60_000,
    maxPeersPerMinute: 50,
    addresses: () => [],
    isLocal: ip => ip.startsWith('127.'),
    onPeer: (peer, addresses) => {
      told++
      for (const listener of listeners) listener({ peer, addresses, how: 'mdns' })
    },
  })
  ends.push(() => discovery.stop())
  const say = (peer: string, addresses: readonly string[], source = '127.0.0.66'): void =>
    discovery.receive(
      encodeAnnouncement(
        'x',
        addresses.map(address => `${address}/p2p/${peer}`),
      ),
      source,
    )
  const at = (network: typeof liar): string[] =>
    network
      .addresses()
      .filter(address => address.includes('/tcp/'))
      .map(address => address.replace(/\/p2p\/.*$/, ''))
  seeker.addDiscovery(
    lanFinder({
      world: systemWorld,
      // Whoever forges is faster than the peer itself.
      lookAround: () => {
        say(wanted.peerId, at(liar))
        say(wanted.peerId, [
          `/ip4/127.0.0.1/tcp/${port}`,
          '/ip4/127.0.0.1/tcp/1',
          '/ip4/203.0.113.9/tcp/4001',
        ])
        // Long names of peers that nobody looks for.
        for (let n = 0; n < 200; n++) say(liar.peerId, [`/ip4/127.0.0.1/tcp/${10_000 + n}`])
        say(wanted.peerId, at(wanted), '127.0.0.1')
      },
      onHeard: listener => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    }),
  )
  wanted.handle('/test/1', stream => stream.close())
  const stream = await seeker.open(wanted.peerId, '/test/1')
  expect(told).toBeLessThanOrEqual(50)
  expect(dials).toBeLessThanOrEqual(2)
  expect(stream.peer).toBe(wanted.peerId)
})
