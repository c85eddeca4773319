import type {
  ConnectionInfo,
  DiscoverySource,
  EgressState,
  GatewayReport,
  NatReport,
  NetworkStats,
  PrivateNetworkState,
  UdpState,
} from '../../../network/index.ts'
import type { IpfsFacts, ReachHost } from '../host.ts'
import type { PortReport } from '../port-report.ts'

/** What there is to know of how this peer is reached; plain data, what others say is hearsay. */
export interface Facts {
  /** Multiaddrs at which this peer can be dialled. */
  readonly addresses: readonly string[]
  readonly port: PortReport
  /** Absent when this peer does not listen. */
  readonly gateway?: GatewayReport
  /** Of IPv4 and IPv6. */
  readonly nat: readonly NatReport[]
  readonly connections: readonly ConnectionInfo[]
  readonly relays: {
    /** Whether this peer should be reachable through others. */
    readonly isWanted: boolean
    /** Through whom it is: names of contacts, or PeerIds. */
    readonly used: readonly string[]
  }
  /** What others make this peer hold, beside what they may; absent when it is offline. */
  readonly held?: NetworkStats
  /** How this peer leaves the machine. */
  readonly egress: EgressState
  /** Which ways of finding a peer are asked where it is. */
  readonly finders: readonly DiscoverySource[]
  /** Nodes of the Mainline DHT that are known; absent while that is not used. */
  readonly dhtNodes?: number
  /** Absent while IPFS is not used. */
  readonly ipfs?: IpfsFacts
  /** Absent where this peer talks to everyone. */
  readonly privateNetwork?: PrivateNetworkState
  /** How the UDP sockets of this peer do; absent while nothing is wrong with them. */
  readonly udp?: UdpState
  /** What is configured of that which findings speak of. */
  readonly settings: Readonly<Partial<Record<SettingKey, unknown>>>
  /** World.wallTime() */
  readonly at: number
}

const settingKeys = [
  'network.hosts',
  'network.port',
  'network.punch',
  'network.maxConnections',
  'network.maxRawConnections',
  'network.maxStreams',
  'relay.use',
] as const
type SettingKey = (typeof settingKeys)[number]

/** `port` is what asking peers to connect back gave. */
export function factsOf(host: ReachHost, port: PortReport): Facts {
  const { network, world, nameOf, dhtNodes } = host
  const { isWanted = false, used = [] } = network?.relay.state ?? {}
  const nodes = dhtNodes()
  const ipfs = host.ipfs()
  return {
    addresses: network?.addresses() ?? [],
    port,
    ...(network?.gateway !== undefined && { gateway: network.gateway }),
    nat: network?.reachability.nat ?? [],
    connections: network?.connections() ?? [],
    relays: { isWanted, used: used.map(({ relay }) => nameOf(relay) ?? relay) },
    ...(network !== undefined && { held: network.stats() }),
    egress: network?.egress.state ?? { isUp: true },
    finders: network?.finders ?? [],
    ...(network?.privateNetwork !== undefined && { privateNetwork: network.privateNetwork }),
    ...(nodes !== undefined && { dhtNodes: nodes }),
    ...(ipfs !== undefined && { ipfs }),
    ...(network?.udp !== undefined && { udp: network.udp }),
    settings: Object.fromEntries(settingKeys.map(key => [key, host.value(key)])),
    at: world.wallTime(),
  }
}
