import type { CID } from 'multiformats/cid'

declare const verified: unique symbol

/** Bytes whose hash is the one in the CID. Only who has hashed them makes one. */
export interface VerifiedBlock {
  readonly cid: CID
  readonly bytes: Uint8Array
  readonly [verified]: true
}

/** Gives blocks of a DAG, wherever they come from. */
export interface BlockReader {
  /** Rejects with a `PeerageError`, or `signal.reason`. */
  get(cid: CID, options?: { readonly signal?: AbortSignal }): Promise<VerifiedBlock>
}
