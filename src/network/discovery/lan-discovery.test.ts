import { expect, test } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import type { Link } from '../egress/index.ts'
import { encodeAnnouncement, query } from './announcement.ts'
import { LanDiscovery } from './lan-discovery.ts'

const id = (n: number): string =>
  `12D3KooWQAzdxoTtJDtGRrBNF4ubr3dNoUysfrtkLpGMNzs9RH${'GHJKLMNPQRSTUVWXYZ'[n % 18]}${'ABCDEFGHJKLMNPQRST'[Math.floor(n / 18) % 18]}`
const lan: Link = { name: 'eth0', family: 4, ips: ['192.168.1.2'] }
const loopback: Link = { name: 'lo', family: 4, ips: ['127.0.0.1'] }

function setup(maxPeersPerMinute = 10) {
  const world = new VirtualWorld(7)
  const sent: { link: string; query: boolean }[] = []
  const found: { peer: string; addresses: readonly string[] }[] = []
  const discovery = new LanDiscovery({
    world,
    port: {
      links: () => [lan, loopback],
      send: (link, packet) => sent.push({ link: link.name, query: packet === query }),
    },
    self: id(0),
    intervalMs: 30_000,
    maxPeersPerMinute,
    addresses: () => [`/ip4/192.168.1.2/tcp/9/p2p/${id(0)}`, `/ip4/127.0.0.1/tcp/9/p2p/${id(0)}`],
    isLocal: ip => ip.startsWith('192.168.1.') || ip.startsWith('127.'),
    onPeer: (peer, addresses) => found.push({ peer, addresses }),
  })
  const hear = (peer: string, addresses: string[], source = '192.168.1.9'): void =>
    discovery.receive(
      encodeAnnouncement(
        'x',
        addresses.map(address => `${address}/p2p/${peer}`),
      ),
      source,
    )
  return { world, sent, found, discovery, hear }
}

test('announces and asks on every link, at start and then seldom', () => {
  const { world, sent, discovery } = setup()
  discovery.start()
  expect(sent.map(packet => `${packet.link} ${packet.query}`)).toEqual([
    'eth0 false',
    'lo false',
    'eth0 true',
    'lo true',
  ])
  world.advance(29_000)
  expect(sent.filter(packet => packet.query)).toHaveLength(6)
  world.advance(60_000)
  expect(sent.filter(packet => packet.query)).toHaveLength(10)
  discovery.stop()
  world.advance(100_000)
  expect(sent.filter(packet => packet.query)).toHaveLength(10)
})

test('answers questions of its own links, at most once a second however often it is asked', () => {
  const { world, sent, discovery } = setup()
  discovery.receive(query, '8.8.8.8')
  world.advance(5_000)
  expect(sent).toEqual([])
  for (let n = 0; n < 1000; n++) {
    discovery.receive(query, '192.168.1.9')
    world.advance(10)
  }
  expect(sent.length).toBeGreaterThan(10)
  expect(sent.length).toBeLessThanOrEqual(24)
})

test('a peer is told once, and again when it moved', () => {
  const { found, hear } = setup()
  hear(id(1), ['/ip4/192.168.1.9/tcp/1'])
  hear(id(1), ['/ip4/192.168.1.9/tcp/1'])
  hear(id(1), ['/ip4/192.168.1.9/tcp/2'])
  hear(id(0), ['/ip4/192.168.1.9/tcp/1'])
  expect(found.map(peer => peer.addresses)).toEqual([['/ip4/192.168.1.9/tcp/1'], ['/ip4/192.168.1.9/tcp/2']])
})

test('nobody can make us dial other networks or our own machine', () => {
  const { found, hear } = setup()
  hear(id(1), ['/ip4/8.8.8.8/tcp/53', '/ip4/127.0.0.1/tcp/22', '/dns4/example.org/tcp/80'])
  hear(id(1), ['/ip4/192.168.1.9/tcp/1'], '8.8.8.8')
  expect(found).toEqual([])
  hear(id(1), ['/ip4/127.0.0.1/tcp/22'], '127.0.0.1')
  expect(found).toHaveLength(1)
})

test('forged peers cost a bounded number of events a minute', () => {
  const { world, found, hear } = setup(5)
  const flood = (source: (n: number) => string): void => {
    for (let n = 1; n < 100; n++) hear(id(n), ['/ip4/192.168.1.9/tcp/1'], source(n))
  }
  flood(() => '192.168.1.9')
  // One address leaves room for what others say.
  expect(found).toHaveLength(2)
  flood(n => `192.168.1.${n}`)
  expect(found).toHaveLength(5)
  world.advance(60_000)
  flood(n => `192.168.1.${n}`)
  expect(found).toHaveLength(10)
})

test('garbage is ignored', () => {
  const { found, discovery } = setup()
  discovery.receive(new Uint8Array(3), '192.168.1.9')
  discovery.receive(new Uint8Array(9001).fill(255), '192.168.1.9')
  expect(found).toEqual([])
})

test('looks around when somebody waits for it, at most once a second', () => {
  const { world, sent, discovery } = setup()
  discovery.start()
  world.advance(10_000)
  sent.length = 0
  discovery.lookAround()
  discovery.lookAround()
  expect(sent).toEqual([
    { link: 'eth0', query: true },
    { link: 'lo', query: true },
  ])
  world.advance(1_000)
  discovery.lookAround()
  expect(sent).toHaveLength(4)
  discovery.stop()
  world.advance(5_000)
  discovery.lookAround()
  expect(sent).toHaveLength(4)
})
