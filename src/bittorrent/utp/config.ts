import { z } from '../../base/index.ts'

/** Bounds of uTP (BEP 29). */
export interface UtpConfig {
  readonly maxConnections: number
  readonly maxConnectionsPerAddress: number
  readonly maxSynsPerSecond: number
  readonly maxResetsPerSecond: number
  readonly maxWindowBytes: number
  readonly maxHeldBytes: number
  readonly maxPacketBytes: number
  readonly targetDelayMs: number
  readonly connectTries: number
  readonly maxTimeouts: number
  readonly stallMs: number
  readonly keepAliveMs: number
  readonly lingerMs: number
}

const count = (initial: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).max(86_400_000).default(initial).describe(text)
const KiB = 1024
const MiB = 1024 * KiB
const bytes = (initial: number, least: number, most: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(least).max(most).default(initial).describe(text)

export const utpConfig: z.ZodType<UtpConfig> = z.object({
  maxConnections: count(300, 'Open uTP connections, inbound and outbound together.'),
  maxConnectionsPerAddress: count(
    8,
    'Inbound uTP connections from one IPv4 address or one IPv6 /56; this machine itself may open all.',
  ),
  maxSynsPerSecond: count(200, 'Requests to connect by uTP that are answered in a second.'),
  maxResetsPerSecond: count(50, 'uTP packets that belong to no connection and are answered, in a second.'),
  maxWindowBytes: bytes(
    4 * MiB,
    64 * KiB,
    16 * MiB,
    'Bytes on their way in one direction of one uTP connection.',
  ),
  maxHeldBytes: bytes(
    64 * MiB,
    MiB,
    1024 * MiB,
    'Bytes of all uTP connections that wait for earlier ones, or to be read.',
  ),
  maxPacketBytes: bytes(
    1_472,
    1_232,
    1_472,
    'Longest uTP packet to try between programs on this machine; over networks it is what Ethernet takes.',
  ),
  targetDelayMs: count(100, 'Delay that uTP may add to a link before it yields to other traffic, in ms.'),
  connectTries: count(
    4,
    'How often a uTP connection is asked for; after 1, 2, 4, ... s comes the next time.',
  ),
  maxTimeouts: count(6, 'Time-outs in a row, each twice as long, after which a uTP connection is given up.'),
  stallMs: count(120_000, 'Time for which a uTP peer may take no bytes that wait for it, in ms.'),
  keepAliveMs: count(29_000, 'Silence after which a uTP packet keeps the way through a router open, in ms.'),
  lingerMs: count(3_000, 'Time that the other side of a uTP connection may take to end it after us, in ms.'),
})
