import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { preSharedKey } from '@libp2p/pnet'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'
import { afterEach, describe, expect, test } from 'vitest'
import { encodeNatProbe, encodeSwarmKey, encodeUdxGreeting } from '../../wire/index.ts'
import type { Network, NetworkOptions } from '../index.ts'
import type { PeerStream } from '../peer-stream.ts'
import { TestNetworks } from '../test-networks.ts'
import { keyFingerprint } from './private-network.ts'

const networks = new TestNetworks()
const ends: (() => unknown)[] = []
afterEach(async () => {
  await networks.stop()
  for (const end of ends.splice(0)) await end()
})

const key = Uint8Array.from({ length: 32 }, (_, at) => at)
const otherKey = Uint8Array.from({ length: 32 }, (_, at) => at + 1)
const protocol = '/peerage-test/1'
const sent = Uint8Array.from({ length: 3_000_001 }, (_, at) => (at * 7 + (at >> 8)) & 255)

const create = (
  privateKey: Uint8Array | undefined,
  options: Partial<NetworkOptions> = {},
): Promise<Network> =>
  networks.create({ relay: { use: 'never' }, ...options, ...(privateKey && { privateKey }) })

function received(stream: PeerStream): Promise<Buffer> {
  const parts: Buffer[] = []
  stream.onData(chunk => parts.push(Buffer.from(chunk)))
  return new Promise((resolve, reject) => {
    stream.onEnd(() => resolve(Buffer.concat(parts)))
    stream.onClose(error => error && reject(error))
  })
}

/** Sends back what came. */
function echo(network: Network): void {
  network.handle(protocol, async stream => {
    stream.send(await received(stream))
    await stream.closeWrite()
  })
}

async function echoed(from: Network, address: string): Promise<void> {
  const stream = await from.open([address], protocol)
  const back = received(stream)
  stream.send(sent.slice())
  await stream.closeWrite()
  expect((await back).equals(sent)).toBe(true)
}

const addressOf = (network: Network, over: string): string =>
  network.addresses().find(address => address.includes(over))!

test('the fingerprint of a key is that which Kubo prints', () => {
  expect(keyFingerprint(new Uint8Array(32).fill(7))).toBe('2189aa953f4967c1725ef3272d5419f4')
})

describe.each(['/tcp/', '/udx'])('over %s', over => {
  test('those with the same key meet, and bytes flow both ways', async () => {
    const [a, b] = await Promise.all([create(key), create(key)])
    echo(b)
    await echoed(a, addressOf(b, over))
    expect(a.connections()).toHaveLength(1)
    expect(b.privateNetwork).toEqual({ fingerprint: a.privateNetwork!.fingerprint, refused: 0 })
  })

  test.each([
    ['another key', key, otherKey],
    ['a key on one side', key, undefined],
    ['a key on the other side', undefined, key],
  ])('%s: no connection, and it does not take long', async (_what, one, two) => {
    const config = { dialTimeoutMs: 700, upgradeTimeoutMs: 500 }
    const [a, b] = await Promise.all([create(one, { config }), create(two, { config })])
    const began = performance.now()
    await expect(a.open([addressOf(b, over)], protocol)).rejects.toMatchObject({
      code: 'network.unreachable',
    })
    expect(performance.now() - began).toBeLessThan(4_000)
    expect([a.connections(), b.connections()]).toEqual([[], []])
    await expect.poll(() => b.stats().connections.pending).toBe(0)
  })
})

test('with another key both sides know at once, and are told', async () => {
  const [a, b] = await Promise.all([create(key), create(otherKey)])
  const began = performance.now()
  await expect(a.open([addressOf(b, '/tcp/')], protocol)).rejects.toMatchObject({
    code: 'network.unreachable',
  })
  expect(performance.now() - began).toBeLessThan(2_000)
  expect(a.dials(b.peerId)[0]?.problem ?? '').toContain('another key')
  await expect.poll(() => b.privateNetwork?.refused).toBeGreaterThan(0)
  expect(b.privateNetwork?.last?.address).toContain('/ip4/127.0.0.1/tcp/')
})

test('through a relay of the same network, hidden once more inside', async () => {
  const relay = await create(key, { relay: { use: 'never', relayFor: 'contacts' } })
  relay.relay.setPolicy({ mayRelay: () => 'friend', isKnown: () => true })
  const hidden = await create(key, {
    config: { hosts: [] },
    relay: { use: 'always', relays: [addressOf(relay, '/tcp/')] },
  })
  echo(hidden)
  await expect.poll(() => addressOf(hidden, '/p2p-circuit')).toBeDefined()
  const other = await create(key, { config: { hosts: [] } })
  await echoed(other, addressOf(hidden, '/p2p-circuit'))
  expect(other.connections()).toContainEqual(expect.objectContaining({ path: 'relayed', via: relay.peerId }))
})

describe('whoever has no key sees nothing', () => {
  async function answerTo(port: number, bytes: Uint8Array): Promise<Buffer> {
    const socket: Socket = connect(port, '127.0.0.1')
    const parts: Buffer[] = []
    socket.on('data', chunk => parts.push(chunk))
    socket.on('error', () => undefined)
    socket.write(bytes)
    await new Promise(resolve => socket.once('close', resolve))
    return Buffer.concat(parts)
  }

  test('over TCP: nothing before 24 bytes came, then 24 by chance, and the end', async () => {
    const network = await create(key, { config: { upgradeTimeoutMs: 300 } })
    // Not even this: BitTorrent does not come in.
    network.claim({
      name: 'all',
      takesRest: true,
      matches: () => true,
      receive: socket => socket.end('hello'),
    })
    expect(await answerTo(network.port!, Buffer.alloc(23))).toHaveLength(0)
    const [one, two] = [
      await answerTo(network.port!, Buffer.from('\x13/multistream/1.0.0\n\x0b/tls/1.0.0\n')),
      await answerTo(network.port!, Buffer.from('GET / HTTP/1.1\r\nHost: example.org\r\n\r\n')),
    ]
    for (const answer of [one, two]) expect(answer.length === 0 || answer.length === 24).toBe(true)
    expect(two.equals(one) && one.length > 0).toBe(false)
    await expect.poll(() => network.stats().connections.pending).toBe(0)
  })

  test('over UDP: no answer to a greeting or a question', async () => {
    const [closed, open] = await Promise.all([create(key), create(undefined)])
    const socket: UdpSocket = createSocket('udp4')
    ends.push(() => socket.close())
    const from = new Set<number>()
    socket.on('message', (_bytes, { port }) => from.add(port))
    const token = new Uint8Array(8).fill(5)
    const asked = [encodeUdxGreeting({ type: 'hello', token }), encodeNatProbe({ type: 'question', token })]
    for (const network of [closed, open])
      for (const bytes of asked) {
        socket.send(bytes, network.port!, '127.0.0.1')
        socket.send(Buffer.concat([bytes, Buffer.alloc(8)]), network.port!, '127.0.0.1')
      }
    await expect.poll(() => from.has(open.port!)).toBe(true)
    expect(from.has(closed.port!)).toBe(false)
  })

  test('one that is dialled and sends what it likes costs no more than any handshake', async () => {
    const server = createServer(socket => {
      socket.on('error', () => undefined)
      socket.write(Buffer.alloc(100_000, 7))
    })
    ends.push(() => server.close())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const network = await create(key)
    const { port } = server.address() as { port: number }
    const other = '12D3KooWQAzdxoTtJDtGRrBNF4ubr3dNoUysfrtkLpGMNzs9RHGR'
    await expect(network.open([`/ip4/127.0.0.1/tcp/${port}/p2p/${other}`], protocol)).rejects.toMatchObject({
      code: 'network.unreachable',
    })
    expect(network.privateNetwork).toMatchObject({ refused: 1 })
  })
})

describe.each(['tls', 'noise'] as const)('with libp2p for JavaScript over %s', encrypter => {
  async function plain(): Promise<Libp2p> {
    const node = await createLibp2p({
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionProtector: preSharedKey({ psk: encodeSwarmKey(key) }),
      connectionEncrypters: [encrypter === 'tls' ? tls() : noise()],
      streamMuxers: [yamux()],
      services: { identify: identify() },
    })
    ends.push(() => node.stop())
    return node
  }

  test('we dial', async () => {
    const [node, network] = await Promise.all([plain(), create(key)])
    await node.handle(protocol, async stream => {
      for await (const chunk of stream) if (!stream.send(chunk)) await stream.onDrain()
      await stream.close()
    })
    await echoed(network, node.getMultiaddrs()[0]!.toString())
  })

  test('it dials', async () => {
    const [node, network] = await Promise.all([plain(), create(key)])
    echo(network)
    const stream = await node.dialProtocol(multiaddr(addressOf(network, '/tcp/')), protocol)
    stream.send(sent.slice(0, 200_000))
    await stream.close()
    const parts: Uint8Array[] = []
    for await (const chunk of stream) parts.push(chunk.subarray())
    expect(Buffer.concat(parts).equals(sent.subarray(0, 200_000))).toBe(true)
  })
})
