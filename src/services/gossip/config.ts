import { z } from '../../base/index.ts'

export interface GossipConfig {
  readonly maxConversations: number
  readonly maxStrangers: number
  readonly strangerMs: number
  readonly strangerBytes: number
  readonly opensPerMinute: number
  readonly wantsPerMinute: number
  readonly faultsPerMinute: number
  readonly introductions: number
  readonly burstBytes: number
  readonly bytesPerSecond: number
  readonly maxUnsentBytes: number
  readonly fellows: number
  readonly maxDials: number
  readonly redialMs: number
  readonly maxRedialMs: number
  readonly maxAddresses: number
}

const count = (fallback: number, text: string): z.ZodDefault<z.ZodInt> =>
  z.int().min(1).max(1_000_000_000).default(fallback).describe(text)

export const gossipConfig: z.ZodType<GossipConfig, unknown> = z.object({
  maxConversations: count(
    128,
    'Contacts and fellows of circles that this peer talks to at once about rosters, devices and revocations.',
  ),
  maxStrangers: count(8, 'Peers that are neither contacts nor fellows and may tell something, at once.'),
  strangerMs: count(30_000, 'Time that such a peer has to become a fellow, in ms.'),
  strangerBytes: count(2_097_152, 'Bytes that such a peer may send.'),
  opensPerMinute: count(20, 'How often one peer may begin to talk, a minute.'),
  wantsPerMinute: count(240, 'Questions of one peer that are answered, a minute.'),
  faultsPerMinute: count(
    8,
    'Malformed or forged things that one peer may send a minute before it is left alone.',
  ),
  introductions: count(16, 'Circles unknown to this peer that one peer may tell of, in one conversation.'),
  burstBytes: count(
    4_194_304,
    'Bytes of one peer that are read at once; beyond them `bytesPerSecond` holds.',
  ),
  bytesPerSecond: count(65_536, 'Bytes of one peer that are read a second in the long run.'),
  maxUnsentBytes: count(
    4_194_304,
    'Bytes that may wait for a peer that does not read before it is left alone.',
  ),
  fellows: count(8, 'Members of each circle, chosen by chance, that this peer keeps in touch with.'),
  maxDials: count(8, 'Peers that are dialled at the same time to keep in touch.'),
  redialMs: count(
    5_000,
    'Pause before a peer that could not be reached is tried again, in ms; doubled each time.',
  ),
  maxRedialMs: count(900_000, 'The longest such pause, in ms.'),
  maxAddresses: count(1_024, 'Contacts and fellows whose last addresses are kept for the next start.'),
})
