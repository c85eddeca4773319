import { z } from '../../base/index.ts'

/** How a session spreads over sources. */
export interface SessionConfig {
  readonly startWindowBytes: number
  readonly maxWindowBytes: number
  readonly queueTimeMs: number
  readonly maxSources: number
  readonly maxProbed: number
  readonly patienceMs: number
  readonly leastPatienceMs: number
  readonly askAgainMs: number
  readonly findAgainMs: number
  readonly maxFailures: number
  readonly maxAskers: number
}

const int = (value: number, min: number, max: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(min).max(max).default(value).describe(text)

export const sessionConfig: z.ZodType<SessionConfig> = z.object({
  startWindowBytes: int(1_048_576, 16_384, 2 ** 28, 'Bytes asked of a source before its speed is known.'),
  maxWindowBytes: int(16_777_216, 65_536, 2 ** 30, 'Most bytes asked of one source and not yet received.'),
  queueTimeMs: int(
    100,
    1,
    10_000,
    'Wants kept waiting at a source beyond the round trip, in milliseconds of its speed.',
  ),
  maxSources: int(64, 1, 4096, 'Sources of one session.'),
  maxProbed: int(
    128,
    0,
    65_536,
    'Connected peers that are asked whether they have a block before others are looked for.',
  ),
  patienceMs: int(
    10_000,
    100,
    600_000,
    'A source that was asked for something and sent nothing for so long is asked for nothing more for as long.',
  ),
  leastPatienceMs: int(
    5_000,
    100,
    600_000,
    'The least of that time for a source whose speed is known, which has eight times as long as all it was asked for should take; a gateway known from before, eight times as long as its answers took.',
  ),
  askAgainMs: int(
    1_000,
    50,
    600_000,
    'Who had a block not is asked for it again after so long, then after twice as long each time, up to `findAgainMs`.',
  ),
  findAgainMs: int(
    30_000,
    1_000,
    3_600_000,
    'Others who have it are looked for so often while something is missing.',
  ),
  maxFailures: int(5, 1, 1000, 'Failures in a row after which a source is dropped from its session.'),
  maxAskers: int(2, 1, 16, 'Sources that one block is asked of at the same time near the end.'),
})
