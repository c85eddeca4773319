import type { Access, AuditLog, SubjectRule, SwarmGate } from '../../access/index.ts'
import type { TokenBucket, World } from '../../base/index.ts'
import type { IpfsNetwork, Refusals } from '../../ipfs/index.ts'
import type { Network } from '../../network/index.ts'
import type { Store } from '../../store/index.ts'
import type { PublicNetwork, SwarmConfig } from '../../swarm/index.ts'
import type { Person } from './browse/person.ts'
import type { FilesConfig } from './config.ts'

/** What happened to content, in the past tense. */
export type FilesEvent =
  | {
      readonly type: 'content.added'
      readonly infoHash: string
      readonly name: string
      readonly origin: 'share' | 'download'
    }
  | { readonly type: 'content.removed'; readonly infoHash: string }
  | {
      readonly type: 'transfer.progressed'
      readonly infoHash: string
      readonly bytes: number
      readonly totalBytes: number
      readonly downBytesPerSecond: number
      readonly upBytesPerSecond: number
      readonly peers: number
    }
  | { readonly type: 'transfer.completed'; readonly infoHash: string; readonly name: string }
  | { readonly type: 'transfer.paused' | 'transfer.resumed'; readonly infoHash: string }
  /** It has given as much as was wanted, and left the public network. */
  | {
      readonly type: 'transfer.goal-reached'
      readonly infoHash: string
      readonly goal: 'ratio' | 'minutes'
      readonly ratio: number
      readonly seedingMinutes: number
    }
  /** A contact shares something new under a name that is kept up to date; it is fetched. */
  | {
      readonly type: 'wish.updated'
      readonly contact: string
      readonly name: string
      readonly infoHash: string
    }
  /** A file in the watched folder. */
  | { readonly type: 'watch.added'; readonly path: string }
  | { readonly type: 'watch.refused'; readonly path: string; readonly code: string; readonly message: string }
  | { readonly type: 'file.completed' | 'file.changed'; readonly infoHash: string; readonly path: string }
  /** As it says, it has all of the content, or all that it wants of it; told anew when it connects again. */
  | { readonly type: 'peer.completed'; readonly peer: string; readonly infoHash: string }
  | {
      readonly type: 'peer.misbehaved'
      readonly peer: string
      readonly infoHash: string
      readonly what: string
    }
  | {
      readonly type: 'error.occurred'
      readonly code: string
      readonly message: string
      readonly infoHash: string
    }

/** The public IPFS network as this service needs it. */
export type IpfsPort = Pick<IpfsNetwork, 'provide' | 'announce' | 'withdraw' | 'join' | 'session' | 'names'>

/** What the service needs of the peer that it runs in. */
export interface FilesHost {
  readonly world: World
  readonly store: Store
  /** Absent when the peer is offline: then only what is on disk can be asked for and changed. */
  readonly network?: Network | undefined
  /** The public BitTorrent network, when it is on. */
  readonly publicNetwork?: PublicNetwork | undefined
  /** The public IPFS network, when it is on. */
  readonly ipfs?: IpfsPort | undefined
  /** What is neither fetched from there nor announced there. */
  readonly denylists: Refusals
  /** URLs of the tracker that this peer is for others; none when it is not. */
  ownTrackers?(): readonly string[]
  readonly access: Access
  /** A subject as the user writes it (`contact:anna`, `circle:family/member`) in the form that policies keep. Throws what it throws. */
  subjectOf?(text: string): SubjectRule
  /** A subject of a policy in the words of the user: `anna`, `members of family`. */
  nameOf?(subject: SubjectRule): string
  /** A contact by the name that the user gave it; undefined when there is none. */
  personOf?(name: string): Person | undefined
  readonly gate: SwarmGate
  /** PeerIds of those that are connected and are in a circle of ours in which that owner is, too. */
  fellowsOf?(owner: string): Iterable<string>
  /** A peer takes part in a private swarm of content that has that owner. */
  met?(peer: string, owner: string): void
  readonly audit: Pick<AuditLog, 'record'>
  /** As it is now: some of it follows changes at once. */
  readonly config: FilesConfig
  readonly swarmConfig: SwarmConfig
  /** Of the whole machine, shared by all swarms. */
  readonly limits: { readonly upload: TokenBucket; readonly download: TokenBucket }
  emit(event: FilesEvent): void
}
