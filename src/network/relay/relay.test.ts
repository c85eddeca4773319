import { afterEach, describe, expect, test } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import type { Network, NetworkOptions } from '../index.ts'
import { next, TestNetworks } from '../test-networks.ts'
import { type RelayConfig, type RelayPolicy, relayConfig } from './index.ts'
import { relayTopic } from './relay.ts'

const networks = new TestNetworks()
afterEach(() => networks.stop())

const friends: RelayPolicy = { mayRelay: () => 'friend', isKnown: () => true }
const protocol = '/peerage-test/1'

type Options = Partial<NetworkOptions> & { readonly relay?: Partial<RelayConfig> }

async function createRelay(
  relay: Partial<RelayConfig> = {},
  policy: RelayPolicy = friends,
): Promise<Network> {
  const network = await networks.create({ relay: { relayFor: 'contacts', use: 'never', ...relay } })
  network.relay.setPolicy(policy)
  return network
}

/** A peer that does not listen, and so can be reached through relays only. */
const createHidden = (relay: Network, { config, ...options }: Options = {}): Promise<Network> =>
  networks.create({
    config: { hosts: [], ...config },
    ...options,
    relay: { use: 'always', relays: [relay.addresses()[0]!], ...options.relay },
  })

const until = async <Value>(look: () => Value | undefined | false): Promise<Value> => {
  for (;;) {
    const found = look()
    if (found !== undefined && found !== false) return found
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

const reserved = (network: Network): Promise<string> =>
  until(() => network.addresses().find(address => address.includes('/p2p-circuit')))

const pattern = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8)) & 255)

describe('two peers through a relay', () => {
  test('bytes go both ways, each way ends by itself, and the relay counts them', async () => {
    const relay = await createRelay()
    const hidden = await createHidden(relay)
    const address = await reserved(hidden)
    const other = await networks.create({ config: { hosts: [] }, relay: { use: 'never' } })
    const sent = pattern(3_000_000)
    const got = Promise.withResolvers<Buffer>()
    hidden.handle(protocol, async stream => {
      expect([stream.peer, stream.path]).toEqual([other.peerId, 'relayed'])
      const parts: Buffer[] = []
      stream.onData(chunk => parts.push(Buffer.from(chunk)))
      await next(done => stream.onEnd(() => done(undefined)))
      got.resolve(Buffer.concat(parts))
      stream.send(sent.slice())
      await stream.closeWrite()
    })
    const stream = await other.open([address], protocol)
    const back: Buffer[] = []
    stream.onData(chunk => back.push(Buffer.from(chunk)))
    const ended = next(done => stream.onEnd(() => done(undefined)))
    stream.send(sent.slice())
    await stream.closeWrite()
    expect((await got.promise).equals(sent)).toBe(true)
    await ended
    expect(Buffer.concat(back).equals(sent)).toBe(true)
    const [info] = other.connections().filter(({ peer }) => peer === hidden.peerId)
    expect(info).toMatchObject({ path: 'relayed', via: relay.peerId })
    expect(relay.relay.state).toMatchObject({
      reservations: [{ peer: hidden.peerId }],
      circuits: [{ from: other.peerId, to: hidden.peerId }],
    })
    expect(relay.relay.state.bytes).toBeGreaterThan(6_000_000)
    await other.stop()
    await until(() => relay.relay.state.circuits.length === 0)
  })
})

describe('a peer that nobody reaches from outside', () => {
  test('tells those that are connected where it can be reached, as soon as it can', async () => {
    const [relay, friend] = [await createRelay(), await networks.create({ relay: { use: 'never' } })]
    const hidden = await networks.create({ config: { hosts: [] }, relay: { use: 'always' } })
    friend.handle(protocol, () => undefined)
    await hidden.open([friend.addresses()[0]!], protocol)
    expect(hidden.relay.state).toMatchObject({ isWanted: true, used: [] })
    // A relay that is connected says that it is one.
    relay.handle(protocol, () => undefined)
    await hidden.open([relay.addresses()[0]!], protocol)
    await until(() => friend.knownAddresses(hidden.peerId).some(address => address.includes('/p2p-circuit')))
    expect(hidden.relay.state.used).toMatchObject([{ relay: relay.peerId }])
    const stream = await friend.open(hidden.peerId, '/ipfs/id/1.0.0')
    expect(stream.path).toBe('loopback')
  })

  test('finds relays under a topic, uses no more than it wants, and another when one goes away', async () => {
    const relays = await Promise.all([createRelay(), createRelay(), createRelay()])
    const hidden = await networks.create({ config: { hosts: [] }, relay: { use: 'never' } })
    hidden.addDiscovery({
      name: 'rendezvous',
      async *findTopic(topic) {
        expect(topic).toEqual(relayTopic)
        for (const { peerId, addresses } of relays.map(one => ({
          peerId: one.peerId,
          addresses: one.addresses(),
        })))
          yield { peer: peerId, addresses, teller: 'loopback' as const }
      },
    })
    await hidden.relay.configure(relayConfig.parse({ use: 'always', maxUsed: 2 }))
    await until(() => hidden.relay.state.used.length === 2)
    const [first] = hidden.relay.state.used
    const gone = relays.find(({ peerId }) => peerId === first!.relay)!
    await gone.stop()
    await until(() => {
      const used = hidden.relay.state.used.map(({ relay }) => relay)
      return used.length === 2 && !used.includes(gone.peerId)
    })
    expect(hidden.addresses().some(address => address.includes(gone.peerId))).toBe(false)
  })

  test('asks for no relay when it may not, may not leave its networks, or is reached', async () => {
    const relay = await createRelay()
    const [address] = relay.addresses()
    const never = await networks.create({
      config: { hosts: [] },
      relay: { use: 'never', relays: [address!] },
    })
    const local = await networks.create({
      config: { hosts: [], lanOnly: true },
      relay: { use: 'always', relays: [address!] },
    })
    for (const network of [never, local]) {
      network.relay.check()
      expect(network.relay.state).toMatchObject({ isWanted: false, used: [] })
    }
    await never.relay.configure(relayConfig.parse({ use: 'always', relays: [address!] }))
    await reserved(never)
    await never.relay.configure(relayConfig.parse({ use: 'never', relays: [address!] }))
    await until(() => never.addresses().length === 0)
    expect(relay.connections().filter(({ peer }) => peer === local.peerId)).toEqual([])
  })

  test('renews what it has reserved before that ends, and is told of no more when it is not renewed', async () => {
    const world = new VirtualWorld(7)
    const memory = { world, transports: 'memory' } as const
    const relay = await networks.create({ ...memory, relay: { relayFor: 'contacts', use: 'never' } })
    relay.relay.setPolicy(friends)
    const hidden = await networks.create({
      ...memory,
      relay: { use: 'always', relays: [relay.addresses()[0]!] },
    })
    await reserved(hidden)
    const until0 = relay.relay.state.reservations[0]!.expires
    const pass = async (minutes: number): Promise<void> => {
      for (let s = 0; s < minutes * 60; s++) {
        world.advance(1_000)
        await new Promise(resolve => setImmediate(resolve))
      }
    }
    await pass(35)
    expect(relay.relay.state.reservations[0]!.expires).toBe(until0)
    await pass(3)
    await until(() => relay.relay.state.reservations[0]!.expires > until0)
    await pass(120)
    expect(hidden.relay.state.used).toHaveLength(1)
    expect(relay.relay.state.reservations).toHaveLength(1)
  })
})
