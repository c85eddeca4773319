import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { identify } from '@libp2p/identify'
import type { Libp2p, Stream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { type Ping, ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { afterEach, describe, expect, test } from 'vitest'
import type { PeerStream } from './index.ts'
import { TestNetworks } from './test-networks.ts'

const networks = new TestNetworks()
const nodes: Libp2p<{ ping: Ping }>[] = []
afterEach(async () => {
  await networks.stop()
  await Promise.all(nodes.splice(0).map(node => node.stop()))
})

const protocol = '/peerage-test/1'
const size = 3_000_000

/** A plain libp2p node with nothing of ours. */
async function plain(encrypter: 'tls' | 'noise'): Promise<Libp2p<{ ping: Ping }>> {
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [encrypter === 'tls' ? tls() : noise()],
    streamMuxers: [yamux()],
    services: { identify: identify(), ping: ping() },
  })
  nodes.push(node)
  return node
}

const pattern = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8)) & 255)

async function readAll(stream: Stream): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const chunk of stream) parts.push(chunk.subarray())
  return Buffer.concat(parts)
}

async function writeAll(stream: Stream, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += 100_000) {
    if (!stream.send(bytes.subarray(at, at + 100_000))) await stream.onDrain()
  }
  await stream.close()
}

function received(stream: PeerStream): Promise<Buffer> {
  const parts: Buffer[] = []
  stream.onData(chunk => parts.push(Buffer.from(chunk)))
  return new Promise((resolve, reject) => {
    stream.onEnd(() => resolve(Buffer.concat(parts)))
    stream.onClose(error => error && reject(error))
  })
}

// Addresses over UDX are of a kind that others do not know, and js-libp2p believes nothing of who signs such a one. In a process of its
// own, for in this one they are known.
test('what this peer says of itself can be read by others', async () => {
  const network = await networks.create()
  network.handle(protocol, stream => stream.close())
  const program = `
    import { identify } from '@libp2p/identify'
    import { noise } from '@libp2p/noise'
    import { tcp } from '@libp2p/tcp'
    import { yamux } from '@libp2p/yamux'
    import { multiaddr } from '@multiformats/multiaddr'
    import { createLibp2p } from 'libp2p'
    const node = await createLibp2p({
      transports: [tcp()], connectionEncrypters: [noise()], streamMuxers: [yamux()], services: { identify: identify() },
    })
    node.addEventListener('peer:identify', ({ detail }) => {
      console.log(detail.protocols.join())
      process.exit()
    })
    await node.dial(multiaddr('${network.addresses().find(address => address.includes('/tcp/'))}'))
  `
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { timeout: 15_000 })
  expect(network.addresses().some(address => address.includes('/udx'))).toBe(true)
  expect(stdout.trim().split(',')).toContain(protocol)
})

describe.each(['tls', 'noise'] as const)('with a plain libp2p over %s', encrypter => {
  test('we dial, and bytes flow both ways', async () => {
    const [node, network] = await Promise.all([plain(encrypter), networks.create()])
    const sent = pattern(size)
    const there = Promise.withResolvers<Buffer>()
    await node.handle(protocol, async stream => {
      there.resolve(await readAll(stream))
      await writeAll(stream, sent)
    })
    const stream = await network.open(
      node.getMultiaddrs().map(address => address.toString()),
      protocol,
    )
    const back = received(stream)
    stream.send(sent.slice())
    await stream.closeWrite()
    expect((await there.promise).equals(sent)).toBe(true)
    expect((await back).equals(sent)).toBe(true)
  })

  test('it dials, pings and identifies us', async () => {
    const [node, network] = await Promise.all([plain(encrypter), networks.create()])
    const sent = pattern(size)
    const there = Promise.withResolvers<Buffer>()
    network.handle(protocol, async stream => {
      there.resolve(await received(stream))
      stream.send(sent.slice())
      await stream.closeWrite()
    })
    const target = multiaddr(network.addresses()[0]!)
    expect(await node.services.ping.ping(target)).toBeGreaterThanOrEqual(0)
    const stream = await node.dialProtocol(target, protocol)
    const back = readAll(stream)
    await writeAll(stream, sent)
    expect((await there.promise).equals(sent)).toBe(true)
    expect((await back).equals(sent)).toBe(true)
    const known = await node.peerStore.get(node.getConnections()[0]!.remotePeer)
    expect(known.protocols).toContain(protocol)
    expect(node.getConnections()[0]!.encryption).toBe(encrypter === 'tls' ? '/tls/1.0.0' : '/noise')
  })
})
