import { z } from '../../base/index.ts'

/** Whom this peer relays for, and which relays it uses. */
export interface RelayConfig {
  relayFor: 'off' | 'contacts' | 'circle' | 'everyone'
  use: 'auto' | 'always' | 'never'
  relays: string[]
  maxUsed: number
  maxReservations: number
  maxReservationsPerAddress: number
  reservationMinutes: number
  maxCircuits: number
  maxCircuitsPerPeer: number
  circuitMinutes: number
  circuitBytes: number
  strangerMinutes: number
  strangerBytes: number
  idleMinutes: number
  bytesPerSecond: number
  requestsPerMinute: number
  messageTimeoutMs: number
}

const count = (fallback: number, max: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).max(max).default(fallback).describe(text)

const limit = (fallback: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(0).default(fallback).describe(`${text} 0: no limit.`)

export const relayConfig: z.ZodType<RelayConfig, unknown> = z.object({
  relayFor: z
    .enum(['off', 'contacts', 'circle', 'everyone'])
    .default('off')
    .describe(
      'Who may be reached through this peer: nobody (off), contacts, contacts and fellows of circles (circle), or everyone.',
    ),
  use: z
    .enum(['auto', 'always', 'never'])
    .default('auto')
    .describe(
      'Whether this peer lets itself be reached through others: while nobody reaches it from outside (auto).',
    ),
  relays: z
    .array(z.string().max(512))
    .max(16)
    .default([])
    .describe(
      'Multiaddrs of relays to use first; others are found among contacts and peers that are connected.',
    ),
  maxUsed: count(2, 4, 'Relays through which this peer can be reached at once.'),
  maxReservations: count(128, 10_000, 'Peers that may be reachable through this one at once.'),
  maxReservationsPerAddress: count(8, 10_000, 'Of those, how many from one IPv4 address or IPv6 /56.'),
  reservationMinutes: count(60, 1_440, 'How long they stay so without asking again, in minutes.'),
  maxCircuits: count(64, 10_000, 'Relayed connections at once.'),
  maxCircuitsPerPeer: count(8, 1_000, 'Of those, how many from or to one peer.'),
  circuitMinutes: limit(0, 'How long a relayed connection to a contact or fellow may last, in minutes.'),
  circuitBytes: limit(0, 'How much it may carry in each direction, in bytes.'),
  strangerMinutes: limit(10, 'The same for everybody else.'),
  strangerBytes: limit(16_777_216, 'The same for everybody else.'),
  idleMinutes: count(5, 1_440, 'A relayed connection that carries nothing for so long is ended, in minutes.'),
  bytesPerSecond: limit(0, 'What is relayed in all, in bytes per second.'),
  requestsPerMinute: count(60, 10_000, 'Requests of one peer to be relayed a minute; more are refused.'),
  messageTimeoutMs: count(10_000, 120_000, 'Time to ask for something, or to answer, in ms.'),
})
