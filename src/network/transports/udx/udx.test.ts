import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2p } from 'libp2p'
import { afterEach, expect, test } from 'vitest'
import { systemWorld } from '../../../base/index.ts'
import { networkConfig } from '../../config.ts'
import { createNetwork } from '../../create-network.ts'
import type { Endpoint } from '../../datagrams.ts'
import { Egress } from '../../egress/index.ts'
import { findListenPort } from '../../listen-port.ts'
import type { Network } from '../../network.ts'
import { UdpSocket } from '../../udp-socket.ts'
import { Admission } from '../admission.ts'
import { nativeTls } from '../native-tls.ts'
import { type Udx, udx } from './udx.ts'
import { UdxStreams } from './udx-streams.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map(stop => stop()))
})

async function peer(config: object = {}): Promise<Network> {
  const seed = systemWorld.random.bytes(32)
  const network = await createNetwork({
    identity: { seed },
    world: systemWorld,
    config: { hosts: ['127.0.0.1', '::1'], mdns: false, ...config },
  })
  stops.push(() => network.stop())
  return network
}

const udxAddresses = (network: Network): string[] =>
  network.addresses().filter(address => address.includes('/udx'))

test.each(['ip4', 'ip6'])('a stream over UDX and %s', async family => {
  const [a, b] = [await peer(), await peer()]
  const [address] = udxAddresses(b).filter(each => each.startsWith(`/${family}/`))
  const { promise, resolve } = Promise.withResolvers<string>()
  b.handle('/test/1', stream => {
    let text = ''
    stream.onData(bytes => (text += Buffer.from(bytes).toString()))
    stream.onEnd(() => {
      resolve(text)
      void stream.close()
    })
  })
  const stream = await a.open([address!], '/test/1')
  stream.send(Buffer.from('hello over udp'))
  await stream.close()
  expect(await promise).toBe('hello over udp')
  expect(a.connections()).toMatchObject([{ peer: b.peerId, path: 'loopback', direction: 'outbound' }])
})

test('a peer that goes away is missed at once', async () => {
  const [a, b] = [await peer(), await peer()]
  b.handle('/test/1', () => {})
  await a.open([udxAddresses(b)[0]!], '/test/1')
  const gone = new Promise(resolve => a.on('peer-disconnected', resolve))
  await b.stop()
  expect(await gone).toEqual({ peer: b.peerId })
})

test('no UDX where it is turned off', async () => {
  const [a, b] = [await peer(), await peer({ udx: false })]
  expect(udxAddresses(b)).toEqual([])
  const [address] = udxAddresses(a)
  await expect(b.open([address!], '/test/1')).rejects.toMatchObject({ code: 'network.unreachable' })
})

interface Node {
  readonly libp2p: Libp2p
  readonly udx: Udx
  readonly endpoint: Endpoint
}

/** A node that nobody can dial. */
async function unreachable(): Promise<Node> {
  const world = systemWorld
  const config = networkConfig.parse({})
  const { upgradeTimeoutMs, maxHandshakeBytes } = config
  const place = await findListenPort(new Egress({ ...config, world }), ['127.0.0.1'], 0)
  const socket = await UdpSocket.open({ ...place, mayReach: () => true })
  const admission = new Admission({ limits: config, now: () => world.now() })
  const streams = new UdxStreams({ world, socket, greetings: socket, admission, upgradeTimeoutMs })
  let transport: Udx | undefined
  const libp2p = await createLibp2p({
    transports: [
      components => {
        transport = udx(components, { streams, maxHandshakeBytes })
        return transport
      },
    ],
    connectionEncrypters: [nativeTls()],
    streamMuxers: [yamux()],
  })
  stops.push(async () => {
    await libp2p.stop()
    streams.stop()
    await socket.close()
  })
  return { libp2p, udx: transport!, endpoint: { address: '127.0.0.1', port: place.port } }
}

const halfWay = { token: Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1), paceMs: [100, 200, 400, 800] }

test('two that meet half way have one connection, each with the other', async () => {
  const [a, b] = [await unreachable(), await unreachable()]
  const { signal } = new AbortController()
  const meet = (one: Node, other: Node, asks: boolean): Promise<string> =>
    one.udx.meet({
      ...halfWay,
      endpoints: [other.endpoint],
      peer: other.libp2p.peerId.toString(),
      asks,
      signal,
    })
  const [address] = await Promise.all([meet(a, b, true), meet(b, a, false)])
  expect(address).toBe(`/ip4/127.0.0.1/udp/${b.endpoint.port}/udx/p2p/${b.libp2p.peerId}`)
  const connections = [a, b].map(({ libp2p }) =>
    libp2p.getConnections().map(({ remotePeer, direction }) => `${direction} ${remotePeer}`),
  )
  expect(connections).toEqual([[`outbound ${b.libp2p.peerId}`], [`inbound ${a.libp2p.peerId}`]])
})

test('whoever else comes to the meeting is sent away', async () => {
  const [a, b, c] = [await unreachable(), await unreachable(), await unreachable()]
  const { signal } = new AbortController()
  const expected = c.libp2p.peerId.toString()
  const meetings = await Promise.allSettled([
    a.udx.meet({ ...halfWay, endpoints: [b.endpoint], peer: expected, asks: true, signal }),
    b.udx.meet({ ...halfWay, endpoints: [a.endpoint], peer: expected, asks: false, signal }),
  ])
  expect(meetings.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect([a, b].flatMap(({ libp2p }) => libp2p.getConnections())).toEqual([])
})
