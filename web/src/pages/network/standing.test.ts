import { expect, test } from 'vitest'
import { type Facts, kindOf, localAddress, standingOf, wayIn } from './standing.ts'

const lan = '/ip4/192.168.1.2/tcp/4001/p2p/x'
const base: Facts = {
  addresses: [lan, '/ip4/127.0.0.1/tcp/4001/p2p/x'],
  port: { port: 4001, verdict: 'closed', seenAs: [], asked: [] },
  nat: [],
  connections: [],
  relays: { isWanted: false, used: [] },
  egress: { isUp: true },
  finders: [],
  settings: {},
  at: 0,
}
const nothing = { doubleNat: false, mappings: [], tried: [] }
const port = (verdict: 'open' | 'closed' | 'unknown'): Partial<Facts> => ({ port: { ...base.port, verdict } })

test.each<[string, Partial<Facts>]>([
  ['stuck', { egress: { isUp: false }, ...port('open') }],
  ['open', port('open')],
  ['lan', { gateway: { state: 'off', off: 'lan-only', ...nothing }, ...port('unknown') }],
  ['nowhere', { addresses: [] }],
  ['here', { addresses: ['/ip4/127.0.0.1/tcp/1', '/ip6/::1/tcp/1'] }],
  ['mapped', { gateway: { state: 'mapped', ...nothing }, ...port('unknown') }],
  ['unknown', port('unknown')],
  ['unknown', { gateway: { state: 'mapped', ...nothing, doubleNat: true }, ...port('unknown') }],
  ['relayed', { relays: { isWanted: true, used: ['Ann'] } }],
  ['punched', { nat: [{ family: 4, kind: 'easy', by: 2 }] }],
  ['closed', { nat: [{ family: 4, kind: 'hard', by: 2 }] }],
])('it stands as %s', (standing, changes) => {
  expect(standingOf({ ...base, ...changes })).toBe(standing)
})

test('addresses are told apart by where they mean something', () => {
  const all = [
    lan,
    '/ip4/127.0.0.1/tcp/1',
    '/ip4/203.0.113.7/tcp/1',
    '/ip6/fe80::1/tcp/1',
    '/ip6/2001:db8::1/tcp/1',
  ]
  expect(all.map(kindOf)).toEqual(['lan', 'here', 'internet', 'lan', 'internet'])
  expect(kindOf('/ip4/203.0.113.7/tcp/1/p2p/r/p2p-circuit')).toBe('relayed')
  expect(localAddress(base)).toBe('192.168.1.2')
})

test('what to do depends on who keeps the others out', () => {
  expect(wayIn(base)).toBe('forward')
  expect(wayIn({ ...base, gateway: { state: 'mapped', ...nothing } })).toBe('firewall')
  expect(wayIn({ ...base, gateway: { state: 'mapped', ...nothing, doubleNat: true } })).toBe('second-router')
})
