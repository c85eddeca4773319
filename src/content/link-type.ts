/** What a link says of a content and where to find it. Everything but the hashes is a hint, and hostile text. */
export interface Link {
  readonly kind: 'magnet' | 'peerage' | 'ipfs' | 'ipns'
  /** SHA-256 of the info dictionary, 32 bytes. One of the two hashes is there, or a CID, or (in `ipns:`) a name. */
  readonly infoHash?: Uint8Array
  /** SHA-1 of the info dictionary, 20 bytes; magnet links only. */
  readonly infoHashV1?: Uint8Array
  /** Canonical text of the CID of the same files on IPFS; `magnet:` and `peerage:` links may have it beside a hash. */
  readonly cid?: string
  /** Names from the CID or the IPNS name down; `ipfs:` and `ipns:` only. */
  readonly path?: readonly string[]
  /** `k51...` or a domain; `ipns:` only. */
  readonly ipnsName?: string
  /** A name to show until the real one is known. */
  readonly name?: string
  /** `peerage:` has multiaddrs, `magnet:` has `host:port`. */
  readonly peers: readonly string[]
  /** Multiaddrs of peers of this network that have it; `magnet:` only, for `peerage:` has them in `peers`. */
  readonly members?: readonly string[]
  /** What opens a private content, 32 bytes; `peerage:` only. Never log it. */
  readonly secret?: Uint8Array
  /** PeerId of who shares it; `peerage:` only. */
  readonly owner?: string
  readonly trackers: readonly string[]
  readonly webSeeds: readonly string[]
  /** Indices of the files that are meant (BEP 53); all when absent. */
  readonly selectOnly?: readonly number[]
}

/** The longest link, in characters. */
export const maxLinkLength = 8_192

/** The most peer addresses in one link. */
export const maxLinkPeers = 32
