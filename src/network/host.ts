import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { type IdentifyPush, identifyPush } from '@libp2p/identify'
import type {
  ComponentLogger,
  Connection,
  Libp2p,
  Logger,
  StreamMuxerFactory,
  Upgrader,
} from '@libp2p/interface'
import { memory } from '@libp2p/memory'
import { noise } from '@libp2p/noise'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { ping } from '@libp2p/ping'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { identityFromSeed } from '../access/index.ts'
import { concat, type World } from '../base/index.ts'
import type { Blocklist } from './blocklist.ts'
import type { NetworkConfig } from './config.ts'
import type { Egress } from './egress/index.ts'
import { MemoryLedger, StreamQuota } from './limits/index.ts'
import type { OwnAddresses } from './own-addresses.ts'
import type { PrivateNetwork } from './private-network/index.ts'
import type { RawProtocols } from './raw-protocols.ts'
import type { Reachability } from './reachability.ts'
import { readableIdentify } from './readable-identify.ts'
import { circuit } from './relay/index.ts'
import {
  Admission,
  nativeTls,
  TcpListener,
  tcp,
  type Udx,
  type UdxComponents,
  UdxStreams,
  udx,
} from './transports/index.ts'
import type { UdpSocket } from './udp-socket.ts'
import { Muxer, type MuxerOptions, WindowBudget, yamuxProtocol } from './yamux/index.ts'

const ignore = (): void => {}

/** libp2p writes through `debug` unless told otherwise; its log lines cost time even when nobody reads them. */
const silence = (): Logger =>
  Object.assign(() => {}, { error: ignore, trace: ignore, enabled: false, newScope: silence })
const silent: ComponentLogger = { forComponent: silence }

export interface HostOptions {
  readonly seed: Uint8Array
  readonly config: NetworkConfig
  readonly world: World
  readonly listen: readonly string[]
  readonly transports: 'tcp' | 'memory'
  readonly raw: RawProtocols
  readonly egress: Egress
  /** Which addresses are on a network of this machine. */
  near(ip: string): boolean
  readonly blocklist: Blocklist
  readonly reachability: Reachability
  readonly own: OwnAddresses
  readonly datagrams: UdpSocket | undefined
  readonly privateNetwork: PrivateNetwork | undefined
}

export interface Host {
  readonly node: Libp2p<{ push: IdentifyPush }>
  /** Dials exactly one address, without a queue. */
  dial(address: string, signal: AbortSignal): Promise<Connection>
  readonly limits: HostLimits
  /** Secures connections that others made, see `relay/`. */
  readonly upgrader: Upgrader
  /** Opens listening sockets again that have died. */
  listenAgain(): void
  /** Undefined where there is no UDX. */
  readonly udx: Udx | undefined
}

/** What counts for the whole node. */
export interface HostLimits {
  readonly admission: Admission
  readonly windows: WindowBudget
  readonly memory: MemoryLedger
  readonly quota: StreamQuota
}

function limitsOf({ config, world, near, blocklist }: HostOptions): HostLimits {
  return {
    admission: new Admission({
      limits: config,
      now: () => world.now(),
      near,
      blocks: ip => blocklist.blocksIp(ip),
    }),
    windows: new WindowBudget(config.maxWindowBytes),
    memory: new MemoryLedger(config.maxBufferedBytes),
    quota: new StreamQuota(config.maxStreams),
  }
}

function muxing(config: NetworkConfig, world: World, limits: HostLimits): () => StreamMuxerFactory {
  const options: MuxerOptions = {
    maxStreams: config.maxStreamsPerConnection,
    maxStreamWindow: config.maxStreamWindowBytes,
    highWater: config.sendHighWaterBytes,
    pingIntervalMs: config.pingIntervalMs,
    pingTimeoutMs: config.pingTimeoutMs,
    budget: limits.windows,
    memory: limits.memory,
    quota: limits.quota,
    now: () => world.now(),
    after: (delayMs, callback) => {
      const timer = world.after(delayMs, callback)
      return () => timer.cancel()
    },
  }
  return () => ({
    protocol: yamuxProtocol,
    createStreamMuxer: connection => new Muxer(connection, options),
  })
}

/** UDX as a transport, if there is to be one; `made` gets it. */
function udxOf(
  { world, config, datagrams, privateNetwork }: HostOptions,
  { admission }: HostLimits,
  made: (transport: Udx) => void,
): ((components: UdxComponents) => Udx)[] {
  if (datagrams === undefined || !config.udx) return []
  const { upgradeTimeoutMs, maxHandshakeBytes } = config
  const streams = new UdxStreams({
    world,
    socket: datagrams,
    greetings: privateNetwork?.sealed(datagrams) ?? datagrams,
    admission,
    upgradeTimeoutMs,
  })
  return [
    components => {
      const transport = udx(components, { streams, maxHandshakeBytes })
      made(transport)
      return transport
    },
  ]
}

/** The libp2p node, not yet started: nothing in it dials, looks up or announces by itself or calls out to the internet. */
export async function createHost(options: HostOptions): Promise<Host> {
  const { seed, config, world, listen, transports, raw, egress, blocklist, reachability, own } = options
  const { privateNetwork } = options
  const limits = limitsOf(options)
  let overUdp: Udx | undefined
  const transport =
    transports === 'memory'
      ? memory()
      : tcp({
          egress,
          admission: limits.admission,
          raw,
          world,
          onInbound: ip => reachability.connectedFrom(ip),
          upgradeTimeoutMs: config.upgradeTimeoutMs,
          maxHandshakeBytes: config.maxHandshakeBytes,
        })
  let dial: Host['dial'] | undefined
  let upgrader: Upgrader | undefined
  let listenAgain = (): void => {}
  let listening = (): string[] => []
  const identity = identityFromSeed(seed)
  // libp2p's own way from a seed to its public key takes 50 ms of JavaScript.
  const privateKey = privateKeyFromRaw(concat([seed, identity.publicKey]))
  const peerId = peerIdFromPrivateKey(privateKey).toString()
  const node = await createLibp2p({
    start: false,
    logger: silent,
    privateKey,
    nodeInfo: { name: 'peerage', version: '0.1.0', userAgent: 'peerage/0.1.0' },
    addresses: {
      listen: [...listen],
      announceFilter: verified => {
        // libp2p leaves out public addresses of our own interfaces until somebody has verified them.
        const more = [...listening(), ...own.list()].map(address => multiaddr(`${address}/p2p/${peerId}`))
        return [...new Map([...verified, ...more].map(address => [address.toString(), address])).values()]
      },
    },
    transports: [
      circuit({
        world,
        answerMs: config.dialTimeoutMs,
        maxStreams: config.maxStreamsPerConnection,
        maxHandshakeBytes: config.maxHandshakeBytes,
      }),
      transport,
      ...udxOf(options, limits, made => (overUdp = made)),
    ],
    // In memory nobody listens in, and a TLS handshake written in JavaScript takes longer than many a test.
    connectionEncrypters: transports === 'memory' ? [noise()] : [nativeTls(), noise()],
    streamMuxers: [muxing(config, world, limits)],
    ...(privateNetwork && { connectionProtector: () => privateNetwork }),
    connectionManager: {
      // Counted in Admission and ConnectionGuard, per address and by use.
      maxConnections: Number.MAX_SAFE_INTEGER,
      maxIncomingPendingConnections: Number.MAX_SAFE_INTEGER,
      inboundUpgradeTimeout: config.upgradeTimeoutMs,
      inboundConnectionThreshold: Number.MAX_SAFE_INTEGER,
      reconnectRetries: 0,
      resolvers: {},
    },
    connectionGater: {
      denyInboundEncryptedConnection: peer => blocklist.blocksPeer(peer.toString()),
      denyOutboundEncryptedConnection: peer => blocklist.blocksPeer(peer.toString()),
    },
    // Our muxer watches its connection itself.
    connectionMonitor: { enabled: false },
    services: {
      identify: readableIdentify(identity, world),
      push: identifyPush(),
      ping: ping(),
      dial: components => {
        const { transportManager } = components
        upgrader = components.upgrader
        dial = (address, signal) =>
          transportManager.dial(multiaddr(address), { signal }).catch((error: unknown) => {
            throw privateNetwork?.explain(error) ?? error
          })
        listening = () => transportManager.getAddrs().map(String)
        listenAgain = () => {
          for (const listener of transportManager.getListeners())
            if (listener instanceof TcpListener) listener.listenAgain()
        }
        return {}
      },
    },
  })
  return { node, dial: dial!, upgrader: upgrader!, limits, listenAgain: () => listenAgain(), udx: overUdp }
}
