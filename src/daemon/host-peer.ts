import type { RunningService, World } from '../base/index.ts'
import type { AccessCheck, Config, EventStream } from '../peer/index.ts'
import type { GatewayListener } from '../services/gateway/index.ts'
import type { Log } from './log.ts'

export interface PeerConnection {
  readonly peer: string
  readonly address: string
  readonly path: string
  readonly direction?: string
  readonly rttMs?: number | undefined
}

/** What the daemon needs of a running peer. */
export interface HostedPeer {
  readonly peerId: string
  readonly services: readonly RunningService[]
  readonly events: EventStream
  /** Full multiaddrs, loopback last. Empty when offline. */
  addresses(): readonly string[]
  connections(): readonly PeerConnection[]
  /** Who may use which service; without it, the owner and nobody else. */
  readonly check?: AccessCheck
  /** Lets the gateway listen, if there is one. Throws `network.port-in-use`, `config.invalid`. */
  attachGateway?(listener: GatewayListener): Promise<void>
  stop(): Promise<void>
}

export interface HostedPeerOptions {
  readonly home: string
  readonly config: Config
  readonly world: World
  /** Without any network: only what is in the store. */
  readonly offline: boolean
  readonly log: Log
  /** Of the identity key, when a person was asked for it. */
  readonly passphrase?: string
}

export type PeerFactory = (options: HostedPeerOptions) => Promise<HostedPeer>
