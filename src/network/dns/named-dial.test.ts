import { afterEach, expect, test } from 'vitest'
import type { Blocklist } from '../blocklist.ts'
import { nameServer, TestInternet, type TestNames } from '../egress/test-internet.ts'
import type { Network, NetworkOptions } from '../network.ts'
import { TestNetworks } from '../test-networks.ts'

const protocol = '/test/named/1'
const networks = new TestNetworks()
const ends: (() => void)[] = []
afterEach(async () => {
  await networks.stop()
  for (const end of ends.splice(0)) end()
})

const there = '203.0.113.7'

interface Setting {
  readonly a: Network
  readonly b: Network
  /** `/tcp/PORT/p2p/ID` of `b`. */
  readonly end: string
  readonly internet: TestInternet
  /** What was dialled, but for the name server. */
  dialled(): string[]
}

/** `b` is at `there` and under the names of the test; `a` leaves through a proxy and asks a name server through it. */
async function setUp(
  namesOf: (b: { id: string; end: string }) => TestNames,
  { config, ...options }: Partial<NetworkOptions> = {},
): Promise<Setting> {
  const b = await networks.create()
  b.handle(protocol, stream => stream.onData(() => {}))
  const end = `/tcp/${b.port}/p2p/${b.peerId}`
  const internet = new TestInternet(namesOf({ id: b.peerId, end }))
  ends.push(() => internet.stop())
  const proxy = await internet.start()
  internet.hosts.set(there, b.port!)
  const a = await networks.create({
    ...options,
    config: { proxy, nameServers: [nameServer], ...config },
  })
  const dialled = (): string[] => internet.dialled.filter(one => one !== `${nameServer}:53`)
  return { a, b, end, internet, dialled }
}

const unreachable = expect.objectContaining({ code: 'network.unreachable' })

test('a peer is reached by the name of its machine, and known by the address afterwards', async () => {
  const { a, b, end, dialled } = await setUp(() => ({ 'b.example': { addresses: [there] } }))
  expect((await a.open([`/dns4/b.example${end}`], protocol)).peer).toBe(b.peerId)
  expect(dialled()).toEqual([`${there}:${b.port}`])
  expect(a.connections()[0]?.address).toContain(`/ip4/${there}/tcp/`)
})

test('what stands under a name is dialled where it is of the peer that is meant, wherever the name came from', async () => {
  const other = '12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8'
  const names = ({ end }: { end: string }): TestNames => ({
    '_dnsaddr.all.example': {
      texts: [`dnsaddr=/ip4/203.0.113.9/tcp/1/p2p/${other}`, `dnsaddr=/dns4/b.example${end}`],
    },
    'b.example': { addresses: [there] },
  })
  const whole = (id: string): string => `/dnsaddr/all.example/p2p/${id}`
  const ways: ((setting: Setting) => Promise<{ readonly peer: string }>)[] = [
    ({ a, b }) => a.open([whole(b.peerId)], protocol),
    ({ a, b }) => {
      a.rememberAddresses(b.peerId, [whole(b.peerId)])
      return a.open(b.peerId, protocol)
    },
    ({ a, b }) => {
      a.addDiscovery({
        name: 'kademlia',
        async *findPeer() {
          yield { addresses: ['/dnsaddr/all.example'], teller: 'direct' as const }
        },
      })
      return a.open(b.peerId, protocol)
    },
  ]
  for (const way of ways) {
    const setting = await setUp(names)
    expect((await way(setting)).peer).toBe(setting.b.peerId)
    expect(setting.dialled()).toEqual([`${there}:${setting.b.port}`])
  }
})

test('a relay is found by its name, too: to be reached through, and to reach others', async () => {
  const relay = await networks.create({ relay: { relayFor: 'everyone', use: 'never' } })
  relay.relay.setPolicy({ mayRelay: () => 'friend', isKnown: () => true })
  const hidden = await networks.create({
    config: { hosts: [] },
    relay: { use: 'always', relays: [relay.addresses()[0]!] },
  })
  hidden.handle(protocol, stream => stream.onData(() => {}))
  const isBehind = (address: string): boolean => address.includes('/p2p-circuit')
  await expect.poll(() => hidden.addresses().some(isBehind), { timeout: 20_000 }).toBe(true)
  const named = `/dnsaddr/relay.example/p2p/${relay.peerId}`
  const texts = [`dnsaddr=/ip4/203.0.113.8/tcp/${relay.port}/p2p/${relay.peerId}`]
  const { a, internet } = await setUp(() => ({ '_dnsaddr.relay.example': { texts } }), {
    relay: { use: 'always', relays: [named] },
  })
  internet.hosts.set('203.0.113.8', relay.port!)
  const stream = await a.open([`${named}/p2p-circuit/p2p/${hidden.peerId}`], protocol)
  expect([stream.peer, stream.path]).toEqual([hidden.peerId, 'relayed'])
  expect(internet.dialled).toContain(`203.0.113.8:${relay.port}`)
  a.relay.check()
  await expect.poll(() => a.addresses().some(isBehind), { timeout: 20_000 }).toBe(true)
})

test.each([
  ['this machine', ['127.0.0.1', '0.0.0.0', '127.9.9.9']],
  ['a service in a local network', ['192.168.1.1', '10.0.0.1', '169.254.169.254']],
])('a name that leads to %s is not dialled, and it is said', async (_, addresses) => {
  const { a, b, dialled } = await setUp(({ id }) => ({
    'b.example': { addresses },
    '_dnsaddr.b.example': { texts: addresses.map(ip => `dnsaddr=/ip4/${ip}/tcp/80/p2p/${id}`) },
  }))
  for (const address of [`/dns4/b.example/tcp/80/p2p/${b.peerId}`, `/dnsaddr/b.example/p2p/${b.peerId}`]) {
    const refused = a.open([address], protocol)
    await expect(refused).rejects.toEqual(unreachable)
    await expect(refused).rejects.toThrow('is not dialled because of a name')
  }
  expect(dialled()).toEqual([])
  expect(a.dials(b.peerId).map(({ address }) => address)).toContain('/dnsaddr/b.example')
})

test('a name leads to nobody who is blocked', async () => {
  const blocklist: Blocklist = {
    blocksIp: ip => ip === there,
    blocksPeer: () => false,
    onChange: () => () => {},
  }
  const { a, end, dialled } = await setUp(() => ({ 'b.example': { addresses: [there] } }), { blocklist })
  await expect(a.open([`/dns4/b.example${end}`], protocol)).rejects.toEqual(unreachable)
  expect(dialled()).toEqual([])
})

test('a proxy that looks names up gets them as they are, but for those of its own networks', async () => {
  const { a, b, end, internet, dialled } = await setUp(() => ({}), { config: { nameServers: [] } })
  internet.hosts.set('b.example', b.port!)
  for (const name of ['localhost', 'router', 'nas.local', '127.1', '0x7f.1', '2130706433'])
    await expect(a.open([`/dns4/${name}${end}`], protocol)).rejects.toEqual(unreachable)
  expect(dialled()).toEqual([])
  expect((await a.open([`/dns4/b.example${end}`], protocol)).peer).toBe(b.peerId)
  expect(dialled()).toEqual([`b.example:${b.port}`])
  expect(internet.asked).toEqual([])
})

test('a name without an answer costs nothing while another address answers', async () => {
  const { a, b, end, internet } = await setUp(() => ({}))
  const stream = await a.open([`/dnsaddr/gone.example/p2p/${b.peerId}`, `/ip4/${there}${end}`], protocol)
  expect(stream.peer).toBe(b.peerId)
  expect(internet.dialled).toContain(`${there}:${b.port}`)
})
