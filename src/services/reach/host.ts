import type { Access, Bans } from '../../access/index.ts'
import type { World } from '../../base/index.ts'
import type { KademliaStatus, Network, Path, RelayConfig } from '../../network/index.ts'
import type { ReachConfig } from './config.ts'

/** A peer or an address that one swarm banned by itself. */
export interface Liar {
  readonly name: string
  readonly content: string
}

/** How the list of addresses is doing, see `bittorrent.ipFilter`. */
export interface FilterState {
  readonly path: string
  readonly ranges: number
  readonly lines: number
  readonly junk: number
  readonly junkLines: readonly number[]
  readonly loadedAt?: number
  readonly problem?: string
}

/** Somebody with whom a content is exchanged; rates in bytes per second. */
export interface Exchange {
  readonly peer: string
  readonly contact?: string
  readonly network: 'private' | 'bittorrent' | 'ipfs' | 'http'
  readonly path: Path
  readonly punched?: true
  readonly address?: string
  /** Hostile text. */
  readonly client?: string
  readonly rttMs?: number
  readonly downBytesPerSecond: number
  readonly upBytesPerSecond: number
}

/** How this peer's part in the network of IPFS is doing. */
export interface IpfsFacts {
  /** Peers of its DHT that are known. */
  readonly nodes: number
  /** Roots that are to be announced, and those that are. */
  readonly roots: number
  readonly announced: number
}

/** What the service needs of the peer that it runs in. */
export interface ReachHost {
  readonly world: World
  readonly config: ReachConfig
  readonly access: Access
  readonly bans: Bans
  readonly filter: {
    blocks(ip: string): boolean
    status(): FilterState
    reload(): Promise<FilterState>
  }
  /** Absent when the peer is offline. */
  readonly network?: Network | undefined
  /** A value of the configuration as it holds now. */
  value(key: string): unknown
  /** What somebody means who gives a value back as it was shown, without its password. */
  meant(key: string, given: string): unknown
  /** Changes one. Throws `config.invalid`. */
  change(key: string, value: unknown): Promise<{ readonly needsRestart: boolean }>
  /** With whom contents are exchanged now, once for each content. */
  exchanging(): readonly Exchange[]
  /** The PeerId of the contact with that name; undefined when there is none. */
  peerNamed(name: string): string | undefined
  /** Whom this peer may relay for, as it is configured now. */
  relayFor(): RelayConfig['relayFor']
  /** How a peer stands to the user: a contact or a device of the user's, or somebody of the same circle; undefined for all others. */
  standingOf(peer: string): 'contact' | 'fellow' | undefined
  /** The PeerIds of a contact: one for each of its devices; or the one that is named itself. Throws `contact.unknown`. */
  peersNamed(name: string): readonly string[]
  /** Nodes of the Mainline DHT that are known; undefined while it is not used. */
  dhtNodes(): number | undefined
  /** How this peer's part in the network of IPFS is doing; undefined while that is not used, and where its DHT is off. */
  ipfs(): IpfsFacts | undefined
  /** How the Kademlia node of this peer is doing; undefined while there is none. */
  kademlia(): KademliaStatus | undefined
  /** What the user calls the person that a peer belongs to. */
  nameOf(peer: string): string | undefined
  /** Whom swarms banned for lying in this run. */
  liars(): readonly Liar[]
  /** Lifts such bans; false when there was none. */
  pardon(name: string): boolean
}
