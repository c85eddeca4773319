import type { Heard } from './hearsay.ts'

/** How a peer's addresses became known. */
export type DiscoverySource = 'mdns' | 'contacts' | 'rendezvous' | 'kademlia' | 'mainline' | 'overlay'

/** Somebody who announced under a topic. */
export interface Found extends Heard {
  /** PeerId. */
  readonly peer: string
}

/**
 * One way of finding peers (docs/decisions/014-reach.md). Each works alone; the network asks all that there are at once. What they
 * yield is hearsay, and `Discoveries` drops what its teller may not say. They end when they know no more, or with the signal; errors are
 * theirs to swallow.
 */
export interface Discovery {
  readonly name: DiscoverySource
  /** Addresses of one peer in batches as they become known. */
  findPeer?(peer: string, signal: AbortSignal): AsyncIterable<Heard>
  /** Who announced under a topic of 32 bytes. */
  findTopic?(topic: Uint8Array, signal: AbortSignal): AsyncIterable<Found>
  /** Announces this peer under a topic of 32 bytes, and again whenever that is due, until the signal. */
  announce?(topic: Uint8Array, signal: AbortSignal): Promise<void>
}
