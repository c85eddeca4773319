import { z } from '../../base/index.ts'
import type { Audience } from './audience.ts'

export interface DiscoveryConfig {
  readonly contacts: boolean
  readonly rendezvousFor: Audience
  readonly rendezvousPoints: readonly string[]
  readonly overlayFor: Audience
  readonly bootstrap: readonly string[]
  readonly maxRegistrations: number
  readonly maxRegistrationsPerPeer: number
  readonly maxRegistrationsPerAddress: number
  readonly maxRegistrationsPerTopic: number
  readonly questionsPerMinute: number
}

const audiences: readonly Audience[] = ['off', 'contacts', 'circle', 'everyone']

const count = (fallback: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).max(1_000_000).default(fallback).describe(text)
const addresses = (text: string): z.ZodDefault<z.ZodArray<z.ZodString>> =>
  z.array(z.string().max(512)).max(32).default([]).describe(text)

export const discoveryConfig: z.ZodType<DiscoveryConfig, unknown> = z.object({
  contacts: z
    .boolean()
    .default(true)
    .describe(
      'Tell contacts and members of circles where this peer is, so that others whom they know find it, and ask them.',
    ),
  rendezvousFor: z
    .enum(audiences)
    .default('off')
    .describe(
      'For whom this peer is a rendezvous, where others meet: contacts, circle (and contacts), everyone.',
    ),
  rendezvousPoints: addresses(
    'Rendezvous points to use besides contacts that offer one: multiaddrs that end in /p2p/ID.',
  ),
  overlayFor: z
    .enum(audiences)
    .default('everyone')
    .describe('With whom this peer forms an overlay network through which peers find one another.'),
  bootstrap: addresses(
    'Peers by which this peer enters the overlay network: multiaddrs that end in /p2p/ID.',
  ),
  maxRegistrations: count(20_000, 'Entries of others that are kept at once, in each of these ways.'),
  maxRegistrationsPerPeer: count(1_024, 'Of these, of one peer.'),
  maxRegistrationsPerAddress: count(2_048, 'Of these, of one IPv4 address or one IPv6 /56.'),
  maxRegistrationsPerTopic: count(512, 'Of these, under one name.'),
  questionsPerMinute: count(240, 'Questions and announcements of one peer that are answered a minute.'),
})
