import { z } from '../../base/index.ts'

/** What Bitswap does for others, and what it takes from them. */
export interface BitswapConfig {
  readonly maxPeers: number
  readonly maxWantsPerPeer: number
  readonly maxOpenWants: number
  readonly maxStreamsPerPeer: number
  readonly maxBlockBytes: number
  readonly sendBufferBytes: number
  readonly maxSendBufferBytes: number
  readonly maxReceivedBytes: number
  readonly idleMs: number
  readonly silenceMs: number
  readonly maxUnasked: number
  readonly shunMs: number
}

const int = (value: number, min: number, max: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(min).max(max).default(value).describe(text)
const mebibyte = 2 ** 20

export const bitswapConfig: z.ZodType<BitswapConfig> = z.object({
  maxPeers: int(1024, 1, 65_536, 'Peers whose wants are kept at once; those that want nothing go first.'),
  maxWantsPerPeer: int(
    1024,
    1,
    16_384,
    'Most wants that are kept of one peer; what is more gets "do not have".',
  ),
  maxOpenWants: int(
    16_384,
    0,
    1_048_576,
    'Wants of all peers together for blocks that are not here, kept so that these are told of when they come.',
  ),
  maxStreamsPerPeer: int(16, 1, 128, 'Open streams from one peer.'),
  maxBlockBytes: int(
    2 * mebibyte,
    1024,
    4_194_240,
    'The longest block that is asked for or served, in bytes. Others take 2 MiB.',
  ),
  sendBufferBytes: int(
    4 * mebibyte,
    65_536,
    2 ** 28,
    'Most bytes read from disk and not yet sent to one peer.',
  ),
  maxSendBufferBytes: int(
    32 * mebibyte,
    65_536,
    2 ** 30,
    'Most bytes read from disk and not yet sent to all peers together; beyond, each gets what it asked for in small batches, one after the other.',
  ),
  maxReceivedBytes: int(
    32 * mebibyte,
    65_536,
    2 ** 30,
    'Bytes received and not yet verified beyond which nothing more is read from anybody.',
  ),
  idleMs: int(
    5_000,
    100,
    600_000,
    'A stream on which nothing was sent for so long is closed. Helia ends those of 10 s.',
  ),
  silenceMs: int(
    30_000,
    100,
    600_000,
    'A stream is cut off on which a message has begun and less than 32 KiB of it come in this time, and a peer that takes less of what waits for it.',
  ),
  maxUnasked: int(16, 0, 65_536, 'Blocks that nobody asked for, or that are none, until a peer is cut off.'),
  shunMs: int(
    600_000,
    0,
    86_400_000,
    'For how long a peer that was cut off for what it sent is not dealt with.',
  ),
})
