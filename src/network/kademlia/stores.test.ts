import { describe, expect, it } from 'vitest'
import { compareBytes, utf8, VirtualWorld } from '../../base/index.ts'
import { networkGroupOf } from './network-group.ts'
import { ProviderStore } from './provider-store.ts'
import { QuestionLimit } from './question-limit.ts'
import { type Validators, ValueStore, validatorOf } from './value-store.ts'

const limits = {
  maxProviders: 100,
  maxProvidersPerKey: 10,
  maxKeysPerPeer: 5,
  maxProvidersPerNetwork: 20,
  providerMs: 1_000,
}
const key = utf8('a key')
const by = (peer: string): { peer: string; addresses: string[] } => ({ peer, addresses: [`/ip4/${peer}`] })

function setUp(): { world: VirtualWorld; store: ProviderStore } {
  const world = new VirtualWorld(1)
  return { world, store: new ProviderStore(world, limits) }
}

describe('providers that are kept', () => {
  it('are told, renewed and forgotten', () => {
    const { world, store } = setUp()
    expect(store.add(key, by('a'), undefined)).toBe(true)
    world.advance(600)
    expect(store.add(key, by('b'), undefined)).toBe(true)
    expect(store.get(key)).toEqual([by('a'), by('b')])
    world.advance(300)
    store.add(key, { peer: 'a', addresses: ['/new'] }, undefined)
    expect(store.get(key)).toEqual([by('b'), { peer: 'a', addresses: ['/new'] }])
    world.advance(700)
    expect(store.get(key)).toEqual([{ peer: 'a', addresses: ['/new'] }])
    expect(store.size).toBe(2)
    store.expire()
    expect(store.size).toBe(1)
    expect(store.get(utf8('another'))).toEqual([])
  })

  it('of one key are so many; of one network there are four, or it would push out the others', () => {
    const { store } = setUp()
    for (let i = 0; i < 3; i++) store.add(key, by(`honest ${i}`), `network ${i}`)
    for (let i = 0; i < 50; i++) store.add(key, by(`hostile ${i}`), 'one network')
    const peers = store.get(key).map(({ peer }) => peer)
    expect(peers.filter(peer => peer.startsWith('honest'))).toHaveLength(3)
    expect(peers.filter(peer => peer.startsWith('hostile'))).toHaveLength(4)
    for (let i = 3; i < 20; i++) store.add(key, by(`honest ${i}`), `network ${i}`)
    expect(store.get(key)).toHaveLength(limits.maxProvidersPerKey)
    expect(store.size).toBe(limits.maxProvidersPerKey)
  })

  it('of one peer, of one network and of all are so many', () => {
    const { world, store } = setUp()
    const add = (peer: string, i: number, group?: string): boolean =>
      store.add(utf8(`${peer} ${i}`), by(peer), group)
    const kept = Array.from({ length: 9 }, (_, i) => add('busy', i))
    expect(kept.filter(Boolean)).toHaveLength(limits.maxKeysPerPeer)
    const network = Array.from({ length: 30 }, (_, i) => add(`peer ${i}`, i, 'one network'))
    expect(network.filter(Boolean)).toHaveLength(limits.maxProvidersPerNetwork)
    for (let i = 0; i < 200; i++) add(`other ${i}`, i)
    expect(store.size).toBe(limits.maxProviders)
    expect(add('late', 1)).toBe(false)
    // What has expired makes room.
    world.advance(limits.providerMs)
    expect(add('late', 1)).toBe(true)
    expect(store.size).toBe(1)
  })
})

describe('values that are kept', () => {
  const validators: Validators = {
    test: { isValid: (_key, value) => value[0] === 1, compare: (a, b) => compareBytes(b, a) },
  }
  const place = utf8('/test/x')

  it('are those that somebody judges, the best of each', () => {
    const world = new VirtualWorld(1)
    const store = new ValueStore(world, { maxValues: 3, valueMs: 1_000 }, validators)
    expect(store.put(place, Uint8Array.of(0))).toBe(false)
    expect(store.put(place, Uint8Array.of(1, 2))).toBe(true)
    expect(store.put(place, Uint8Array.of(1, 1))).toBe(false)
    expect(store.get(place)).toEqual(Uint8Array.of(1, 2))
    expect(store.put(place, Uint8Array.of(1, 3))).toBe(true)
    for (const other of ['/pk/x', '/__proto__/x', '/constructor/x', 'test', '//x', '/test'])
      expect(store.put(utf8(other), Uint8Array.of(1)), other).toBe(false)
    for (let i = 0; i < 5; i++) store.put(utf8(`/test/${i}`), Uint8Array.of(1))
    expect([store.size, store.get(place)]).toEqual([3, undefined])
    world.advance(1_000)
    expect(store.get(utf8('/test/4'))).toBeUndefined()
    store.expire()
    expect(store.size).toBe(0)
    expect(validatorOf(validators, Uint8Array.of(0x2f, 0xff, 0x2f))).toBeUndefined()
  })
})

it('one peer asks so often, and another is not disturbed', () => {
  const world = new VirtualWorld(1)
  const limit = new QuestionLimit(world, 2)
  const count = (peer: string): number =>
    Array.from({ length: 100 }, () => limit.allows(peer)).filter(Boolean).length
  expect(count('a')).toBe(20)
  expect(count('b')).toBe(20)
  world.advance(1_000)
  expect(count('a')).toBe(2)
  for (let i = 0; i < 2_000; i++) limit.allows(`${i}`)
  expect(count('b')).toBe(20)
})

it.each([
  ['/ip4/8.8.8.8/tcp/1', '/ip4/8.8.8.200/udp/9', true],
  ['/ip4/8.8.8.8/tcp/1', '/ip4/8.8.9.8/tcp/1', false],
  ['/ip6/2600:1:2:300::1/tcp/1', '/ip6/2600:1:2:3ff:1::/tcp/1', true],
  ['/ip6/2600:1:2:300::1/tcp/1', '/ip6/2600:1:2:400::1/tcp/1', false],
  ['/ip6/2600:1:2:300::1/tcp/1', '/ip4/8.8.8.8/tcp/1', false],
])('%s and %s are of one network: %s', (a, b, same) => {
  expect(networkGroupOf(a)).toBeDefined()
  expect(networkGroupOf(a) === networkGroupOf(b)).toBe(same)
})

it.each([
  '/ip4/192.168.1.1/tcp/1',
  '/ip4/127.0.0.1/tcp/1',
  '/ip6/fe80::1/tcp/1',
  '/dns4/x/tcp/1',
  '/memory/1',
  '',
])('%s is of no network', address => {
  expect(networkGroupOf(address)).toBeUndefined()
})
