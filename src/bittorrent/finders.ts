import type { Endpoint } from '../network/index.ts'
import type { DiscoveryStatus, PublicContent, Swarm } from '../swarm/index.ts'
import type { KnownPeers, PeerHints, PeerSource } from './known-peers.ts'

/** Our part in the swarms of one content, as much as looking for peers needs of it. */
export interface Seeker {
  readonly content: PublicContent
  readonly known: KnownPeers
  /** Peers of this content that are connected. */
  readonly connected: number
  found(endpoints: readonly Endpoint[], source: PeerSource, hints?: PeerHints): void
}

/** What announces one content to its trackers. */
export interface TrackerAnnouncer {
  setTiers(tiers: readonly (readonly string[])[]): void
  completed(): void
  hurry(): void
  status(): readonly DiscoveryStatus[]
  stop(): Promise<void>
}

/** A web server that is a peer of one swarm. */
export interface WebSource {
  start(): void
  stop(): void
  status(): DiscoveryStatus
}

/** What a web server is asked for: parts of files (BEP 19), or of pieces (BEP 17). */
export type WebSeedAsks = 'files' | 'pieces'

/** What looks for peers, as much as one content needs of it. Absent parts are off. */
export interface Finders {
  /** Looks up and announces in the DHT; the signal ends it. */
  searchDht(swarm: Seeker, signal: AbortSignal): Promise<void>
  /** Undefined while the DHT is off. */
  dhtNodes(): number | undefined
  announce?(swarm: Seeker): TrackerAnnouncer
  /** The set of contents to announce on local networks has changed. */
  lanChanged?(): void
  webSeed?(url: string, swarm: Swarm, asks: WebSeedAsks): WebSource
}
