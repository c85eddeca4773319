export { LanDiscovery } from './lan-discovery.ts'
export { MulticastSockets } from './multicast-sockets.ts'
