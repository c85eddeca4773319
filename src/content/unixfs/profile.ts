/** The choices that decide which CID a file or folder gets (IPIP-499). All else is the same everywhere: SHA-256, balanced trees, HAMTs of 256. */
export interface UnixFsProfile {
  readonly name: 'unixfs-v1-2025' | 'unixfs-v0-2015'
  readonly cidVersion: 0 | 1
  /** Bytes of a file in one leaf. */
  readonly leafBytes: number
  /** Whether a leaf is the bytes themselves; otherwise a DAG-PB node around them, see `leafFrame`. */
  readonly rawLeaves: boolean
  readonly maxLinks: number
  /** A folder is sharded when it is larger than `shardAbove`, by the length of its block or by the lengths of names and CIDs alone. */
  readonly shardBy: 'block-bytes' | 'links-bytes'
}

/** Of both profiles, in bytes. */
export const shardAbove: number = 262_144
/** Buckets of one node of a HAMT. */
export const hamtFanout: number = 256
/** The only hash function of HAMTs there is: murmur3-x64-64. */
export const hamtHashType: number = 0x22

/** What programs of 2025 and later agree on. */
export const modernProfile: UnixFsProfile = {
  name: 'unixfs-v1-2025',
  cidVersion: 1,
  leafBytes: 1_048_576,
  rawLeaves: true,
  maxLinks: 1_024,
  shardBy: 'block-bytes',
}

/** What Kubo does unless told otherwise. */
export const legacyProfile: UnixFsProfile = {
  name: 'unixfs-v0-2015',
  cidVersion: 0,
  leafBytes: 262_144,
  rawLeaves: false,
  maxLinks: 174,
  shardBy: 'links-bytes',
}

export const unixFsProfiles: Readonly<Record<UnixFsProfile['name'], UnixFsProfile>> = {
  'unixfs-v1-2025': modernProfile,
  'unixfs-v0-2015': legacyProfile,
}
