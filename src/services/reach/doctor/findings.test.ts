import { describe, expect, it, test } from 'vitest'
import type { ConnectionInfo, GatewayReport, NatReport, Path } from '../../../network/index.ts'
import { findingsOf } from './doctor.ts'
import type { Facts } from './facts.ts'
import type { Finding } from './finding.ts'

const minute = 60_000
const gateway: GatewayReport = {
  state: 'mapped',
  router: '192.168.1.1',
  method: 'upnp',
  externalAddress: '203.0.113.7',
  doubleNat: false,
  tried: [],
  mappings: (['tcp', 'udp'] as const).map(protocol => ({
    protocol,
    internalPort: 4001,
    externalPort: 4001,
    externalAddress: '203.0.113.7',
    lifetimeSeconds: 3600,
  })),
}
const nothing = { doubleNat: false, mappings: [], tried: [] } as const
const refused: GatewayReport = {
  ...nothing,
  state: 'refused',
  router: '192.168.1.1',
  tried: [
    { method: 'pcp', problem: 'it does not answer' },
    { method: 'upnp', problem: 'it does not allow this machine to open ports' },
  ],
}
const off = (why: NonNullable<GatewayReport['off']>): GatewayReport => ({
  ...nothing,
  state: 'off',
  off: why,
})
const lan = '/ip4/192.168.1.2/tcp/4001/p2p/x'
const loopback = '/ip4/127.0.0.1/tcp/4001/p2p/x'
const ipv6 = '/ip6/2001:db8::7/tcp/4001/p2p/x'
const nat = (kind: NatReport['kind']): NatReport[] => [
  { family: 4, kind, by: 2, endpoint: { address: '203.0.113.7', port: 4001 } },
]
const connection = (peer: string, path: Path): ConnectionInfo => ({
  peer,
  path,
  address: '',
  direction: 'outbound',
  openedAt: 0,
})

function facts(changes: Partial<Facts> = {}): Facts {
  return {
    addresses: [lan, loopback],
    port: { port: 4001, verdict: 'closed', seenAs: [], asked: [] },
    nat: [],
    connections: [],
    relays: { isWanted: false, used: [] },
    egress: { isUp: true },
    finders: ['mdns'],
    settings: {},
    at: 10 * minute,
    ...changes,
  }
}

function find(topic: string, changes: Partial<Facts>): Finding | undefined {
  return findingsOf(facts(changes)).find(one => one.topic === topic)
}

const port = (changes: Partial<Facts['port']>): Partial<Facts> => ({ port: { ...facts().port, ...changes } })

describe.each<[string, string, Partial<Facts>, Finding['level'] | undefined, RegExp]>([
  ['Addresses', 'on a network', {}, 'good', /^192\.168\.1\.2 \(local network\)$/],
  ['Addresses', 'of the internet', { addresses: [ipv6] }, 'good', /2001:db8::7 \(internet\)/],
  [
    'Addresses',
    'of this machine only',
    { addresses: [loopback] },
    'note',
    /Only programs on this machine.*Connect to a network/,
  ],
  ['Addresses', 'nowhere', { addresses: [] }, 'bad', /listens nowhere.*network\.hosts/],
  ['IPv6', 'there', { addresses: [lan, ipv6] }, 'good', /needs? no opened port/],
  ['IPv6', 'not there', {}, 'note', /no IPv6 address.*Nothing need be done/],
  ['IPv6', 'of this machine only', { addresses: [loopback] }, undefined, /^$/],
  ['Router', 'not asked, as nothing listens', {}, undefined, /^$/],
  [
    'Router',
    'that opened the port',
    { gateway },
    'good',
    /192\.168\.1\.1 has opened TCP port 4001 and UDP port 4001.*UPnP/,
  ],
  ['Router', 'being asked', { gateway: { ...nothing, state: 'searching' } }, 'note', /just being asked/],
  ['Router', 'none', { gateway: { ...nothing, state: 'none' } }, 'note', /No router/],
  ['Router', 'off by config', { gateway: off('config') }, 'note', /config set network\.portMapping true/],
  ['Router', 'not needed', { gateway: off('public') }, 'good', /None is needed/],
  ['Router', 'for the local network only', { gateway: off('lan-only') }, 'good', /network\.lanOnly/],
  ['Router', 'not of use', { gateway: off('loopback') }, undefined, /^$/],
  [
    'Router',
    'that refuses',
    { gateway: refused },
    'note',
    /PCP: it does not answer; UPnP: it does not allow.*Switch on UPnP.*http:\/\/192\.168\.1\.1\//,
  ],
  [
    'Router',
    'that refuses, but has the port open',
    { gateway: refused, ...port({ verdict: 'open' }) },
    'note',
    /open all the same/,
  ],
  [
    'Router',
    'behind another one',
    { gateway: { ...gateway, doubleNat: true, externalAddress: '10.0.0.2' } },
    'note',
    /another router before it.*to 10\.0\.0\.2/,
  ],
  [
    'Router',
    'behind that of a provider',
    { gateway: { ...gateway, doubleNat: true, externalAddress: '100.64.3.4' } },
    'note',
    /provider.*public IPv4 address/,
  ],
  [
    'Outside address',
    'agreed on',
    { gateway, ...port({ seenAs: [{ address: '203.0.113.7', by: 4 }] }) },
    undefined,
    /^$/,
  ],
  [
    'Outside address',
    'said by one only',
    { gateway, ...port({ seenAs: [{ address: '203.0.113.9', by: 1 }] }) },
    undefined,
    /^$/,
  ],
  [
    'Outside address',
    'not agreed on',
    { gateway, ...port({ seenAs: [{ address: '203.0.113.9', by: 4 }] }) },
    'note',
    /203\.0\.113\.7, but 4 peers see 203\.0\.113\.9/,
  ],
  ['From outside', 'not listening', { port: { verdict: 'unknown', seenAs: [], asked: [] } }, undefined, /^$/],
  ['From outside', 'not wanted', { gateway: off('lan-only') }, undefined, /^$/],
  [
    'From outside',
    'somebody came',
    port({ verdict: 'open', inbound: { count: 2, lastAt: 7 * minute } }),
    'good',
    /2 connections came in, the last one 3 minutes ago/,
  ],
  [
    'From outside',
    'somebody was asked',
    port({ verdict: 'open', asked: [{ peer: 'p', path: 'direct', tcp: true, udp: true }] }),
    'good',
    /came through by TCP and UDP/,
  ],
  [
    'From outside',
    'nobody could be asked',
    port({ verdict: 'unknown' }),
    'note',
    /Connect to a peer elsewhere/,
  ],
  [
    'From outside',
    'closed',
    {},
    'bad',
    /cannot connect.*forward TCP and UDP port 4001 to 192\.168\.1\.2.*only when it connects/,
  ],
  [
    'From outside',
    'closed, and seen under the address of the router',
    { addresses: ['/ip4/203.0.113.9/udp/4001/udx/p2p/x', '/ip4/192.168.1.2/tcp/4001/p2p/x'] },
    'bad',
    /port 4001 to 192\.168\.1\.2 there/,
  ],
  ['From outside', 'closed, with hole punching', { nat: nat('easy') }, 'bad', /hole punching/],
  ['From outside', 'closed though the router opened it', { gateway }, 'bad', /firewall on this machine/],
  [
    'From outside',
    'closed by a second router',
    { gateway: { ...gateway, doubleNat: true } },
    'bad',
    /Only the other router/,
  ],
  ['NAT', 'not known', { nat: nat('unknown') }, undefined, /^$/],
  ['NAT', 'none', { nat: nat('none') }, 'good', /not changed/],
  ['NAT', 'easy', { nat: nat('easy') }, 'good', /203\.0\.113\.7 port 4001.*hole punching works/],
  ['NAT', 'hard', { nat: nat('hard') }, 'note', /another UDP port for each peer/],
  ['NAT', 'blocked', { nat: nat('blocked') }, 'note', /No UDP comes back/],
  ['Connections', 'none', {}, 'good', /None right now/],
  [
    'Connections',
    'some',
    { connections: [connection('a', 'lan'), connection('a', 'lan'), connection('b', 'direct')] },
    'good',
    /2 peers: 1 on the local network, 1 directly/,
  ],
  [
    'Paths',
    'direct',
    { connections: [connection('a', 'relayed'), connection('b', 'direct')] },
    undefined,
    /^$/,
  ],
  [
    'Paths',
    'relayed only',
    { connections: [connection('a', 'relayed'), connection('b', 'lan')] },
    'note',
    /through others.*peerage path/,
  ],
  ['Relays', 'not wanted', {}, undefined, /^$/],
  ['Relays', 'none', { relays: { isWanted: true, used: [] } }, 'note', /No relay is known.*relay\.relayFor/],
  ['Relays', 'some', { relays: { isWanted: true, used: ['Ann', 'Bob'] } }, 'good', /through Ann and Bob/],
  [
    'From outside',
    'closed, with a relay',
    { relays: { isWanted: true, used: ['Ann'] } },
    'note',
    /reached through Ann/,
  ],
  [
    'Finding peers',
    'some ways',
    { finders: ['mdns', 'kademlia'] },
    'good',
    /local networks, the Kademlia network/,
  ],
  ['Finding peers', 'no way', { finders: [] }, 'note', /Nobody is asked/],
  ['Way out', 'as the system likes', {}, undefined, /^$/],
  [
    'Way out',
    'an interface',
    { egress: { isUp: true, interface: { wanted: 'wg0', name: 'wg0', addresses: [] } } },
    'good',
    /by wg0, or not at all/,
  ],
  [
    'Way out',
    'gone',
    { egress: { isUp: false, problem: 'wg0 is not there.', interface: { wanted: 'wg0', addresses: [] } } },
    'bad',
    /Nothing leaves.*wg0 is not there/,
  ],
  [
    'Way out',
    'a proxy',
    { egress: { isUp: true, proxy: { address: 'p:1080' } } },
    'good',
    /the proxy p:1080/,
  ],
  ['Proxy', 'with UDP', { egress: { isUp: true, proxy: { address: 'p:1080', udp: true } } }, undefined, /^$/],
  [
    'Proxy',
    'without UDP',
    { egress: { isUp: true, proxy: { address: 'p:1080', udp: false, udpProblem: 'refused' } } },
    'note',
    /no UDP on \(refused\)/,
  ],
  ['Private network', 'none', {}, undefined, /^$/],
  [
    'Private network',
    'nobody else tried',
    { privateNetwork: { fingerprint: 'abcd', refused: 0 } },
    'good',
    /Only peers with the key abcd.*BitTorrent takes no connections over TCP/,
  ],
  [
    'Private network',
    'somebody tried with another key',
    { privateNetwork: { fingerprint: 'abcd', refused: 2, last: { address: '/ip4/1.2.3.4/tcp/5', at: 0 } } },
    'note',
    /2 connections of another key.*1\.2\.3\.4.*copy the key file/,
  ],
  ['DHT', 'not used', {}, undefined, /^$/],
  ['DHT', 'with nodes', { dhtNodes: 12 }, 'good', /12 nodes/],
  ['DHT', 'alone', { dhtNodes: 0 }, 'note', /No node/],
  ['IPFS', 'not used', {}, undefined, /^$/],
  [
    'IPFS',
    'with peers',
    { ipfs: { nodes: 9, roots: 0, announced: 0 } },
    'good',
    /^9 peers of its DHT known\.$/,
  ],
  [
    'IPFS',
    'with roots',
    { ipfs: { nodes: 1, roots: 2, announced: 1 } },
    'good',
    /1 peer .*1 of 2 roots announced/,
  ],
  [
    'IPFS',
    'alone',
    { ipfs: { nodes: 0, roots: 2, announced: 0 } },
    'note',
    /No peer.*ipfsRouting\.bootstrap/,
  ],
])('%s: %s', (topic, _what, changes, level, words) => {
  it(`is ${level ?? 'not spoken of'}`, () => {
    const found = find(topic, changes)
    expect(found?.level).toBe(level)
    expect([found?.text, found?.advice].filter(one => one !== undefined).join(' ')).toMatch(words)
  })
})

test('whatever is bad says what to do', () => {
  for (const finding of findingsOf(facts({ addresses: [], gateway: refused })))
    if (finding.level === 'bad') expect(finding.advice).toMatch(/[.`]$/)
})

test('a bound that is nearly reached is told, with what to raise', () => {
  const connections = {
    inbound: 200,
    outbound: 20,
    max: 300,
    pending: 0,
    maxPending: 64,
    raw: 3,
    maxRaw: 200,
  }
  const held = {
    connections,
    streams: { open: 9, max: 4_096 },
    memory: { sending: 0, receiving: 1, max: 100, ahead: 0, maxAhead: 100 },
    closed: {},
  }
  expect(find('Limits', { held })).toBeUndefined()
  const full = find('Limits', { held: { ...held, connections: { ...connections, inbound: 270 } } })
  expect(full).toMatchObject({ level: 'note', text: expect.stringContaining('290 of 300 connections') })
  expect(full?.advice).toContain('network.maxConnections')
  const waiting = { ...held, memory: { ...held.memory, sending: 95 } }
  expect(find('Limits', { held: waiting })?.advice).toContain('network.maxBufferedBytes')
})

test.each<[string, string, Partial<Facts>, Finding['remedy']]>([
  ['Addresses', 'nowhere, by choice', { addresses: [], settings: { 'network.hosts': [] } }, 'listen'],
  ['Addresses', 'nowhere', { addresses: [], settings: { 'network.hosts': ['0.0.0.0', '::'] } }, undefined],
  ['Router', 'not asked', { gateway: off('config') }, 'port-mapping'],
  ['Router', 'that cannot', { gateway: refused }, undefined],
  [
    'Router',
    'that gave the port to another',
    {
      gateway: { ...refused, tried: [{ method: 'upnp', problem: 'other machines have the ports already' }] },
    },
    'another-port',
  ],
  ['Relays', 'that are not used', { settings: { 'relay.use': 'never' } }, 'use-relays'],
  [
    'Paths',
    'where none is looked for',
    { connections: [connection('a', 'relayed')], settings: { 'network.punch': false } },
    'punching',
  ],
  ['Finding peers', 'by nobody', { finders: [] }, 'finders'],
  ['UDP', 'that is gone', { udp: { isUp: false, problem: 'EADDRINUSE' } }, 'restart'],
])('%s: %s has its remedy', (topic, _what, changes, remedy) => {
  expect(find(topic, changes)?.remedy).toBe(remedy)
})
