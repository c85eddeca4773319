import type { KeyValue } from '../../access/index.ts'
import type { World } from '../../base/index.ts'
import type { Network } from '../../network/index.ts'
import type { GossipConfig } from './config.ts'
import type { TopicSource } from './topics.ts'

/**
 * How a peer stands to the user of this machine: `refused` is told nothing and asked nothing (blocked, or a key that acts for
 * nobody); `member` meets us in a private swarm; `fellow` is a contact, a member of a circle of ours, or a device of our own.
 */
export type Relation = 'refused' | 'stranger' | 'member' | 'fellow'

/** A circle as far as keeping in touch goes. */
export interface Company {
  /** Its topic. */
  readonly topic: string
  /** PeerIds of all devices of its other members. */
  readonly peers: readonly string[]
}

/** What happened, in the past tense. */
export interface GossipEvent {
  readonly type: 'gossip.refused'
  readonly peer: string
  readonly code: string
  readonly message: string
}

/** The part of the network that gossip uses. */
export type GossipNetwork = Pick<
  Network,
  'peerId' | 'open' | 'handle' | 'unhandle' | 'on' | 'connections' | 'knownAddresses' | 'mayMeet'
>

/** What the service needs of the peer that it runs in. */
export interface GossipHost {
  readonly world: World
  /** Absent when the peer is offline. */
  readonly network?: GossipNetwork | undefined
  readonly config: GossipConfig
  readonly state: KeyValue
  readonly sources: readonly TopicSource[]
  relation(peer: string): Relation
  /** PeerIds of all other devices of the user and of contacts. */
  contacts(): Iterable<string>
  circles(): Iterable<Company>
  /** PeerIds of those who are in a circle together with us and that peer. */
  fellows(peer: string): Iterable<string>
  /** Calls back when an answer of those above may have changed. */
  onChanged(listener: () => void): () => void
  emit(event: GossipEvent): void
}
