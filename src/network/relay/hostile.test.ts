import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, describe, expect, test } from 'vitest'
import { identityFromSeed } from '../../access/index.ts'
import { fromBase58, systemWorld, VirtualWorld, type World } from '../../base/index.ts'
import {
  circuitLimits,
  circuitStatus,
  decodeHopMessage,
  decodeStopMessage,
  encodeHopMessage,
  encodeStopMessage,
  type HopMessage,
} from '../../wire/index.ts'
import type { Network, NetworkOptions, PeerStream } from '../index.ts'
import { TestNetworks } from '../test-networks.ts'
import { type RelayConfig, type RelayPolicy, relayConfig } from './index.ts'
import { MessageStream } from './message-stream.ts'
import { hopProtocol, stopProtocol } from './protocols.ts'
import { signVoucher } from './voucher.ts'

const networks = new TestNetworks()
afterEach(() => networks.stop())

const protocol = '/peerage-test/1'
const friends: RelayPolicy = { mayRelay: () => 'friend', isKnown: () => true }

async function createRelay(
  relay: Partial<RelayConfig> = {},
  policy: RelayPolicy = friends,
  world: World = systemWorld,
): Promise<Network> {
  const network = await networks.create({ world, relay: { relayFor: 'contacts', use: 'never', ...relay } })
  network.relay.setPolicy(policy)
  return network
}

/** Does not listen: reached through that relay only. */
function createHidden(relay: Network, options: Partial<NetworkOptions> = {}): Promise<Network> {
  return networks.create({
    ...options,
    config: { hosts: [], ...options.config },
    relay: { use: 'always', relays: [relay.addresses()[0]!], ...options.relay },
  })
}

const createOther = (options: Partial<NetworkOptions> = {}): Promise<Network> =>
  networks.create({ ...options, config: { hosts: [], ...options.config }, relay: { use: 'never' } })

async function until<Value>(look: () => Value | undefined | false): Promise<Value> {
  for (;;) {
    const found = look()
    if (found !== undefined && found !== false) return found
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** Lets the time of that world go on until something happens in ours. */
async function passing<Value>(world: VirtualWorld, awaited: Promise<Value>): Promise<Value> {
  let isOver = false
  const over = awaited.finally(() => {
    isOver = true
  })
  while (!isOver) {
    world.advance(1_000)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  return over
}

const reserved = (network: Network): Promise<string> =>
  until(() => network.addresses().find(address => address.includes('/p2p-circuit')))

/** Says something to a relay; the status of its answer. */
async function say(from: Network, relay: Network, bytes: Uint8Array): Promise<number> {
  const stream = await from.open([relay.addresses()[0]!], hopProtocol)
  const messages = new MessageStream(stream)
  messages.send(bytes)
  const answer = decodeHopMessage(await messages.next(systemWorld, 5_000))
  stream.abort(new Error('That was all.'))
  return answer.type === 'status' ? answer.status : -1
}

const reserve = encodeHopMessage({ type: 'reserve' })
const connectTo = (peer: string): Uint8Array => encodeHopMessage({ type: 'connect', peer: fromBase58(peer) })

/** Whether bytes go through the relay and come back. */
async function echoes(from: Network, to: Network, address: string): Promise<void> {
  to.unhandle(protocol)
  to.handle(protocol, stream => {
    stream.onData(chunk => void stream.send(chunk.slice()))
  })
  const stream = await from.open([address], protocol)
  const sent = crypto.getRandomValues(new Uint8Array(50_000))
  const parts: Buffer[] = []
  const all = new Promise<void>(resolve =>
    stream.onData(chunk => {
      parts.push(Buffer.from(chunk))
      if (Buffer.concat(parts).length >= sent.length) resolve()
    }),
  )
  stream.send(sent.slice())
  await all
  expect(Buffer.concat(parts).equals(sent)).toBe(true)
}

describe('a relay refuses', () => {
  test('whoever it does not relay for, and does not even offer it when it is off', async () => {
    const stranger = await createOther()
    const relay = await createRelay({}, { mayRelay: () => undefined, isKnown: () => false })
    expect(await say(stranger, relay, reserve)).toBe(circuitStatus.permissionDenied)
    const off = await createRelay({ relayFor: 'off' })
    await expect(stranger.open([off.addresses()[0]!], hopProtocol)).rejects.toMatchObject({
      code: 'peer.protocol',
    })
  })

  test('circuits to oneself, to peers without reservation, to itself', async () => {
    const [relay, other] = [await createRelay(), await createOther()]
    const hidden = await createHidden(relay)
    const address = await reserved(hidden)
    expect(await say(other, relay, connectTo(relay.peerId))).toBe(circuitStatus.noReservation)
    expect(await say(hidden, relay, connectTo(other.peerId))).toBe(circuitStatus.noReservation)
    expect(await say(hidden, relay, connectTo(hidden.peerId))).toBe(circuitStatus.connectionFailed)
    expect(relay.relay.state.circuits).toEqual([])
    await echoes(other, hidden, address)
  })

  test('what is no message, is too long, or is no request', async () => {
    const [relay, other] = [await createRelay(), await createOther()]
    const long = Uint8Array.of(0xff, 0xff, 0x03)
    expect(await say(other, relay, long)).toBe(circuitStatus.malformedMessage)
    expect(await say(other, relay, Uint8Array.of(2, 0xff, 0xff))).toBe(circuitStatus.malformedMessage)
    expect(await say(other, relay, encodeHopMessage({ type: 'status', status: 100 }))).toBe(
      circuitStatus.unexpectedMessage,
    )
    expect(circuitLimits.message).toBe(4_096)
  })

  test('more reservations than it gives in all and to one address, and too many requests', async () => {
    const relay = await createRelay({ maxReservationsPerAddress: 2, requestsPerMinute: 5 })
    const peers = await Promise.all([createOther(), createOther(), createOther()])
    const statuses: number[] = []
    for (const peer of peers) statuses.push(await say(peer, relay, reserve))
    expect(statuses).toEqual([circuitStatus.ok, circuitStatus.ok, circuitStatus.reservationRefused])
    for (let i = 0; i < 4; i++) expect(await say(peers[0]!, relay, reserve)).toBe(circuitStatus.ok)
    expect(await say(peers[0]!, relay, reserve)).toBe(circuitStatus.resourceLimitExceeded)
    expect(relay.relay.state.reservations).toHaveLength(2)
    await relay.relay.configure(configOf({ relayFor: 'contacts', maxReservations: 2 }))
    expect(await say(peers[2]!, relay, reserve)).toBe(circuitStatus.reservationRefused)
    expect(await say(peers[0]!, relay, reserve)).toBe(circuitStatus.ok)
  })

  test('more circuits than it keeps in all and for one peer; others go on', async () => {
    const relay = await createRelay({ maxCircuitsPerPeer: 2 })
    const hidden = await createHidden(relay)
    const address = await reserved(hidden)
    const others = await Promise.all([createOther(), createOther(), createOther()])
    await echoes(others[0]!, hidden, address)
    await echoes(others[1]!, hidden, address)
    await expect(others[2]!.open([address], protocol)).rejects.toThrow('too much to do')
    await others[0]!.stop()
    await until(() => relay.relay.state.circuits.length === 1)
    await echoes(others[2]!, hidden, address)
    await echoes(others[1]!, hidden, address)
  })
})

function configOf(values: Partial<RelayConfig>): RelayConfig {
  return relayConfig.parse(values)
}

describe('a relay ends', () => {
  test('who asks byte by byte, or does not answer whether it takes a connection', async () => {
    // Its time goes on only when somebody is silent: whoever is slow because the machine is busy loses nothing.
    const world = new VirtualWorld(1)
    const relay = await createRelay({}, friends, world)
    const slow = await createOther()
    const stream = await slow.open([relay.addresses()[0]!], hopProtocol)
    const closed = new Promise<Error | undefined>(resolve => stream.onClose(resolve))
    stream.onData(() => undefined)
    stream.send(Uint8Array.of(0x80))
    expect(await passing(world, closed)).toBeInstanceOf(Error)

    // It holds a reservation and never answers.
    const mute = await networks.create({ config: { hosts: [] }, relay: { use: 'never' } })
    expect(await say(mute, relay, reserve)).toBe(circuitStatus.ok)
    const asked = Promise.withResolvers<void>()
    mute.unhandle(stopProtocol)
    mute.handle(stopProtocol, () => asked.resolve())
    const other = await createOther()
    const answer = say(other, relay, connectTo(mute.peerId))
    await asked.promise
    expect(await passing(world, answer)).toBe(circuitStatus.connectionFailed)
    expect(relay.relay.state.circuits).toEqual([])
  })

  test('a circuit that carried or lasted enough, and tells both sides before', async () => {
    const relay = await createRelay(
      { relayFor: 'everyone', strangerBytes: 200_000, strangerMinutes: 7 },
      { mayRelay: () => 'stranger', isKnown: () => false },
    )
    const hidden = await createHidden(relay)
    const address = await reserved(hidden)
    expect(hidden.relay.state.used).toMatchObject([{ limit: { seconds: 420, bytes: 200_000 } }])
    const other = await createOther()
    await echoes(other, hidden, address)
    hidden.unhandle(protocol)
    hidden.handle(protocol, stream => stream.onData(() => undefined))
    const stream = await other.open([address], protocol)
    const closed = new Promise<Error | undefined>(resolve => stream.onClose(resolve))
    stream.onData(() => undefined)
    stream.send(new Uint8Array(300_000))
    expect(await closed).toBeInstanceOf(Error)
    await until(() => relay.relay.state.circuits.length === 0)
    // The reservation stays, and so the next one comes through.
    await echoes(other, hidden, address)
  })

  test('reservations and circuits of whoever may not have them any more, at once', async () => {
    let may: 'friend' | undefined = 'friend'
    const relay = await createRelay({}, { mayRelay: () => may, isKnown: () => true })
    const hidden = await createHidden(relay)
    const address = await reserved(hidden)
    const other = await createOther()
    await echoes(other, hidden, address)
    expect(relay.relay.state.circuits).toHaveLength(1)
    may = undefined
    relay.relay.check()
    expect(relay.relay.state).toMatchObject({ reservations: [], circuits: [] })
    await until(() => other.connections().every(({ path }) => path !== 'relayed'))
    may = 'friend'
    await relay.relay.configure(configOf({ relayFor: 'off' }))
    expect(await createOther().then(one => one.open([address], protocol).catch(error => error.code))).toBe(
      'network.unreachable',
    )
  })
})

/** A peer that answers as a relay, and then does what it wants. */
async function createFalseRelay(
  serve: (request: HopMessage, messages: MessageStream, from: string) => Promise<void>,
): Promise<Network> {
  const network = await networks.create({ relay: { use: 'never' } })
  network.handle(hopProtocol, async stream => {
    const messages = new MessageStream(stream)
    await serve(decodeHopMessage(await messages.next(systemWorld, 5_000)), messages, stream.peer)
  })
  return network
}

const ok = encodeHopMessage({ type: 'status', status: circuitStatus.ok })
const inAnHour = (): number => Math.floor(Date.now() / 1000) + 3_600

function promise(relay: Network, expires: number, voucher?: Uint8Array): Uint8Array {
  const addresses = [multiaddr(relay.addresses()[0]!).bytes]
  const reservation = { expires, addresses, ...(voucher && { voucher }) }
  return encodeHopMessage({ type: 'status', status: circuitStatus.ok, reservation })
}

/** Joins both sides, and hands what passes to `change`. */
function join(a: MessageStream, b: MessageStream, change: (chunk: Uint8Array) => Uint8Array): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const rest = from.detach()
    const pass = (chunk: Uint8Array): void => void to.stream.send(change(chunk))
    if (rest.length > 0) pass(rest.slice())
    from.stream.onData(chunk => pass(chunk.slice()))
    from.stream.onClose(() => to.stream.abort(new Error('gone')))
    from.stream.resume()
  }
}

/** A relay that connects a target with whoever asks, through `change`; it says that `claims` asks. */
function joining(change: (chunk: Uint8Array) => Uint8Array, claims?: string): Promise<Network> {
  const targets: string[] = []
  const made: Promise<Network> = createFalseRelay(async (request, messages, from) => {
    const relay = await made
    if (request.type === 'reserve') {
      targets.push(from)
      messages.send(promise(relay, inAnHour()))
      return messages.close(systemWorld)
    }
    const stopped = new MessageStream(await relay.open(targets.at(-1)!, stopProtocol))
    stopped.send(encodeStopMessage({ type: 'connect', peer: fromBase58(claims ?? from) }))
    const answer = decodeStopMessage(await stopped.next(systemWorld, 5_000))
    expect(answer).toEqual({ type: 'status', status: circuitStatus.ok })
    messages.send(ok)
    join(messages, stopped, change)
  })
  return made
}

describe('a peer does not trust a relay', () => {
  test('that changes what it passes on: nothing of it is believed', async () => {
    let passed = 0
    const relay = await joining(chunk => {
      passed += chunk.length
      if (passed > 20_000) chunk[0]! ^= 1
      return chunk
    })
    const hidden = await createHidden(relay)
    const address = await reserved(hidden)
    const other = await createOther()
    let got = 0
    hidden.handle(protocol, stream =>
      stream.onData(chunk => {
        expect(chunk.every(byte => byte === 7)).toBe(true)
        got += chunk.length
      }),
    )
    const stream = await other.open([address], protocol)
    const closed = new Promise<Error | undefined>(resolve => stream.onClose(resolve))
    stream.onData(() => undefined)
    stream.send(new Uint8Array(200_000).fill(7))
    expect(await closed).toBeInstanceOf(Error)
    expect(got).toBeLessThan(30_000)
  })

  test('that says somebody else asks, or connects with somebody else', async () => {
    const somebody = await createOther()
    const liar = await joining(chunk => chunk, somebody.peerId)
    const hidden = await createHidden(liar)
    const address = await reserved(hidden)
    const other = await createOther()
    await expect(other.open([address], protocol)).rejects.toMatchObject({ code: 'network.unreachable' })
    expect(hidden.connections().filter(({ path }) => path === 'relayed')).toEqual([])

    const mixer = await joining(chunk => chunk)
    const wanted = await createHidden(mixer)
    const wantedAddress = await reserved(wanted)
    await reserved(await createHidden(mixer))
    await expect(other.open([wantedAddress], protocol)).rejects.toMatchObject({ code: 'network.unreachable' })
  })

  test.each<[string, (messages: MessageStream) => void]>([
    ['answers nothing', () => undefined],
    ['answers and is silent', messages => messages.send(ok)],
    [
      'answers and sends without end',
      messages => {
        messages.send(ok)
        const more = (stream: PeerStream): void => {
          const timer = setInterval(() => stream.send(new Uint8Array(65_536).fill(0x41)), 1)
          stream.onClose(() => clearInterval(timer))
        }
        more(messages.stream)
      },
    ],
    ['goes away', messages => messages.stream.abort(new Error('no'))],
    ['says something else', messages => messages.send(encodeHopMessage({ type: 'reserve' }))],
    ['sends a long message', messages => messages.send(Uint8Array.of(0xff, 0xff, 0xff, 0x7f))],
  ])('that %s: the dial ends in time, and a direct address is taken meanwhile', async (_what, act) => {
    const relay = await createFalseRelay(async (_request, messages) => act(messages))
    const target = await networks.create({ relay: { use: 'never' } })
    target.handle(protocol, () => undefined)
    const behind = `${relay.addresses()[0]}/p2p-circuit/p2p/${target.peerId}`
    const other = await createOther({ config: { dialTimeoutMs: 300, openTimeoutMs: 2_000 } })
    await expect(other.open([behind], protocol)).rejects.toThrow()
    expect(other.connections().filter(({ peer }) => peer === target.peerId)).toEqual([])
    // One that would wait for the relay much longer.
    const patient = await createOther()
    const stream = await patient.open([behind, target.addresses()[0]!], protocol)
    expect(stream.path).toBe('loopback')
  })

  test('that reserves with a false voucher, for too short a time, or for ever', async () => {
    const expires = inAnHour()
    const foreign = identityFromSeed(new Uint8Array(32).fill(1))
    const relays = await Promise.all(
      [
        (relay: Network, peer: string) => promise(relay, expires, signVoucher(foreign, peer, expires)),
        (relay: Network) => promise(relay, expires, new Uint8Array(100)),
        (relay: Network) => promise(relay, Math.floor(Date.now() / 1000) + 10),
        (relay: Network) => promise(relay, 0),
        () => ok,
      ].map(answer => {
        const made: Promise<Network> = createFalseRelay(async (_request, messages, from) => {
          messages.send(answer(await made, from))
        })
        return made
      }),
    )
    const eternal: Network = await createFalseRelay(async (_request, messages) =>
      messages.send(promise(eternal, 2 ** 40)),
    )
    const peer = await networks.create({
      config: { hosts: [] },
      relay: {
        use: 'always',
        maxUsed: 4,
        relays: [...relays, eternal].map(relay => relay.addresses()[0]!),
      },
    })
    const used = await until(() => peer.relay.state.used.length > 0 && peer.relay.state.used)
    expect(used).toMatchObject([{ relay: eternal.peerId }])
    expect(used[0]!.until - Date.now()).toBeLessThanOrEqual(12 * 3_600_000)
    expect(peer.addresses().every(address => address.includes(eternal.peerId))).toBe(true)
  })

  test('that it does not use: it takes no connection from it', async () => {
    const peer = await networks.create({ relay: { use: 'never' } })
    const stranger = await createOther()
    const messages = new MessageStream(await stranger.open([peer.addresses()[0]!], stopProtocol))
    messages.send(encodeStopMessage({ type: 'connect', peer: fromBase58(stranger.peerId) }))
    const answer = decodeStopMessage(await messages.next(systemWorld, 5_000))
    expect(answer).toEqual({ type: 'status', status: circuitStatus.connectionFailed })
  })
})
