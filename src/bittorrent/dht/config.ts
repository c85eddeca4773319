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
  readonly maxSearchNodes: number
  readonly maxSwarms: number
  readonly maxPeersPerSwarm: number
  readonly peerMs: number
  readonly tokenMs: number
  readonly maxQueriesPerSecond: number
  readonly maxQueriesPerAddress: number
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
  maxSearchNodes: count(200, 'Most DHT nodes that one look-up asks.'),
  maxSwarms: count(2_000, 'Swarms whose peers are kept for others in the DHT.'),
  maxPeersPerSwarm: count(200, 'Peers kept of one swarm for others in the DHT.'),
  peerMs: count(1_800_000, 'Time for which an announced peer is kept for others in the DHT, in ms.'),
  tokenMs: count(
    300_000,
    'Time for which a token to announce in the DHT is new, in ms; it is taken twice as long.',
  ),
  maxQueriesPerSecond: count(200, 'DHT questions answered in a second, from all together.'),
  maxQueriesPerAddress: count(20, 'DHT questions answered in a second, from one address.'),
})
