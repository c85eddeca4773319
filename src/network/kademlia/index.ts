export { type KademliaConfig, kademliaConfig } from './config.ts'
export type { Kademlia, KademliaStatus } from './kademlia.ts'
export {
  KademliaNetwork,
  type KademliaOptions,
  type KeptPeer,
  peerageKademlia,
} from './kademlia-network.ts'
export type { Provider } from './provider-store.ts'
export type { Validators, ValueValidator } from './value-store.ts'
