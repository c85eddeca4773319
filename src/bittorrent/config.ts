import { z } from '../base/index.ts'

/** Switches and bounds of the public BitTorrent network; its parts (DHT, uTP, trackers, ...) have sections of their own. */
export interface BitTorrentConfig {
  readonly enabled: boolean
  readonly encryption: 'prefer' | 'require' | 'off'
  readonly tcp: boolean
  readonly utp: boolean
  readonly dht: boolean
  readonly lsd: boolean
  readonly pex: boolean
  readonly trackers: boolean
  readonly webSeeds: boolean
  readonly ipFilter: string
  readonly maxFilterBytes: number
  readonly maxFilterRanges: number
  readonly maxDials: number
  readonly handshakeTimeoutMs: number
  readonly maxHandshakes: number
  readonly maxKeyExchanges: number
  readonly maxPeers: number
  readonly maxKnownPeers: number
  readonly redialMs: number
  readonly maxRedialMs: number
  readonly searchMs: number
  readonly maxSearches: number
}

const flag = (initial: boolean, text: string): z.ZodDefault<z.ZodBoolean> =>
  z.boolean().default(initial).describe(text)
const count = (initial: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).max(1_000_000).default(initial).describe(text)
const ms = (initial: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).max(86_400_000).default(initial).describe(text)

export const bitTorrentConfig: z.ZodType<BitTorrentConfig> = z.object({
  enabled: flag(true, 'Fetch from and seed to the public BitTorrent network, for content that is public.'),
  encryption: z
    .enum(['prefer', 'require', 'off'])
    .default('prefer')
    .describe(
      'Message stream encryption: prefer takes whatever the peer likes, require refuses peers without RC4, off never uses it.',
    ),
  tcp: flag(true, 'Connect to BitTorrent peers by TCP, and let them connect.'),
  utp: flag(true, 'Connect to BitTorrent peers by uTP, and let them connect.'),
  dht: flag(true, 'Find peers in the Mainline DHT. Private torrents never do.'),
  lsd: flag(true, 'Find BitTorrent peers on the local networks. Private torrents never do.'),
  pex: flag(true, 'Tell BitTorrent peers about each other. Private torrents never do.'),
  trackers: flag(true, 'Announce public content to the trackers it names.'),
  webSeeds: flag(true, 'Fetch from the web seeds that a content names.'),
  ipFilter: z
    .string()
    .max(4096)
    .default('')
    .describe(
      'File with addresses never to talk to (PeerGuardian, eMule .dat or CIDR lines); empty is none.',
    ),
  maxFilterBytes: z
    .number()
    .int()
    .min(1)
    .default(256 * 1024 * 1024)
    .describe('Length of a list of addresses, unpacked, in bytes.'),
  maxFilterRanges: z.number().int().min(1).default(2_000_000).describe('Ranges in a list of addresses.'),
  maxDials: count(30, 'BitTorrent peers that are dialled at the same time.'),
  handshakeTimeoutMs: ms(10_000, 'Time for the handshakes of a BitTorrent connection, in ms.'),
  maxHandshakes: count(100, 'Inbound BitTorrent connections that have not shown an info hash yet.'),
  maxKeyExchanges: count(
    100,
    'Key exchanges of encrypted BitTorrent connections that peers may begin in one second.',
  ),
  maxPeers: count(60, 'BitTorrent peers of one content that we look for; others may still come.'),
  maxKnownPeers: count(2_000, 'Addresses of BitTorrent peers remembered for one content.'),
  redialMs: ms(15_000, 'First pause before a BitTorrent peer is dialled again, in ms; doubles each time.'),
  maxRedialMs: ms(1_800_000, 'Longest pause before a BitTorrent peer is dialled again, in ms.'),
  searchMs: ms(900_000, 'Time between two look-ups of one content in the DHT, in ms.'),
  maxSearches: count(4, 'Look-ups in the DHT that run at the same time.'),
})
