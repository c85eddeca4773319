export {
  buildInfo,
  buildInfoBySteps,
  type InfoDescription,
  type InfoFile,
  inTreeOrder,
  inTreeOrderBySteps,
  leastInfoBytes,
  paddingAfter,
} from './build-info.ts'
export {
  cidLimits,
  cidOfSha256,
  cidText,
  codecs,
  decodeCid,
  decodeCidFirst,
  hashCodes,
  parseCid,
} from './cid.ts'
export { type ContentConfig, contentConfig, defaultContentConfig } from './config.ts'
export type { Content, ContentInfo, FileEntry } from './content.ts'
export { bitTorrentPeerHashes, type PeerHashes, peeragePeerHashes } from './hash-requests.ts'
export { type HashesAnswer, HashTree, type HashTreeOptions, type LeafRange } from './hash-tree.ts'
export {
  formatInviteLink,
  type InviteLink,
  looksLikeInviteLink,
  parseInviteLink,
} from './invite-link.ts'
export { looksLikeIpfs, maxIpfsPath } from './ipfs-link.ts'
export { formatLink, parseLink } from './link.ts'
export { type Link, maxLinkLength, maxLinkPeers } from './link-type.ts'
export {
  differingHashes,
  hashLength,
  layer,
  leafCount,
  leafLength,
  levelOf,
  merkleRoot,
  padHash,
  rootOfSegment,
  segmentLeaves,
  treeHeight,
} from './merkle.ts'
export {
  formatName,
  isNamePath,
  keyOfName,
  type Name,
  type Names,
  type NameTarget,
  nameOfKey,
  type Published,
  parseName,
  type Resolved,
  routingKeyOfName,
} from './name.ts'
export { type PackedContent, packContent, unpackContent } from './packed-content.ts'
export { type InfoHashes, nameContent, parseContent, parseInfo } from './parse-content.ts'
export { pathSplitter } from './path-splitter.ts'
export { choosePieceLength } from './piece-length.ts'
export {
  maxSegmentLength,
  PieceMap,
  type PieceMapOptions,
  type PieceRange,
  type Segment,
  segmentLengthOf,
} from './piece-map.ts'
export {
  type HashesClaim,
  hashesFor,
  verifyHashes,
} from './proof.ts'
export {
  decodeTorrent,
  encodeTorrent,
  readTorrent,
  type Torrent,
  type TorrentDescription,
  type TorrentOptions,
} from './torrent-file.ts'
export {
  type BuildOptions,
  type ByteRange,
  buildSymlink,
  type DagChild,
  type DagOptions,
  DirectoryBuilder,
  dagLimits,
  FileBuilder,
  type FileLeaf,
  fileLeaves,
  isDataCodec,
  isEmptyBlock,
  KnownFolders,
  knownLinksOf,
  type LeafFrame,
  leafFrame,
  legacyProfile,
  linksOf,
  listDirectory,
  modernProfile,
  murmur3,
  type NamedLink,
  type NodeStat,
  type ResolvedPath,
  readData,
  readFileBytes,
  resolvePath,
  shardData,
  statNode,
  TreeBuilder,
  type TreeEntry,
  type UnixFsMetadata,
  type UnixFsProfile,
  unixFsProfiles,
  type WalkOptions,
  walkDag,
  walkTree,
} from './unixfs/index.ts'
export { isTrackerUrl, isWebSeedUrl } from './urls.ts'
export type { BlockReader, VerifiedBlock } from './verified-block.ts'
export { type BlockHashes, pureBlockHashes, verifyBlock } from './verify-block.ts'
