import { afterEach, expect, test } from 'vitest'
import type { Discovery, Heard } from './discovery/index.ts'
import type { Network } from './network.ts'
import { TestNetworks } from './test-networks.ts'

const protocol = '/test/find/1'
const networks = new TestNetworks()
afterEach(() => networks.stop())

async function pair(config = {}): Promise<[Network, Network]> {
  const [a, b] = await Promise.all([networks.create({ config }), networks.create()])
  b.handle(protocol, stream => stream.onData(() => {}))
  return [a, b]
}

const says = (name: Discovery['name'], ...heard: Heard[]): Discovery => ({
  name,
  async *findPeer() {
    yield* heard
  },
})
const dead = '/ip4/127.0.0.1/tcp/1'

test('a peer whose address nobody knows is sought, found and remembered', async () => {
  const [a, b] = await pair()
  a.addDiscovery(says('overlay', { addresses: [dead], teller: 'loopback' }))
  a.addDiscovery(says('rendezvous', { addresses: b.addresses(), teller: 'loopback' }))
  const stream = await a.open(b.peerId, protocol)
  expect(stream.peer).toBe(b.peerId)
  expect(a.knownAddresses(b.peerId)).toContain(b.addresses()[0])
})

test('a peer that moved is sought when its old address is dead, and its old address is not tried twice', async () => {
  const [a, b] = await pair()
  a.rememberAddresses(b.peerId, [dead])
  a.addDiscovery(says('overlay', { addresses: [dead, ...b.addresses()], teller: 'loopback' }))
  await a.open(b.peerId, protocol)
})

test('addresses that were given are all that is tried, unless the peer is to be sought', async () => {
  const [a, b] = await pair()
  a.addDiscovery(says('overlay', { addresses: b.addresses(), teller: 'loopback' }))
  const old = [`${dead}/p2p/${b.peerId}`]
  await expect(a.open(old, protocol)).rejects.toMatchObject({ code: 'network.unreachable' })
  expect((await a.open(old, protocol, { seek: true })).peer).toBe(b.peerId)
})

test('who is known where it is, is not sought', async () => {
  const [a, b] = await pair({ searchHeadStartMs: 60_000 })
  let asked = 0
  a.addDiscovery({
    name: 'overlay',
    // biome-ignore lint/correctness/useYield: it only counts
    async *findPeer() {
      asked++
    },
  })
  a.rememberAddresses(b.peerId, b.addresses())
  await a.open(b.peerId, protocol)
  expect(asked).toBe(0)
})

test('an error names what was tried and who was asked', async () => {
  const [a, b] = await pair()
  a.rememberAddresses(b.peerId, [dead])
  a.addDiscovery(says('overlay', { addresses: ['/ip4/127.0.0.1/tcp/2'], teller: 'loopback' }))
  a.addDiscovery(says('kademlia'))
  await expect(a.open(b.peerId, protocol)).rejects.toMatchObject({
    code: 'network.unreachable',
    message: expect.stringMatching(/tcp\/1: .*tcp\/2: .*overlay, kademlia know no other way/),
  })
})

test('somebody elsewhere cannot make this peer dial its own machine, and a flood of addresses is cut', async () => {
  const [a, b] = await pair({ maxAddressesPerPeer: 2 })
  a.addDiscovery(says('kademlia', { addresses: b.addresses(), teller: 'direct' }))
  await expect(a.open(b.peerId, protocol)).rejects.toMatchObject({ code: 'network.unreachable' })
  const flood = Array.from({ length: 50 }, (_, n) => `/ip4/127.0.0.1/tcp/${n + 1}`)
  a.addDiscovery(
    says(
      'overlay',
      { addresses: flood, teller: 'loopback' },
      { addresses: b.addresses(), teller: 'loopback' },
    ),
  )
  await expect(a.open(b.peerId, protocol)).rejects.toMatchObject({
    details: { failures: { length: 2 } },
  })
})
