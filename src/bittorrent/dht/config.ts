import { z } from '../../base/index.ts'

/** Bounds of the DHT node, for each address family. */
export interface DhtConfig {
  readonly bootstrap: string[]
  readonly readOnly: boolean
  readonly queryTimeoutMs: number
  readonly slowMs: number
  readonly parallel: number
  readonly refreshMs: number
  readonly questionableMs: number
  readonly maxQueries: number
  readonly maxSearchNodes: number
  readonly maxCandidates: number
  readonly maxNodesPerNetwork: number
  readonly votesForAddress: number
  readonly maxSwarms: number
  readonly maxPeersPerSwarm: number
  readonly maxSwarmsPerAddress: number
  readonly peerMs: number
  readonly maxItems: number
  readonly maxItemsPerAddress: number
  readonly itemMs: number
  readonly sampleMs: number
  readonly tokenMs: number
  readonly maxQueriesPerSecond: number
  readonly maxQueriesPerAddress: number
  readonly maxReplyBytesPerSecond: number
}

const count = (initial: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).max(86_400_000).default(initial).describe(text)

export const dhtConfig: z.ZodType<DhtConfig> = z.object({
  bootstrap: z
    .array(z.string().max(300))
    .default(['router.bittorrent.com:6881', 'dht.libtorrent.org:25401', 'dht.transmissionbt.com:6881'])
    .describe('host:port of nodes to begin with when no other node is known.'),
  readOnly: z.boolean().default(false).describe('Ask the DHT, but answer nobody (BEP 43).'),
  queryTimeoutMs: count(8_000, 'Time after which a DHT node that has not answered is taken for gone, in ms.'),
  slowMs: count(1_500, 'Time after which a look-up asks somebody else beside a slow node, in ms.'),
  parallel: count(4, 'DHT nodes that one look-up asks at the same time.'),
  refreshMs: count(900_000, 'Time between two refreshes of the DHT routing table, in ms.'),
  questionableMs: count(900_000, 'Silence after which a DHT node is asked whether it is still there, in ms.'),
  maxQueries: count(512, 'DHT questions of ours that wait for an answer; more are not asked.'),
  maxSearchNodes: count(200, 'Most DHT nodes that one look-up asks.'),
  maxCandidates: count(100, 'DHT nodes that one look-up remembers, the nearest.'),
  maxNodesPerNetwork: count(
    8,
    'DHT nodes known, or asked in one look-up, of one IPv4 /24 or IPv6 /64; local networks are exempt.',
  ),
  votesForAddress: count(10, 'Networks that must see us at an address before our DHT id is made to fit it.'),
  maxSwarms: count(2_000, 'Swarms whose peers are kept for others in the DHT.'),
  maxPeersPerSwarm: count(500, 'Peers kept of one swarm for others in the DHT.'),
  maxSwarmsPerAddress: count(100, 'Swarms in which one address is kept for others in the DHT.'),
  peerMs: count(1_800_000, 'Time for which an announced peer is kept for others in the DHT, in ms.'),
  maxItems: count(1_000, 'Items of up to 1,000 bytes that are kept for others in the DHT.'),
  maxItemsPerAddress: count(50, 'Items of one address that are kept for others in the DHT.'),
  itemMs: count(7_200_000, 'Time for which an item is kept for others in the DHT, in ms.'),
  sampleMs: z
    .number()
    .int()
    .min(0)
    .max(21_600_000)
    .default(3_600_000)
    .describe('Time for which the same sample of swarms is told to who indexes the DHT, in ms.'),
  tokenMs: count(
    300_000,
    'Time for which a token to announce in the DHT is new, in ms; it is taken twice as long.',
  ),
  maxQueriesPerSecond: count(200, 'DHT questions answered in a second, from all together.'),
  maxQueriesPerAddress: count(20, 'DHT questions answered in a second, from one address.'),
  maxReplyBytesPerSecond: count(32_000, 'Bytes of DHT answers sent in a second, to all together.'),
})
