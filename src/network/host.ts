import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { ComponentLogger, Libp2p, Logger } from '@libp2p/interface'
import { memory } from '@libp2p/memory'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import type { NetworkConfig } from './config.ts'

const ignore = (): void => {}

/** libp2p writes through `debug` unless told otherwise; its log lines cost time even when nobody reads them. */
const silence = (): Logger =>
  Object.assign(ignore, { error: ignore, trace: ignore, enabled: false, newScope: silence })
const silent: ComponentLogger = { forComponent: silence }

export interface HostOptions {
  readonly seed: Uint8Array
  readonly config: NetworkConfig
  readonly listen: readonly string[]
  readonly transports: 'tcp' | 'memory'
}

/** The libp2p node: nothing in it dials, looks up or announces by itself, and nothing calls out to the internet. */
export async function createHost({ seed, config, listen, transports }: HostOptions): Promise<Libp2p> {
  return createLibp2p({
    start: false,
    logger: silent,
    privateKey: await generateKeyPairFromSeed('Ed25519', seed),
    nodeInfo: { name: 'peerage', version: '0.1.0', userAgent: 'peerage/0.1.0' },
    addresses: { listen: [...listen] },
    transports: [transports === 'memory' ? memory() : tcp()],
    connectionEncrypters: [tls(), noise()],
    streamMuxers: [
      yamux({
        maxInboundStreams: config.maxStreamsPerConnection,
        maxOutboundStreams: config.maxStreamsPerConnection,
        streamOptions: {
          maxStreamWindowSize: config.maxStreamWindowBytes,
          // A paused stream may be sent a whole window before the other side stops.
          maxReadBufferLength: config.maxStreamWindowBytes + 1024,
        },
      }),
    ],
    connectionManager: {
      maxConnections: config.maxConnections,
      maxParallelDials: config.maxParallelDials,
      maxDialQueueLength: config.maxQueuedDials,
      maxPeerAddrsToDial: config.maxAddressesPerPeer,
      maxIncomingPendingConnections: config.maxPendingInbound,
      addressDialTimeout: config.dialTimeoutMs,
      inboundUpgradeTimeout: config.upgradeTimeoutMs,
      inboundConnectionThreshold: Number.MAX_SAFE_INTEGER,
      reconnectRetries: 0,
      resolvers: {},
    },
    connectionMonitor: { enabled: false },
    services: { identify: identify({ agentVersion: 'peerage/0.1.0' } as object), ping: ping() },
  })
}
