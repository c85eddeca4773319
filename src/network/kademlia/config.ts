import { z } from '../../base/index.ts'

/** Switches and bounds of the Kademlia network among peers of Peerage. */
export interface KademliaConfig {
  readonly enabled: boolean
  readonly mode: 'auto' | 'client' | 'server'
  readonly announceSelf: boolean
  readonly bootstrap: string[]
  readonly paths: number
  readonly parallel: number
  readonly requestTimeoutMs: number
  readonly slowMs: number
  readonly lookUpMs: number
  readonly maxAsked: number
  readonly maxNodesPerNetwork: number
  readonly refreshMs: number
  readonly checkMs: number
  readonly renewMs: number
  readonly maxRenewed: number
  readonly providerMs: number
  readonly maxProviders: number
  readonly maxProvidersPerKey: number
  readonly maxKeysPerPeer: number
  readonly maxProvidersPerNetwork: number
  readonly maxValues: number
  readonly valueMs: number
  readonly valueQuorum: number
  readonly maxQuestionsPerSecond: number
}

const count = (initial: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).max(1_000_000_000).default(initial).describe(text)

export const kademliaConfig: z.ZodType<KademliaConfig, unknown> = z.object({
  enabled: z
    .boolean()
    .default(true)
    .describe('Find peers, and who announced something, by the Kademlia network among peers of Peerage.'),
  mode: z
    .enum(['auto', 'client', 'server'])
    .default('auto')
    .describe(
      'Whether this peer also answers others there: auto (when it is reachable from outside), client (never), server (always).',
    ),
  announceSelf: z
    .boolean()
    .default(true)
    .describe(
      'Let whoever knows the id of this peer find its addresses in the Kademlia network; off in the presets circle and lan.',
    ),
  bootstrap: z
    .array(z.string().max(512))
    .max(64)
    .default([])
    .describe('Multiaddrs with /p2p/ of peers to enter the Kademlia network by when no other is known.'),
  paths: z
    .number()
    .int()
    .min(1)
    .max(10)
    .default(3)
    .describe('Ways without a common peer on which one Kademlia look-up walks; a liar misleads one of them.'),
  parallel: count(3, 'Peers that are asked at the same time on one way of a Kademlia look-up.'),
  requestTimeoutMs: count(
    10_000,
    'Time for a peer to answer one Kademlia question, dialling included, in ms.',
  ),
  slowMs: count(1_500, 'Time after which a Kademlia look-up asks somebody else beside a slow peer, in ms.'),
  lookUpMs: count(60_000, 'Time after which a Kademlia look-up ends with what it has, in ms.'),
  maxAsked: count(200, 'Most peers that one Kademlia look-up asks.'),
  maxNodesPerNetwork: count(
    8,
    'Kademlia peers known, or counted in one look-up, of one IPv4 /24 or IPv6 /56; local networks are exempt.',
  ),
  refreshMs: count(1_800_000, 'Time after which a part of the Kademlia table is looked up again, in ms.'),
  checkMs: count(600_000, 'Silence after which a Kademlia peer is asked whether it is still there, in ms.'),
  renewMs: count(
    14_400_000,
    'Time between two announcements of the same thing in the Kademlia network, in ms; spread over the last fifth of it.',
  ),
  maxRenewed: count(
    10_000,
    'Things that are announced again and again in the Kademlia network; more are refused.',
  ),
  providerMs: count(86_400_000, 'Time for which announcements of others are kept, in ms.'),
  maxProviders: count(100_000, 'Announcements of others that are kept.'),
  maxProvidersPerKey: count(64, 'Announcements of others that are kept of one thing.'),
  maxKeysPerPeer: count(2_048, 'Announcements that are kept of one peer.'),
  maxProvidersPerNetwork: count(8_192, 'Announcements that are kept of one IPv4 /24 or IPv6 /56.'),
  maxValues: count(1_024, 'Values of up to 10 KiB that are kept for others.'),
  valueMs: count(172_800_000, 'Time for which a value is kept for others, in ms.'),
  valueQuorum: count(
    16,
    'Valid values that a look-up for a value waits for; it ends before when all around have answered.',
  ),
  maxQuestionsPerSecond: count(
    20,
    'Kademlia questions of one peer that are answered in a second, over ten seconds.',
  ),
})
