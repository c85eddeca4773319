import type { World } from '../../base/index.ts'
import type { Network } from '../../network/index.ts'
import type { Audience } from './audience.ts'
import type { DiscoveryConfig } from './config.ts'

/** The part of the network that discovery uses. */
export type DiscoveryNetwork = Pick<
  Network,
  | 'peerId'
  | 'open'
  | 'handle'
  | 'unhandle'
  | 'on'
  | 'connections'
  | 'addDiscovery'
  | 'findPeer'
  | 'peerRecord'
  | 'mayMeet'
  | 'mayReach'
  | 'discovered'
  | 'knownAddresses'
>

/** What the service needs of the peer that it runs in. */
export interface DiscoveryHost {
  readonly world: World
  /** Absent when the peer is offline. */
  readonly network?: DiscoveryNetwork | undefined
  /** As it is now. */
  readonly config: DiscoveryConfig
  /** Whether a peer belongs to an audience: `contacts` are contacts and own devices, `circle` are fellows of circles besides. */
  isFor(audience: Audience, peer: string): boolean
  /** Keeps for whom this peer is a rendezvous, and calls `review` of the service. */
  keepRendezvous(audience: Audience): Promise<void>
  /** The PeerIds of the devices of a contact, or the one that a text is. Throws `contact.unknown`. */
  peersOf(text: string): readonly string[]
}
