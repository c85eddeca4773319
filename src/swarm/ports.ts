import type { Bitfield, TokenBucket, World } from '../base/index.ts'
import type { Content } from '../content/index.ts'
import type { Message } from '../wire/index.ts'

/** Room for a segment in shared memory. Whoever holds it releases it exactly once. */
export interface Lease {
  readonly bytes: Uint8Array
  release(): void
}

/**
 * What the store found: written and believed, or refused with the 32-byte hash of each leaf that was offered. A v1 piece may
 * complete several files.
 */
export type Verdict =
  | {
      readonly ok: true
      readonly pieceDone: boolean
      readonly filesDone: readonly number[]
      /** Where `wantLeaves` asked for them. */
      readonly leaves?: Uint8Array | undefined
    }
  | { readonly ok: false; readonly leaves: Uint8Array }

/**
 * A whole segment or piece in `lease`, to be hashed and written if its merkle root (32 bytes) or SHA-1 (20 bytes; only of
 * whole pieces) is `expected`. Padding in v1 pieces counts as zeros, whatever is there. The store releases the lease.
 */
export interface Offer {
  readonly piece: number
  readonly begin: number
  readonly length: number
  readonly lease: Lease
  readonly expected: Uint8Array
  /** It is the whole piece, and `expected` its hash, though pieces are longer than a segment. */
  readonly whole?: boolean | undefined
  /** The leaf hashes are of interest though the bytes are right: somebody lied about this piece before. */
  readonly wantLeaves?: boolean | undefined
}

export type Priority = 'skip' | 'low' | 'normal' | 'high'

/**
 * The content as the store keeps it. Promises may be answered at any time, also after the swarm closed; only `then` is
 * used, so that a simulation may answer at once and in order.
 */
export interface ContentPort {
  readonly content: Content
  /** Pieces that are verified and readable. The store sets bits, before it answers `accept`. */
  readonly have: Bitfield
  /** Pieces begun earlier: which of their segments are already verified on disk. */
  verifiedSegments?(): Iterable<{ readonly piece: number; readonly segments: readonly number[] }>
  /** Undefined when the memory for blocks in flight is used up; asked again later. */
  lease(length: number): Lease | undefined
  accept(offer: Offer): PromiseLike<Verdict>
  /** Bytes for a peer, padding as zeros, to be released when they are on their way; rejects with a PeerageError (`store.source-changed`, ...). */
  loan(piece: number, begin: number, length: number): PromiseLike<Lease>
  /** Leaf hashes of verified bytes on disk, 32 bytes each, for hash requests below the piece layer. */
  leaves(piece: number, begin: number, length: number): PromiseLike<Uint8Array>
  /** Hashes of the pieces of a file, 32 bytes each; undefined until known. */
  pieceLayer(file: number): Uint8Array | undefined
  /** Keeps a layer that has been verified against the file's pieces root. */
  setPieceLayer(file: number, layer: Uint8Array): void
}

/** Where messages to one peer go. Sends are corked: many calls in one turn become one write. */
export interface Pipe {
  /** For logs and statistics. */
  readonly name: string
  /** Takes ownership of the data of a `piece`; `release` is called once when it is needed no more, whatever happens. */
  send(message: Message, release?: () => void): void
  /** Bytes accepted and not yet handed to the operating system. */
  readonly bufferedBytes: number
  /** Latest round trip in milliseconds, if known. */
  readonly rttMs?: number | undefined
  /** Calls back each time `bufferedBytes` has shrunk after it was above zero. */
  onDrain(callback: () => void): void
  close(reason: string): void
}

/**
 * How much a person may get, over all its streams (see `Allowance` in `access/`). Exact: what `take` allowed never exceeds the
 * quota.
 */
export interface UploadAllowance {
  /** Bytes that may still be taken now; Infinity without a quota of bytes. */
  readonly left: number
  /** To be obeyed with the other limits. */
  readonly rate: TokenBucket | undefined
  /** Called before bytes are sent: false when they are more than is left, and then nothing was taken. */
  take(bytes: number): boolean
  /** Bytes that were taken and never sent. */
  giveBack(bytes: number): void
}

/** What is known of a peer when it joins. */
export interface PeerTraits {
  /** Its proven identity; the unit of blame and bans. */
  readonly peer: string
  /** Longest block it answers with: 1 MiB between Peerage peers, 16 KiB otherwise. Raised by its extension handshake. */
  readonly maxRequestBytes?: number
  /** It speaks the fast extension (BEP 6). Peerage peers always do. */
  readonly fast?: boolean
  /** It speaks the extension protocol (BEP 10). Peerage peers always do. */
  readonly extended?: boolean
  /** Which side opened the stream; decides which of two streams between the same peers stays. */
  readonly initiator?: boolean
  /** Where it can be reached, as multiaddrs: what other members are told (peer exchange). */
  readonly addresses?: readonly string[]
  /** A member of a private swarm, over an authenticated stream; otherwise it is a peer of the public BitTorrent network. */
  readonly private?: boolean
  /** Of a public peer: where it connected from or was dialled, an IP literal and a port. */
  readonly endpoint?: { readonly address: string; readonly port: number }
  /** What is banned when it lies, if not `peer`: of public peers the IP address, for peer ids cost nothing. */
  readonly banKey?: string
  /** Our own name among such peers, where it is not the swarm's `self`: our peer id in hexadecimal. */
  readonly self?: string
  /** What it may get; without it as much as it likes. See `Swarm.setAllowance`. */
  readonly allowance?: UploadAllowance | undefined
  /** A web server or a network of another kind: it has bytes to give, and speaks no protocol of peers (see `RangePipe`). */
  readonly web?: boolean
  /** The connection goes over uTP. */
  readonly utp?: boolean
  /** The connection is enciphered with RC4 (Message Stream Encryption). */
  readonly encrypted?: boolean
  /** It speaks BEP 5 (PORT message) and BEP 52 (hash requests), by the reserved bits of its handshake. */
  readonly dht?: boolean
  readonly v2?: boolean
}

/** Runs `callback` soon, after what is going on now. `queueMicrotask` in the real world. */
export type Defer = (callback: () => void) => void

export interface SwarmPorts {
  readonly world: World
  /** Hash of the info dictionary, away from the main thread; SHA-256 unless said otherwise. */
  hash(bytes: Uint8Array, algorithm?: 'sha256' | 'sha1'): PromiseLike<Uint8Array>
  readonly defer?: Defer
}
