export { LanDiscovery, mdnsGroup } from './lan-discovery.ts'
export type { Link, LinkPort, MulticastGroup } from './link.ts'
export { MulticastSockets } from './multicast-sockets.ts'
