export type { Blocklist } from './blocklist.ts'
export { type NetworkConfig, networkConfig } from './config.ts'
export { createNetwork } from './create-network.ts'
export type { DatagramProtocol, Datagrams, Endpoint } from './datagrams.ts'
export type { DialOutcome } from './dial-log.ts'
export {
  believable,
  type Discovery,
  type DiscoverySource,
  type Found,
  type FoundAddresses,
  type Heard,
  type LinkPort,
  type MulticastGroup,
  MulticastSockets,
} from './discovery/index.ts'
export {
  type DnsTexts,
  Egress,
  type EgressState,
  type FarTrial,
  isFrom,
  type Link,
  type ProxyTrial,
  type Resolve,
  type WayOut,
} from './egress/index.ts'
export type { GatewayMethod, GatewayOff, GatewayReport, PortMapping } from './gateway/index.ts'
export { type HttpOptions, type HttpResponse, httpRequest, isPrivateUrl } from './http-client.ts'
export {
  type KademliaConfig,
  KademliaNetwork,
  type KademliaStatus,
  type KeptPeer,
  kademliaConfig,
  peerageKademlia,
  type Validators,
  type ValueValidator,
} from './kademlia/index.ts'
export { type NatKind, NatObservations, type NatReport } from './nat/index.ts'
export type {
  ConnectionInfo,
  Network,
  NetworkEvents,
  NetworkOptions,
  OpenOptions,
  StreamHandler,
} from './network.ts'
export type { NetworkStats } from './network-stats.ts'
export { orAborted } from './or-aborted.ts'
export { ipOf, isLanIp, isLocalPath, isLoopbackIp, isPrivateIp, type Path, pathOf, unmapped } from './path.ts'
export type { PeerRecord } from './peer-record.ts'
export { PeerRecords } from './peer-records.ts'
export type { PeerStream } from './peer-stream.ts'
export { keyFingerprint, type PrivateNetworkState } from './private-network/index.ts'
export type { PunchReport } from './punch/index.ts'
export type { RawProtocol } from './raw-protocol.ts'
export { type InboundSeen, Reachability, type SeenAs } from './reachability.ts'
export {
  type CircuitState,
  type RelayConfig,
  type RelayControl,
  type RelayPolicy,
  type RelayState,
  type Reservation,
  relayConfig,
  type UsedRelay,
} from './relay/index.ts'
export { streamOf } from './stream-of.ts'
export { addressGroup, readInPlace } from './transports/index.ts'
export type { UdpState } from './udp-watch.ts'
