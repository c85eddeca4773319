export { buildInfo, type InfoDescription, type InfoFile, inTreeOrder, paddingAfter } from './build-info.ts'
export { type ContentConfig, contentConfig, defaultContentConfig } from './config.ts'
export type { Content, ContentInfo, FileEntry } from './content.ts'
export {
  differingHashes,
  hashLength,
  layer,
  leafCount,
  leafLength,
  levelOf,
  merkleRoot,
  padHash,
  pairHash,
  rootOfSegment,
  segmentLeaves,
  treeHeight,
} from './merkle.ts'
export { type InfoHashes, parseContent, parseInfo } from './parse-content.ts'
export { choosePieceLength } from './piece-length.ts'
export { maxSegmentLength, PieceMap, type PieceRange, type Segment } from './piece-map.ts'
