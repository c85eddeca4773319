import type { Path } from '../../network/index.ts'
import type { Audience } from './audience.ts'
import type { Goal } from './goals.ts'

/**
 * What a transfer does now. `finding`: looks for peers and metadata; `checking`: looks at what is on disk already;
 * `fetching`; `complete`: everything wanted is verified on disk, offered to others; `queued`: others go first, see `queue`;
 * `paused`: by the user, or because it has given enough, see `goal`; `failed`: see `error`.
 */
export type TransferState = 'finding' | 'checking' | 'fetching' | 'complete' | 'queued' | 'paused' | 'failed'

/** Where a transfer stands in the queue, 0 first, and why it waits there. */
export interface QueuePlace {
  readonly position: number
  readonly reason: string
}

export interface Problem {
  readonly code: string
  readonly message: string
  readonly remedy: string
}

/** One peer of one swarm. */
export interface PeerRow {
  readonly infoHash: string
  /** Its name. */
  readonly content: string
  /** By which it takes part: those who may have it, public networks, or a web server. */
  readonly network: 'private' | 'bittorrent' | 'ipfs' | 'http'
  readonly peer: string
  /** What the user calls the person that it belongs to; absent when it is no contact. */
  readonly contact?: string
  readonly path: Path
  /** Both are behind routers, and got through to each other. */
  readonly punched?: true
  /** A multiaddr; of a peer of the public network `ip:port`. */
  readonly address?: string
  /** Name and version of its program, as it says: hostile text. */
  readonly client?: string
  readonly rttMs?: number
  /** By TLS or Noise in private swarms, by RC4 in public ones; the latter hides what it is from machines and no more. */
  readonly encrypted: boolean
  readonly downBytesPerSecond: number
  readonly upBytesPerSecond: number
  readonly downBytes: number
  readonly upBytes: number
  /** Share of the content that it has, 0..1. */
  readonly progress: number
}

/** One transfer at one moment. Names come from the network: hostile text. */
export interface TransferSnapshot {
  readonly infoHash: string
  readonly name: string
  readonly origin: 'share' | 'download'
  readonly state: TransferState
  /** Where it is or will be; absent until the metadata is known. */
  readonly path?: string
  /** Verified bytes of what is wanted. */
  readonly bytes: number
  /** Bytes of what is wanted; 0 until the metadata is known. */
  readonly totalBytes: number
  readonly files: number
  readonly downBytesPerSecond: number
  readonly upBytesPerSecond: number
  /** Payload since it was last begun. */
  readonly downBytes: number
  readonly upBytes: number
  /** Payload over all runs. */
  readonly downBytesEver: number
  readonly upBytesEver: number
  readonly peers: readonly {
    readonly peer: string
    readonly path: Path
    readonly downBytesPerSecond: number
  }[]
  /** Peers that have all of it and that have not, and how often it was completed, as its trackers count them. */
  readonly seeds?: number
  readonly leeches?: number
  readonly completed?: number
  /** Seconds until complete at the present rate. */
  readonly etaSeconds?: number
  /** Nobody who was asked gives it to this peer, or goes on to. Why, and whether there is anything, they do not say. */
  readonly refused?: true
  /** While it is `queued`. */
  readonly queue?: QueuePlace
  /** The seeding goal that it has reached: the public network is served no more. */
  readonly goal?: Goal
  /** Bytes sent to size, over all runs. */
  readonly ratio: number
  /** Milliseconds for which the public network was served with all of it, over all runs. */
  readonly seedingMs: number
  /** The public networks that it is on, with commas between them; empty: only people of this network may have it. */
  readonly networks: string
  /** A newer version of the same files is shared; this one goes when nobody fetches it any more. */
  readonly replaced?: true
  readonly error?: Problem
  readonly addedAt: number
  readonly completedAt?: number
}

/** One line of the list of all. */
export interface TransferRow extends TransferSnapshot {
  /** Whom it is for, in words; absent while nobody knows its info hash. */
  readonly audience?: readonly Audience[]
}

/** One file of a content. */
export interface FileRow {
  readonly index: number
  readonly path: string
  readonly size: number
  readonly bytes: number
  readonly priority: 'skip' | 'low' | 'normal' | 'high'
}
