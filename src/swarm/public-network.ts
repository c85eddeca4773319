import type { Swarm } from './swarm.ts'

/** What a public network needs to know of one content in order to announce it and to find peers. */
export interface PublicContent {
  /** Names of its swarms: SHA-1 of the info dictionary and/or the first 20 bytes of its SHA-256 (BEP 52). */
  readonly names: readonly Uint8Array[]
  /** That of v2, if it is known to have one: peers are told that we know that protocol (BEP 52, "upgrade path"). */
  readonly v2Name: Uint8Array | undefined
  /** BEP 27: only its trackers may be asked; undefined while the metadata is unknown. */
  readonly isPrivate: boolean | undefined
  /** For trackers: payload bytes over all runs, and what is missing; `left` undefined while the metadata is unknown. */
  readonly progress: {
    readonly uploaded: number
    readonly downloaded: number
    readonly left: number | undefined
  }
  /** Whether more peers are wanted: there is something to fetch and it is not paused. */
  readonly wants: boolean
  /** The swarm to join, begun when there is none: a peer came or was reached. Undefined: nobody is served now. */
  swarm(): Swarm | undefined
  /** Web seeds of its link and metadata file, trackers in tiers. */
  readonly webSeeds: readonly string[]
  /** Web seeds that are asked for parts of pieces (BEP 17). */
  readonly httpSeeds: readonly string[]
  readonly trackers: readonly (readonly string[])[]
}

/** A content on a public network; ends with `leave`. */
export interface PublicMembership {
  /** Adds `host:port` addresses that a link or a user named. */
  addPeers(addresses: readonly string[]): void
  /** Looks for peers as soon as whoever is asked allows it. */
  hurry(): void
  /** What `PublicContent` says has changed: metadata came, it completed, it was paused. */
  changed(): void
  /** Trackers, DHT and so on, for people. */
  status(): readonly DiscoveryStatus[]
  leave(): Promise<void>
}

/** How one way of finding peers is doing. */
export interface DiscoveryStatus {
  /** `https://tracker.example/announce`, `dht`, `lan`, `peer exchange`, the URL of a web seed, `/ipfs/CID`. */
  readonly name: string
  readonly kind: 'tracker' | 'dht' | 'lan' | 'pex' | 'web-seed' | 'ipfs'
  readonly state: 'idle' | 'working' | 'ok' | 'failed' | 'off'
  /** Peers that it named so far. */
  readonly peers: number
  readonly message?: string
  /** How many peers have all, have not, and ever completed, as a tracker counts them. Not to be believed. */
  readonly seeds?: number
  readonly leeches?: number
  readonly completed?: number
}

/** A public network as the files service sees it; `bittorrent/` is one. */
export interface PublicNetwork {
  readonly name: string
  /** Announces the content, finds peers and lets them in, until `leave`. */
  join(content: PublicContent): PublicMembership
}
