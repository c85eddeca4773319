export {
  Bitswap,
  type BitswapConfig,
  type BitswapOptions,
  type BitswapStats,
  bitswapConfig,
} from './bitswap/index.ts'
export { type IpfsConfig, ipfsConfig } from './config.ts'
export { type DenylistStatus, Denylists, type Refusals } from './denylists/index.ts'
export { IpfsNetwork, type IpfsOptions } from './ipfs-network.ts'
export {
  type IpfsNames,
  type IpfsNamesConfig,
  ipfsNamesConfig,
  type NameKey,
  type NameKeys,
  type OwnName,
  type Pointer,
  type Pointers,
} from './names/index.ts'
export type {
  BlockLoan,
  BlockSession,
  BlockSink,
  BlockSource,
  Blocks,
  ContentRouting,
  FoundBlock,
  GetBlock,
  Provider,
  SourceStatus,
} from './ports.ts'
export { type IpfsRoutingConfig, type IpfsRoutingStatus, ipfsRoutingConfig } from './routing/index.ts'
export {
  type Looking,
  type Patience,
  Session,
  type SessionConfig,
  type SessionParts,
  sessionConfig,
  withinTick,
  withPatience,
} from './session/index.ts'
export { SwarmSource } from './swarm-source.ts'
