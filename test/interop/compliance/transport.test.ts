/** What libp2p asks of every transport, asked of ours with our TLS and our muxer. */
import './mocha-words.ts'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Libp2pInit } from 'libp2p'
import { describe } from 'vitest'
import { systemWorld as world } from '../../../src/base/index.ts'
import { networkConfig } from '../../../src/network/config.ts'
import { Egress } from '../../../src/network/egress/index.ts'
import { MemoryLedger, StreamQuota } from '../../../src/network/limits/index.ts'
import { findListenPort } from '../../../src/network/listen-port.ts'
import { RawProtocols } from '../../../src/network/raw-protocols.ts'
import { Admission, nativeTls, tcp, UdxStreams, udx } from '../../../src/network/transports/index.ts'
import { UdpSocket } from '../../../src/network/udp-socket.ts'
import { Muxer, type MuxerOptions, WindowBudget, yamuxProtocol } from '../../../src/network/yamux/index.ts'

const { default: asked } = await import('@libp2p/interface-compliance-tests/transport')

const config = networkConfig.parse({ udx: true })
const { upgradeTimeoutMs, maxHandshakeBytes } = config
const hosts = ['127.0.0.1', '::1']

function muxing(): NonNullable<Libp2pInit['streamMuxers']> {
  const options: MuxerOptions = {
    // The suite opens 2,000 streams one after the other as fast as it can.
    maxStreams: 10_000,
    maxStreamWindow: config.maxStreamWindowBytes,
    highWater: config.sendHighWaterBytes,
    pingIntervalMs: config.pingIntervalMs,
    pingTimeoutMs: config.pingTimeoutMs,
    budget: new WindowBudget(config.maxWindowBytes),
    memory: new MemoryLedger(config.maxBufferedBytes),
    quota: new StreamQuota(config.maxStreams),
    now: () => world.now(),
    after: (delayMs, callback) => {
      const timer = world.after(delayMs, callback)
      return () => timer.cancel()
    },
  }
  return [() => ({ protocol: yamuxProtocol, createStreamMuxer: link => new Muxer(link, options) })]
}

interface Matcher {
  readonly matchers: []
  matches(address: Multiaddr): boolean
  exactMatch(address: Multiaddr): boolean
}

function matching(whole: RegExp): Matcher {
  const match = (address: Multiaddr): boolean => whole.test(address.toString())
  return { matchers: [], matches: match, exactMatch: match }
}

const admission = (): Admission => new Admission({ limits: config, now: () => world.now() })
const common = (): Libp2pInit => ({ connectionEncrypters: [nativeTls()], streamMuxers: muxing() })

describe('TCP', () => {
  const matcher = matching(/^\/ip[46]\/[^/]+\/tcp\/\d+(\/p2p\/\w+)?$/)
  const node = (): Libp2pInit => ({
    ...common(),
    transports: [
      tcp({
        egress: new Egress({ ...config, world }),
        admission: admission(),
        raw: new RawProtocols(),
        world,
        onInbound: () => {},
        upgradeTimeoutMs,
        maxHandshakeBytes,
      }),
    ],
  })
  asked({
    setup: async () => ({
      dialer: node(),
      listener: { ...node(), addresses: { listen: ['/ip4/127.0.0.1/tcp/0', '/ip6/::1/tcp/0'] } },
      dialMultiaddrMatcher: matcher,
      listenMultiaddrMatcher: matcher,
    }),
    teardown: async () => {},
  })
})

describe('UDX', () => {
  const matcher = matching(/^\/ip[46]\/[^/]+\/udp\/\d+\/udx(\/p2p\/\w+)?$/)
  const sockets: UdpSocket[] = []
  const node = async (): Promise<Libp2pInit> => {
    const place = await findListenPort(new Egress({ ...config, world }), hosts, 0)
    const socket = await UdpSocket.open({ ...place, mayReach: () => true })
    sockets.push(socket)
    const streams = new UdxStreams({
      world,
      socket,
      greetings: socket,
      admission: admission(),
      upgradeTimeoutMs,
    })
    return {
      ...common(),
      addresses: { listen: [`/ip4/127.0.0.1/udp/${place.port}/udx`, `/ip6/::1/udp/${place.port}/udx`] },
      transports: [components => udx(components, { streams, maxHandshakeBytes })],
    }
  }
  asked({
    setup: async () => ({
      dialer: { ...(await node()), addresses: { listen: [] } },
      listener: await node(),
      dialMultiaddrMatcher: matcher,
      listenMultiaddrMatcher: matcher,
    }),
    teardown: async () => {
      await Promise.all(sockets.splice(0).map(socket => socket.close()))
    },
  })
})
