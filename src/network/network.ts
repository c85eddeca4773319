import type { Socket } from 'node:net'
import type { World } from '../base/index.ts'
import type { Blocklist } from './blocklist.ts'
import type { NetworkConfig } from './config.ts'
import type { Datagrams, Endpoint } from './datagrams.ts'
import type { DialOutcome } from './dial-log.ts'
import type { Discovery, DiscoverySource, Found, FoundAddresses } from './discovery/index.ts'
import type { DnsTexts, Egress, EgressState } from './egress/index.ts'
import type { GatewayReport } from './gateway/index.ts'
import type { NetworkStats } from './network-stats.ts'
import type { NetworkChange } from './network-watch.ts'
import type { Path } from './path.ts'
import type { PeerStream } from './peer-stream.ts'
import type { PrivateNetworkState } from './private-network/index.ts'
import type { PunchReport } from './punch/index.ts'
import type { RawProtocol } from './raw-protocol.ts'
import type { Reachability } from './reachability.ts'
import type { RelayConfig, RelayControl } from './relay/index.ts'
import type { UdpState } from './udp-watch.ts'

export interface ConnectionInfo {
  /** PeerId of the other side. */
  readonly peer: string
  /** Its multiaddr as seen from here. */
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  readonly path: Path
  /** PeerId of the relay through which it goes. */
  readonly via?: string
  /** It says that it is Peerage; all others are of IPFS, or do not say. */
  readonly isPeerage?: true
  /** Latest round trip in milliseconds; absent until measured. */
  readonly rttMs?: number
  /** World.wallTime() when it opened. */
  readonly openedAt: number
}

/** What happened, in the past tense. */
export interface NetworkEvents {
  /** Hints only: nobody has proven to be that peer yet. */
  'peer-discovered': {
    readonly peer: string
    readonly addresses: readonly string[]
    readonly how: DiscoverySource
  }
  /** The first connection to `peer` opened; the peer has proven its identity. */
  'peer-connected': { readonly peer: string; readonly address: string; readonly path: Path }
  /** What a connected peer says that it speaks; again when that changes. */
  'peer-identified': { readonly peer: string; readonly protocols: readonly string[] }
  /** A connection to `peer` closed, of which there may be others; see `PeerStream.connection`. */
  'connection-closed': { readonly peer: string; readonly connection: string }
  /** The last connection to `peer` closed. */
  'peer-disconnected': { readonly peer: string }
  /** Others may not be talked to now: their connections are closed. */
  'blocklist-changed': Record<never, never>
  /** The interface or proxy that everything leaves through came, went or moved. */
  'egress-changed': { readonly state: EgressState }
  /** UDP sockets had died and are open again, or could not be opened; it is tried again. */
  'udp-changed': { readonly state: UdpState }
  'addresses-changed': { readonly addresses: readonly string[] }
  /** This machine is on another network, or was asleep: what was found out before need not hold, connections are tested. */
  'network-changed': { readonly change: NetworkChange }
  /** There is a better way to a connected peer than before: whoever has a long stream over the old one may move it. */
  'path-changed': {
    readonly peer: string
    readonly address: string
    readonly path: Path
    /** See `PeerStream.connection`. */
    readonly connection: string
  }
}

export type StreamHandler = (stream: PeerStream) => void | Promise<void>

export interface OpenOptions {
  readonly signal?: AbortSignal
  /** Ask others where the peer is when nobody answers at the addresses that were given, as is done for one that is named by its id. */
  readonly seek?: boolean
}

export interface Network {
  /** PeerId of this peer. */
  readonly peerId: string
  /** Where this peer can be dialled: full multiaddrs with /p2p/; from anywhere, through relays, on local networks, and loopback last. */
  addresses(): string[]
  /** A signed record of them for somebody who is reached by that way: without those that mean nothing there. */
  peerRecord(to: Path): Uint8Array
  /** Calls `handler` for each inbound stream of `protocol`; what it throws aborts that stream only. */
  handle(protocol: string, handler: StreamHandler): void
  unhandle(protocol: string): void
  /**
   * Opens a stream to a PeerId (an open connection is reused, else known addresses are dialled) or to the multiaddrs of ONE
   * peer. Rejects with `network.unreachable`, `network.limit` or `peer.protocol`, or with `signal.reason`.
   */
  open(target: string | readonly string[], protocol: string, options?: OpenOptions): Promise<PeerStream>
  connections(): ConnectionInfo[]
  /** What the latest try for a direct way to a peer that was connected through a relay came to. */
  punched(peer: string): PunchReport | undefined
  /** What is held, beside what may be held at most, and what was refused. */
  stats(): NetworkStats
  /** Keeps the connections of a peer (a relay in use, say) when others have to go, until the returned function is called. */
  protect(peer: string): () => void
  /** The private network that this peer is in; undefined: it talks to everyone. */
  readonly privateNetwork: PrivateNetworkState | undefined
  /** What is known of how others reach this peer. */
  readonly reachability: Reachability
  /** Being reached through others, and letting others be reached through this peer. */
  readonly relay: RelayControl
  /** TCP port on which this peer listens; undefined in memory and when it only dials. */
  readonly port: number | undefined
  /** The TCP port under which the internet reaches this peer: that of the router where it has opened one, else our own. */
  readonly externalPort: number | undefined
  /** How the router of this network does that is asked to open the port; undefined when this peer does not listen. */
  readonly gateway: GatewayReport | undefined
  /** How the UDP sockets do; undefined where there is none of this machine's own, and while nothing is wrong with it. */
  readonly udp: UdpState | undefined
  /** The UDP socket on the same port number; undefined in memory and when this peer only dials. */
  readonly datagrams: Datagrams | undefined
  /** Adds a protocol beside libp2p on the TCP port (in a private network only one that is hidden); returns what removes it. Those added first are asked first, those that take the rest last. */
  claim(protocol: RawProtocol): () => void
  /**
   * A TCP connection of its own, for such a protocol; nothing has been read from it. Rejects with `network.unreachable` or
   * `signal.reason`.
   */
  dialTcp(endpoint: Endpoint, signal: AbortSignal): Promise<Socket>
  /** The one way out: connections of other kinds, addresses of names, multicast. */
  readonly egress: Egress
  /** Whether this peer may talk to that IP address: config (`lanOnly`), bans and address lists say so. */
  mayReach(ip: string): boolean
  /** Texts under a DNS name. Rejects with `network.unreachable` where nobody can be asked, or with the resolver's error. */
  texts(host: string): Promise<DnsTexts>
  /**
   * What multiaddrs lead to: in place of those that begin with a name (`/dnsaddr`, `/dns4`, ...) what stands under it, unless a proxy looks it up. What
   * cannot be looked up is left out. Rejects with `signal.reason`.
   */
  lookUp(addresses: readonly string[], signal: AbortSignal): Promise<string[]>
  /** Whether this peer may talk to that one (its PeerId). */
  mayMeet(peer: string): boolean
  /** Whether an IP address is on a network that this machine is attached to. */
  isLocal(ip: string): boolean
  /** Adds addresses to dial for `peer`, best first; malformed ones are ignored. */
  rememberAddresses(peer: string, addresses: readonly string[]): void
  knownAddresses(peer: string): string[]
  /** How the latest dials of a peer ended, the last one first. */
  dials(peer: string): DialOutcome[]
  /** Adds a way of finding peers, asked whenever what is known of one does not lead to it; returns what removes it. */
  addDiscovery(discovery: Discovery): () => void
  /** Which ways of finding a peer are asked where it is. */
  readonly finders: readonly DiscoverySource[]
  /** What every discovery says of where a peer is, as it comes. Hearsay; it is remembered. Throws `signal.reason` only. */
  findPeer(peer: string, signal: AbortSignal): AsyncIterable<FoundAddresses>
  /** Who announced under a topic of 32 bytes, from every discovery as it comes. Hearsay. Throws `signal.reason` only. */
  findTopic(topic: Uint8Array, signal: AbortSignal): AsyncIterable<Found & { readonly how: DiscoverySource }>
  /** Announces this peer under a topic of 32 bytes in every discovery that can, until the returned function is called. Throws `network.limit`. */
  announceTopic(topic: Uint8Array): () => void
  /** Peers that were heard of on the local networks, the latest first. Hearsay: nobody has proven to be one of them. */
  discovered(): string[]
  /** Asks the local networks at once who is there; what is heard comes as `peer-discovered`. At most once a second. */
  lookAround(): void
  /** Subscribes; returns what unsubscribes. */
  on<Name extends keyof NetworkEvents>(name: Name, listener: (event: NetworkEvents[Name]) => void): () => void
  /** Closes all streams, connections and sockets. */
  stop(): Promise<void>
}

export interface NetworkOptions {
  /** 32-byte Ed25519 seed. */
  readonly identity: { readonly seed: Uint8Array }
  readonly config?: Partial<NetworkConfig>
  readonly relay?: Partial<RelayConfig>
  /** 32 bytes: this peer connects to those only who have them too. */
  readonly privateKey?: Uint8Array
  readonly world: World
  /** A server of DNS over HTTPS, asked for texts under names when no name server can be, and how long it has; none when left out or without a URL. */
  readonly dnsOverHttps?: { readonly url: string; readonly timeoutMs: number }
  /** Nobody when left out. */
  readonly blocklist?: Blocklist
  /** Contacts and fellows, whose connections are kept when others have to go. Nobody when left out. */
  isKnown?(peer: string): boolean
  /** `memory`: no sockets at all, peers of the same process reach each other under /memory/... (for tests). */
  readonly transports?: 'tcp' | 'memory'
}
