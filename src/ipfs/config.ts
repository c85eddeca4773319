import { z } from '../base/index.ts'

/** Switches of the public IPFS network; its parts (Bitswap, the DHT, gateways, names) have sections or values of their own. */
export interface IpfsConfig {
  readonly enabled: boolean
  readonly gateways: string[]
  readonly peers: string[]
  readonly denylists: string[]
  readonly maxDenylistBytes: number
  readonly maxDenylistRules: number
  readonly maxListedEntries: number
  readonly sourceRanges: number
  readonly sourceMemoryBytes: number
  readonly forgetMissingMs: number
}

export const ipfsConfig: z.ZodType<IpfsConfig> = z.object({
  enabled: z
    .boolean()
    .default(true)
    .describe('Fetch from and offer to the public IPFS network, for content that is on it.'),
  gateways: z
    .array(
      z
        .string()
        .max(2_048)
        .regex(/^https?:\/\/[^\s?#]+$/),
    )
    .max(32)
    .default([])
    .describe('URLs of trustless HTTP gateways to fetch blocks from as well; they learn what is fetched.'),
  peers: z
    .array(
      z
        .string()
        .max(512)
        .regex(/^\/(?:ip[46]|dns[46]?|dnsaddr)\/[^\s]+\/p2p\/[1-9A-HJ-NP-Za-km-z]{32,128}$/),
    )
    .max(64)
    .default([])
    .describe(
      'Multiaddrs with /p2p/ of IPFS peers to stay connected with, such as a Kubo of yours: what they have is found at once.',
    ),
  denylists: z
    .array(z.string().min(1).max(4_096))
    .max(64)
    .default([])
    .describe(
      'Files with what is neither fetched from IPFS nor given to anybody there, in the compact format (IPIP-383); read again when they change.',
    ),
  maxDenylistBytes: z
    .int()
    .min(1)
    .max(4_294_967_296)
    .default(268_435_456)
    .describe('Largest denylist, in bytes.'),
  maxDenylistRules: z
    .int()
    .min(1)
    .max(100_000_000)
    .default(1_000_000)
    .describe('Most rules of one denylist.'),
  maxListedEntries: z
    .int()
    .min(1)
    .max(1_048_576)
    .default(262_144)
    .describe('Most entries of a folder that `peerage ls` lists; one with more is refused.'),
  sourceRanges: z
    .int()
    .min(1)
    .max(256)
    .default(16)
    .describe(
      'Ranges of files that are fetched from IPFS at the same time for one content that others give, too.',
    ),
  sourceMemoryBytes: z
    .int()
    .min(1_048_576)
    .default(33_554_432)
    .describe('Blocks of IPFS that are kept in memory for one such content, in bytes.'),
  forgetMissingMs: z
    .int()
    .min(1)
    .default(600_000)
    .describe('For how long it is believed that IPFS lacks a file of such a content, in ms.'),
})
