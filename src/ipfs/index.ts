export { type IpfsConfig, ipfsConfig } from './config.ts'
export { IpfsNetwork, type IpfsOptions } from './ipfs-network.ts'
export type {
  BlockSession,
  BlockSink,
  BlockSource,
  Blocks,
  ContentRouting,
  GetBlock,
  Provider,
  SourceStatus,
} from './ports.ts'
