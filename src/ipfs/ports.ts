import type { CID } from 'multiformats/cid'
import type { VerifiedBlock } from '../content/index.ts'

/** Blocks on this machine, as the network sees them; `store.blocks` is one. Known by their multihash, whatever the codec of the CID. */
export interface Blocks {
  has(cid: CID): boolean
  /** Looks once, for all that somebody wants to know of it; undefined: it is not here. */
  find(cid: CID): FoundBlock | undefined
  /** Hashes what somebody sent, in a worker when it is long, and keeps nothing. Rejects with `block.mismatch`, `dag.unsupported`. */
  verify(cid: CID, bytes: Uint8Array): Promise<VerifiedBlock>
  /** Calls `listener` with the multihash of each block that is here from now on; without one when many are. Returns what ends that. */
  onArrival?(listener: (hash?: Uint8Array) => void): () => void
  /** Hashes it in a worker and keeps it in the cache; `isPublic`: anybody may have it from here. Rejects with `block.mismatch`. */
  put(cid: CID, bytes: Uint8Array, options?: { readonly isPublic?: boolean }): Promise<VerifiedBlock>
}

/** A block as it was found, to be asked about and to be begun to be read in the same turn: later it may be gone, or others may have it. */
export interface FoundBlock {
  /** In bytes. */
  readonly size: number
  /** Info hashes of the contents that it is in. */
  readonly contents: readonly string[]
  /** It came from the public network, and lies in the cache. */
  readonly isPublic: boolean
  /** Undefined: what it lies in has changed. Rejects with `signal.reason`. */
  get(options?: { readonly signal?: AbortSignal }): Promise<VerifiedBlock | undefined>
  /** As `get`, in memory that is used again after its release: for bytes that are only passed on. */
  loan(options?: { readonly signal?: AbortSignal }): Promise<BlockLoan | undefined>
}

/** A block until its release, which is called once. */
export interface BlockLoan {
  readonly block: VerifiedBlock
  release(): void
}

/**
 * Verifies and keeps what somebody sent. Rejects with `block.mismatch` when it is not what was asked for. Long blocks lie in shared memory
 * (a `SharedArrayBuffer`), so that threads need no copy. `isPublic`: whoever sent it gives it to anybody, see `BlockSource`.
 */
export type BlockSink = (cid: CID, bytes: Uint8Array, isPublic?: boolean) => Promise<VerifiedBlock>

/** Somebody who may have blocks: a peer that speaks Bitswap, a gateway. What a session spreads over. */
export interface BlockSource {
  /** A PeerId, or the URL of a gateway. */
  readonly name: string
  readonly kind: 'bitswap' | 'gateway'
  /** What it gives it gives to anybody: a gateway, or a stranger whom public routing named. What comes from others may be for us alone. */
  readonly isPublic?: boolean
  /** Blocks that it can be asked for at once with profit, at most. */
  readonly atOnce: number
  /** World.now() when bytes last came from it, also those of a block that is not whole; left out: unknown. */
  readonly heardAt?: number | undefined
  /** How long its answers took lately, in ms, also those in other sessions; undefined: unknown. */
  readonly usualMs?: number | undefined
  /** Whether it has a block, where it can be asked that alone. Rejects with `signal.reason`, or when it does not answer. */
  has?(cid: CID, signal: AbortSignal): Promise<boolean>
  /**
   * Fetches one block and hands it to `take`, once, whose answer it gives; asked for many in a row, it may fetch them together. Undefined: it
   * has not got it. Rejects with what `take` rejects with (`block.mismatch`: it lied), with `signal.reason`, or when it cannot be reached or
   * breaks off. It may take as long as it likes: who asks has time-outs.
   */
  want(cid: CID, take: BlockSink, signal: AbortSignal): Promise<VerifiedBlock | undefined>
  /** The bytes that it handed to a `take` are looked at no more: their memory may be used again. */
  giveBack?(bytes: Uint8Array): void
}

export interface GetBlock {
  /** `Blocks.put` when left out. */
  readonly sink?: BlockSink
  readonly signal?: AbortSignal
  /** Those with less are asked for first. */
  readonly order?: number
  /** Nobody looks at the bytes of the answer, for the sink has put them where they belong: their memory is used again. */
  readonly transient?: boolean
}

/** Fetches the blocks of one DAG from all who have them. */
export interface BlockSession {
  /**
   * What is on this machine is taken from there. Who sends something else is blamed, and another is asked. Rejects with `signal.reason`, and with
   * what `Denylists.check` throws, before anybody is asked.
   */
  get(cid: CID, options?: GetBlock): Promise<VerifiedBlock>
  /** Whom it asks, for people. */
  sources(): readonly SourceStatus[]
  /** How many peers and gateways were asked so far, those that have nothing included. */
  readonly asked: number
  /** Milliseconds for which nothing has come though something is wanted; 0 while nothing is. */
  readonly quietMs: number
  close(): void
}

/** One of those whom a session asks. */
export interface SourceStatus {
  /** A PeerId, or the URL of a gateway. */
  readonly name: string
  readonly kind: 'bitswap' | 'gateway'
  readonly bytesPerSecond: number
  /** Payload so far. */
  readonly bytes: number
  readonly message?: string
}

/** Who has something, as somebody says. */
export interface Provider {
  /** PeerId in base 58. */
  readonly peer: string
  /** Multiaddrs. */
  readonly addresses: readonly string[]
  /** `transport-bitswap`, `transport-ipfs-gateway-http`; none when it was not said. */
  readonly protocols?: readonly string[]
}

/** Where to find who has something: the DHT, HTTP routers. All of it is hearsay. */
export interface ContentRouting {
  /** As they are found. Throws `signal.reason` only. */
  findProviders(cid: CID, signal: AbortSignal): AsyncIterable<Provider>
  /** Announces this peer under a root, now and again until it is withdrawn; after a restart, too. */
  provide(root: CID): void
  withdraw(root: CID): void
  findPeer(peer: string, signal: AbortSignal): AsyncIterable<Provider>
}
