import { afterEach, describe, expect, test } from 'vitest'
import type { Network, NetworkOptions } from '../index.ts'
import { next, TestNetworks } from '../test-networks.ts'
import type { RelayConfig, RelayPolicy } from './index.ts'

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
