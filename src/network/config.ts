import { z } from '../base/index.ts'
import { type LimitsConfig, limitKeys } from './limits/index.ts'

/** Every bound and switch of the network; the reference is generated from the descriptions. */
export interface NetworkConfig extends LimitsConfig {
  port: number
  hosts: string[]
  udx: boolean
  lanOnly: boolean
  interface: string
  proxy: string
  listenBesideProxy: boolean
  privateNetworkKey: string
  nameServers: string[]
  mdns: boolean
  mdnsIntervalMs: number
  mdnsMaxPeersPerMinute: number
  portMapping: boolean
  portMappingLeaseSeconds: number
  portMappingCheckMs: number
  maxParallelDials: number
  maxQueuedDials: number
  dialStaggerMs: number
  relayHeadStartMs: number
  searchHeadStartMs: number
  maxParallelSearches: number
  dialTimeoutMs: number
  openTimeoutMs: number
  maxStreamWindowBytes: number
  maxWindowBytes: number
  sendHighWaterBytes: number
  pingIntervalMs: number
  pingTimeoutMs: number
  keepAliveMs: number
  punch: boolean
  maxKnownPeers: number
  maxAddressesPerPeer: number
  maxTopics: number
}

const count = (fallback: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).default(fallback).describe(text)

const ms = count
const KiB = 1024
const MiB = 1024 * KiB

export const networkConfig: z.ZodType<NetworkConfig, unknown> = z.object({
  port: z
    .number()
    .int()
    .min(0)
    .max(65535)
    .default(0)
    .describe('TCP port to listen on; 0 takes any free one.'),
  hosts: z
    .array(z.string())
    .default(['0.0.0.0', '::'])
    .describe('IP addresses to listen on; empty: only dial, never listen.'),
  udx: z
    .boolean()
    .default(true)
    .describe('Connect over UDP (UDX) too, for peers that cannot be reached over TCP.'),
  lanOnly: z
    .boolean()
    .default(false)
    .describe('Connect only to and from this machine and local networks, never over the internet.'),
  interface: z
    .string()
    .max(64)
    .default('')
    .describe(
      'Network interface (such as wg0 or tun0), or an IP address on it, through which everything leaves, or nothing does; Linux only. Needs a restart.',
    ),
  proxy: z
    .string()
    .max(600)
    .default('')
    .describe(
      'SOCKS 5 proxy through which everything leaves, or nothing does: socks5://[user:password@]host:port. Needs a restart.',
    )
    .meta({ secret: true }),
  listenBesideProxy: z
    .boolean()
    .default(false)
    .describe('Let others connect to this machine past the proxy, which shows them its own address.'),
  privateNetworkKey: z
    .string()
    .max(4096)
    .default('')
    .describe(
      'File (whole path) with the key of a private network, as `swarm.key` of Kubo: only peers that have the same connect. Needs a restart.',
    ),
  nameServers: z
    .array(z.union([z.ipv4(), z.ipv6()]))
    .max(8)
    .default([])
    .describe(
      'Name servers (IP addresses) that are asked through network.interface or network.proxy; empty: those of the system, or the proxy itself.',
    ),
  mdns: z.boolean().default(true).describe('Announce this peer and look for others on the local networks.'),
  mdnsIntervalMs: ms(30_000, 'Time between two queries for peers on the local networks, in ms.'),
  mdnsMaxPeersPerMinute: count(
    120,
    'Peers believed to be on the local networks per minute; more are ignored.',
  ),
  portMapping: z
    .boolean()
    .default(true)
    .describe('Ask the router of this network to open the port (PCP, NAT-PMP, UPnP); never with `lanOnly`.'),
  portMappingLeaseSeconds: z
    .number()
    .int()
    .min(120)
    .max(86_400)
    .default(3_600)
    .describe('For how long the router is asked to open the port, in s; renewed at half of it.'),
  portMappingCheckMs: z
    .number()
    .int()
    .min(1_000)
    .default(120_000)
    .describe('Time between two looks whether the router still has the port open, in ms.'),
  ...limitKeys,
  maxParallelDials: count(16, 'Peers that are dialled at the same time.'),
  maxQueuedDials: count(256, 'Peers that wait to be dialled; more are refused at once.'),
  dialStaggerMs: ms(250, 'Head start of one address of a peer before its next address is tried too, in ms.'),
  searchHeadStartMs: ms(
    1_000,
    'Time for the known addresses of a peer to answer before others are asked where it is, in ms.',
  ),
  maxParallelSearches: count(32, 'Peers that are looked for at the same time.'),
  relayHeadStartMs: ms(
    500,
    'Head start of a direct connection to a peer before one through a relay is tried too, in ms.',
  ),
  dialTimeoutMs: ms(10_000, 'Time to connect to one address of a peer, in ms.'),
  openTimeoutMs: ms(20_000, 'Time to open a stream, dialling included, in ms.'),
  maxStreamWindowBytes: z
    .number()
    .int()
    .min(256 * KiB)
    .max(64 * MiB)
    .default(16 * MiB)
    .describe('Bytes that a peer may send ahead on one stream before we have read them.'),
  maxWindowBytes: z
    .number()
    .int()
    .min(MiB)
    .default(128 * MiB)
    .describe('Sum over all streams of what peers may send ahead beyond the first 256 KiB of each.'),
  sendHighWaterBytes: z
    .number()
    .int()
    .min(16 * KiB)
    .default(2 * MiB)
    .describe('Bytes queued on one stream from which `send` asks to wait.'),
  pingIntervalMs: ms(45_000, 'Time between two measurements of the round trip of a connection, in ms.'),
  pingTimeoutMs: ms(20_000, 'Silence after a ping from which a connection is taken for dead, in ms.'),
  punch: z
    .boolean()
    .default(true)
    .describe('Look for a direct way to peers that are connected through a relay.'),
  keepAliveMs: ms(
    20_000,
    'Silence after which a packet keeps a port open in our router where one is needed, in ms.',
  ),
  maxKnownPeers: count(4_096, 'Peers whose addresses are remembered.'),
  maxAddressesPerPeer: count(16, 'Addresses remembered for one peer.'),
  maxTopics: count(
    16_384,
    'Things (private shares, this peer as a relay) under which this peer is announced to those who look for them.',
  ),
})
