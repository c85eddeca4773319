export { LanDiscovery, type LanDiscoveryPorts } from './lan-discovery.ts'
export { MulticastSockets } from './multicast-sockets.ts'
