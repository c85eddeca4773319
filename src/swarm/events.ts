import type { PeerageError } from '../base/index.ts'
import type { CompactPeer, HolepunchError, PexPeer } from '../wire/index.ts'

/** What a peer did wrong, proven: it is never blamed on suspicion. */
export type Offence = 'bad-block' | 'bad-metadata' | 'bad-hashes' | 'protocol' | 'flood'

/** Facts about one swarm, in the past tense and in order. Removing every listener changes nothing. */
export type SwarmEvent =
  | { readonly type: 'peer-joined'; readonly peer: string }
  | {
      readonly type: 'peer-left'
      readonly peer: string
      readonly reason: string
      /** Bytes of blocks that it was sent. */
      readonly uploaded: number
      /** It asked for nothing: it has everything, or all that it wants (BEP 21). */
      readonly seed: boolean
    }
  /**
   * It has everything, or all that it wants (BEP 21), as it says; told once for each connection. Not of peers of public networks: they
   * are many, and nobody knows who they are.
   */
  | { readonly type: 'peer-completed'; readonly peer: string }
  | {
      readonly type: 'peer-misbehaved'
      readonly peer: string
      readonly offence: Offence
      readonly message: string
      /** It may not join again. */
      readonly banned: boolean
    }
  /** It got all that it may (`UploadAllowance`); nothing more is sent to it. */
  | { readonly type: 'allowance-exhausted'; readonly peer: string }
  /** The info dictionary arrived and its hash is right; parse it, make room for it and call `attach`. */
  | { readonly type: 'metadata-received'; readonly info: Uint8Array }
  | { readonly type: 'piece-verified'; readonly piece: number }
  | { readonly type: 'file-completed'; readonly file: number }
  /** All that is wanted is verified. May come again after priorities changed. */
  | { readonly type: 'completed' }
  /** Hearsay: addresses of other members, as a peer told them. */
  | {
      readonly type: 'peers-learned'
      readonly from: string
      readonly added: readonly string[]
      readonly dropped: readonly string[]
    }
  /** Hearsay of a public peer (BEP 11): where others of the swarm may be reached. */
  | {
      readonly type: 'endpoints-learned'
      readonly from: string
      readonly added: readonly PexPeer[]
    }
  /** Hearsay of a public peer (`yourip`, BEP 10): under which IP address it sees us. */
  | { readonly type: 'address-seen'; readonly from: string; readonly address: string }
  /** Another member introduces us (BEP 55): a uTP connection to that peer will get through now. */
  | { readonly type: 'holepunch-connect'; readonly from: string; readonly endpoint: CompactPeer }
  /** What `rendezvous` asked for cannot be had. */
  | {
      readonly type: 'holepunch-failed'
      readonly endpoint: CompactPeer
      readonly error: HolepunchError | undefined
    }
  /** A public peer told the UDP port of its DHT node (BEP 5). */
  | { readonly type: 'dht-port'; readonly endpoint: { readonly address: string; readonly port: number } }
  /** The store failed (disk full, source changed, ...); downloading stopped until `resume`, uploading of that piece too. */
  | { readonly type: 'failed'; readonly error: PeerageError }

export type SwarmListener = (event: SwarmEvent) => void
