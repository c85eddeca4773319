import { fromBase58 } from '../../base/index.ts'
import { type Place, placeOf } from './place.ts'

/** A peer of the network, as one hears of it. */
export interface Contact {
  /** PeerId. */
  readonly peer: string
  readonly place: Place
  /** Multiaddrs without /p2p/. Hearsay. */
  readonly addresses: readonly string[]
}

/** The bytes of a PeerId: what stands for a peer in messages, and what its place is the hash of. */
export function peerBytes(peer: string): Uint8Array {
  return fromBase58(peer)
}

export function contactOf(peer: string, addresses: readonly string[]): Contact {
  return { peer, place: placeOf(peerBytes(peer)), addresses }
}
