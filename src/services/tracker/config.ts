import { z } from '../../base/index.ts'

/** The tracker of this peer: whom it serves, and its bounds. */
export interface TrackerConfig {
  readonly enabled: boolean
  readonly contents: 'any' | 'own' | 'listed'
  readonly listed: string[]
  readonly believeIp: 'never' | 'loopback' | 'lan'
  readonly intervalMs: number
  readonly minIntervalMs: number
  readonly maxContents: number
  readonly maxPeers: number
  readonly maxPeersPerContent: number
  readonly maxPeersPerAddress: number
  readonly maxPortsPerAddress: number
  readonly maxWanted: number
  readonly maxRequestBytes: number
  readonly maxRequestsPerConnection: number
  readonly requestTimeoutMs: number
}

const count = (initial: number, most: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).max(most).default(initial).describe(text)

export const trackerConfig: z.ZodType<TrackerConfig> = z.object({
  enabled: z
    .boolean()
    .default(false)
    .describe('Be a BitTorrent tracker for others, on the port of this peer.'),
  contents: z
    .enum(['any', 'own', 'listed'])
    .default('any')
    .describe('What it tracks: any content, what this peer has on the public network, or what is listed.'),
  listed: z
    .array(z.string().regex(/^[0-9a-fA-F]{40}([0-9a-fA-F]{24})?$/))
    .max(100_000)
    .default([])
    .describe('Info hashes in hex that it tracks in any case.'),
  believeIp: z
    .enum(['never', 'loopback', 'lan'])
    .default('loopback')
    .describe(
      'Who may announce another address than it comes from: nobody, this machine, or local networks too.',
    ),
  intervalMs: count(900_000, 86_400_000, 'Time between two announces that it asks for, in ms.'),
  minIntervalMs: count(60_000, 86_400_000, 'Least time between two announces that it asks for, in ms.'),
  maxContents: count(50_000, 10_000_000, 'Contents that it tracks; more are refused.'),
  maxPeers: count(500_000, 10_000_000, 'Peers that it remembers, of all contents together.'),
  maxPeersPerContent: count(20_000, 1_000_000, 'Peers of one content that it remembers.'),
  maxPeersPerAddress: count(
    5_000,
    1_000_000,
    'Peers that one IPv4 address or IPv6 /56 may be, of all contents together.',
  ),
  maxPortsPerAddress: count(32, 1_000, 'Peers that one IPv4 address or IPv6 /56 may be for one content.'),
  maxWanted: count(200, 2_000, 'Most peers in one answer; over UDP no more than one packet holds.'),
  maxRequestBytes: count(8_192, 65_536, 'Largest web request that it reads, in bytes.'),
  maxRequestsPerConnection: count(1_000, 1_000_000, 'Web requests that one connection may carry.'),
  requestTimeoutMs: count(
    10_000,
    600_000,
    'Time for one web request to arrive, and to wait for the next, in ms.',
  ),
})
