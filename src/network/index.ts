export { type NetworkConfig, networkConfig } from './config.ts'
export { createNetwork } from './create-network.ts'
export type {
  ConnectionInfo,
  DiscoverySource,
  Network,
  NetworkEvents,
  NetworkOptions,
  OpenOptions,
  StreamHandler,
} from './network.ts'
export type { Path } from './path.ts'
export type { PeerStream } from './peer-stream.ts'
