import { circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import type { Libp2p, Stream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { afterEach, describe, expect, test } from 'vitest'
import type { Network, PeerStream } from '../index.ts'
import { TestNetworks } from '../test-networks.ts'

const networks = new TestNetworks()
const nodes: Libp2p[] = []
afterEach(async () => {
  await networks.stop()
  await Promise.all(nodes.splice(0).map(node => node.stop()))
})

const protocol = '/peerage-test/1'
const size = 1_000_000

/** A libp2p node with nothing of ours, which is a relay or listens where it is told. */
async function plain(encrypter: 'tls' | 'noise', listen: string, isRelay = false): Promise<Libp2p> {
  const node = await createLibp2p({
    addresses: { listen: [listen] },
    transports: [tcp(), circuitRelayTransport()],
    connectionEncrypters: [encrypter === 'tls' ? tls() : noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      ...(isRelay && { relay: circuitRelayServer({ reservations: { applyDefaultLimit: false } }) }),
    },
  })
  nodes.push(node)
  return node
}

async function ourRelay(): Promise<Network> {
  const network = await networks.create({ relay: { relayFor: 'everyone', use: 'never', strangerBytes: 0 } })
  network.relay.setPolicy({ mayRelay: () => 'stranger', isKnown: () => false })
  return network
}

const hidden = (relays: string[], use: 'always' | 'never' = 'always'): Promise<Network> =>
  networks.create({ config: { hosts: [] }, relay: { use, relays } })

async function until<Value>(look: () => Value | undefined): Promise<Value> {
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

const behind = (addresses: () => { toString(): string }[]): Promise<string> =>
  until(() =>
    addresses()
      .map(String)
      .find(address => address.includes('/p2p-circuit/p2p/')),
  )

async function echo(stream: Stream): Promise<void> {
  for await (const chunk of stream) if (!stream.send(chunk)) await stream.onDrain()
  await stream.close()
}

function echoOurs(stream: PeerStream): void {
  stream.onData(chunk => {
    if (stream.send(chunk.slice())) return
    stream.pause()
    void stream.drained().then(() => stream.resume())
  })
  stream.onEnd(() => void stream.closeWrite())
}

async function sentAndBack(stream: PeerStream): Promise<void> {
  const sent = crypto.getRandomValues(new Uint8Array(65_536))
  const parts: Buffer[] = []
  stream.onData(chunk => parts.push(Buffer.from(chunk)))
  for (let i = 0; i < size / sent.length; i++) stream.send(sent.slice())
  await stream.closeWrite()
  await new Promise<void>(resolve => stream.onEnd(resolve))
  const back = Buffer.concat(parts)
  expect(back.length).toBe(Math.ceil(size / sent.length) * sent.length)
  for (let at = 0; at < back.length; at += sent.length)
    expect(back.subarray(at, at + sent.length).equals(sent)).toBe(true)
}

describe.each(['tls', 'noise'] as const)('with @libp2p/circuit-relay-v2 over %s', encrypter => {
  test('it reserves at our relay, and we dial it there', async () => {
    const relay = await ourRelay()
    const node = await plain(encrypter, `${relay.addresses()[0]}/p2p-circuit`)
    await node.handle(protocol, echo, { runOnLimitedConnection: true })
    const address = await behind(() => node.getMultiaddrs())
    const we = await hidden([], 'never')
    await sentAndBack(await we.open([address], protocol))
    expect(we.connections().find(({ peer }) => peer === node.peerId.toString())).toMatchObject({
      path: 'relayed',
      via: relay.peerId,
    })
  })

  test('it reaches us through our relay', async () => {
    const relay = await ourRelay()
    const we = await hidden([relay.addresses()[0]!])
    we.handle(protocol, echoOurs)
    const node = await plain(encrypter, '/ip4/127.0.0.1/tcp/0')
    const address = multiaddr(await behind(() => we.addresses()))
    const stream = await node.dialProtocol(address, protocol, { runOnLimitedConnection: true })
    const parts: Uint8Array[] = []
    const read = (async () => {
      for await (const chunk of stream) parts.push(chunk.subarray())
    })()
    const sent = crypto.getRandomValues(new Uint8Array(60_000))
    stream.send(sent)
    await stream.close()
    await read
    expect(Buffer.concat(parts).equals(sent)).toBe(true)
  })

  test('we reserve at its relay, and are reached there by us and by it', async () => {
    const relay = await plain(encrypter, '/ip4/127.0.0.1/tcp/0', true)
    const relayAddress = relay.getMultiaddrs()[0]!.toString()
    const we = await hidden([relayAddress])
    we.handle(protocol, echoOurs)
    const address = await behind(() => we.addresses())
    expect(we.relay.state.used).toMatchObject([{ relay: relay.peerId.toString() }])
    await sentAndBack(await (await hidden([], 'never')).open([address], protocol))
    const node = await plain(encrypter, '/ip4/127.0.0.1/tcp/0')
    const stream = await node.dialProtocol(multiaddr(address), protocol, { runOnLimitedConnection: true })
    expect(stream.protocol).toBe(protocol)
  })
})
