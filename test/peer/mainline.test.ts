import { expect, test } from 'vitest'
import { type Identity, identityFromSeed } from '../../src/access/index.ts'
import { utf8 } from '../../src/base/index.ts'
import { mutableItem } from '../../src/bittorrent/dht/index.ts'
import { SimulatedDht } from '../../src/bittorrent/dht/simulated-dht.ts'
import { type MainlineConfig, MainlineRecords } from '../../src/peer/mainline.ts'

const hour = 3_600_000
const never = new AbortController().signal

async function setUp(): Promise<{
  net: SimulatedDht
  records(
    i: number,
    addresses: () => string[],
    config?: MainlineConfig,
  ): { one: MainlineRecords; identity: Identity }
  find(by: MainlineRecords, whom: Identity): Promise<readonly string[]>
}> {
  const net = new SimulatedDht(7)
  const dhts = await net.grow(30, 30, true)
  return {
    net,
    records(i, addresses, config = { records: 'on', renewMs: hour }) {
      const identity = identityFromSeed(net.world.random.bytes(32))
      const one = new MainlineRecords({ world: net.world, identity, config, addresses, dht: () => dhts[i]! })
      return { one, identity }
    },
    async find(by, whom) {
      const look = async (): Promise<readonly string[]> => {
        for await (const { addresses } of by.discovery().findPeer!(whom.peerId, never)) return addresses
        return []
      }
      return await net.run(look())
    },
  }
}

test('a peer is found by its id at the addresses that it signed, as long as it is there', async () => {
  const { net, records, find } = await setUp()
  let addresses = [
    '/ip4/192.168.1.7/tcp/4001',
    '/ip4/1.2.3.4/tcp/4001/p2p/x',
    '/ip6/2001:db8::1/udp/4001/udx',
  ]
  const { one, identity } = records(3, () => addresses)
  const seeker = records(20, () => [])
  expect(await find(seeker.one, identity)).toEqual([])
  one.start()
  await net.pass(30_000)
  // What is inside the house is told to nobody.
  expect(await find(seeker.one, identity)).toEqual(['/ip4/1.2.3.4/tcp/4001', '/ip6/2001:db8::1/udp/4001/udx'])
  addresses = ['/ip4/1.2.3.9/tcp/4001']
  await net.pass(90_000)
  expect(await find(seeker.one, identity)).toEqual(['/ip4/1.2.3.9/tcp/4001'])
  // Nodes forget after two hours; it is put again in between.
  for (let i = 0; i < 3; i++) await net.pass(hour, 20_000)
  expect(await find(seeker.one, identity)).toEqual(['/ip4/1.2.3.9/tcp/4001'])
  one.stop()
  for (let i = 0; i < 3; i++) await net.pass(hour, 20_000)
  expect(await find(seeker.one, identity)).toEqual([])
}, 60_000)

test('a clock that was set back keeps no new addresses from being told', async () => {
  const { net, records, find } = await setUp()
  let addresses = ['/ip4/1.2.3.4/tcp/1']
  const { one, identity } = records(3, () => addresses)
  expect(await net.run(one.review())).toBe(8)
  net.world.jumpWallTime(-24 * hour)
  addresses = ['/ip4/1.2.3.5/tcp/1']
  expect(await net.run(one.review())).toBe(8)
  expect(await find(records(9, () => []).one, identity)).toEqual(addresses)
})

test('too many addresses are cut, and nonsense that somebody signed is nothing', async () => {
  const { net, records, find } = await setUp()
  const many = Array.from({ length: 60 }, (_, i) => `/ip4/1.2.3.4/tcp/${1_000 + i}`)
  const long = `/ip4/1.2.3.4/tcp/1/p2p/${'x'.repeat(300)}/p2p-circuit`
  const { one, identity } = records(3, () => [long, ...many])
  const seeker = records(12, () => [])
  expect(await net.run(one.review())).toBe(8)
  expect(await find(seeker.one, identity)).toEqual(many.slice(0, 16))
  const liar = identityFromSeed(new Uint8Array(32))
  const salt = utf8('peerage addresses')
  for (const [seq, value] of [7, [[], 7, new Uint8Array(300), Uint8Array.of(255)]].entries()) {
    const item = mutableItem({ value, publicKey: liar.publicKey, seq: BigInt(seq), salt }, bytes =>
      liar.sign(bytes),
    )
    await net.run(net.join(40 + seq, [1, 2]).put(item))
    expect(await find(seeker.one, liar)).toEqual([])
  }
})

test('nothing is told or sought when it is off, and of a key of another kind nothing is sought', async () => {
  const { net, records, find } = await setUp()
  const off = records(3, () => ['/ip4/1.2.3.4/tcp/1'], { records: 'off', renewMs: hour })
  off.one.start()
  expect(await net.run(off.one.review())).toBe(0)
  const on = records(4, () => [])
  const sent = net.bytes
  const rsa = { peerId: 'QmcZf59bWwK5XFi76CZX8cbJ4BhTzzA3gU1ZjYZcYW3dwt' } as Identity
  expect(await find(on.one, rsa)).toEqual([])
  expect(await find(off.one, on.identity)).toEqual([])
  expect(net.bytes).toBe(sent)
})
