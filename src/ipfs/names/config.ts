import { z } from '../../base/index.ts'

/** Times and bounds of names (IPNS). */
export interface IpfsNamesConfig {
  readonly republishMs: number
  readonly validityMs: number
  readonly ttlMs: number
  readonly maxTtlMs: number
  readonly patienceMs: number
  readonly resolveMs: number
  readonly maxDepth: number
  readonly maxKnown: number
}

const hourMs = 3_600_000
const count = (fallback: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).default(fallback).describe(text)

export const ipfsNamesConfig: z.ZodType<IpfsNamesConfig, unknown> = z.object({
  republishMs: z
    .int()
    .min(60_000)
    .max(24 * hourMs)
    .default(4 * hourMs)
    .describe('Time after which what a name of ours points at is put into the network again, in ms.'),
  validityMs: z
    .int()
    .min(60_000)
    .max(365 * 24 * hourMs)
    .default(48 * hourMs)
    .describe(
      'Time for which what a name of ours points at holds when this peer is away, in ms; the IPFS network keeps it for two days.',
    ),
  ttlMs: z
    .int()
    .min(0)
    .max(24 * hourMs)
    .default(300_000)
    .describe('Time for which others need not ask again what a name of ours points at, in ms.'),
  maxTtlMs: z
    .int()
    .min(0)
    .max(24 * hourMs)
    .default(hourMs)
    .describe(
      'Longest time for which what a name points at is not asked for again, whatever its owner says, in ms.',
    ),
  patienceMs: count(
    5_000,
    'Time for which a newer record of a name is waited for after the first one, in ms.',
  ),
  resolveMs: count(30_000, 'Time after which a name that nobody knows is given up, in ms.'),
  maxDepth: z.int().min(1).max(32).default(8).describe('Names that may lead to one another.'),
  maxKnown: count(1_024, 'Names of which the last record is remembered, so that none is taken back.'),
})
