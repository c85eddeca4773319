import { z } from '../../base/index.ts'

/** The HTTP gateway of this peer: where it listens, what it serves, and its bounds. */
export interface GatewayConfig {
  readonly enabled: boolean
  readonly port: number
  readonly listen: string
  readonly hosts: string[]
  readonly fetch: boolean
  readonly maxListedEntries: number
  readonly maxCarBlocks: number
  readonly maxConnections: number
  readonly maxRequests: number
  readonly fetchTimeoutMs: number
  readonly sendTimeoutMs: number
  readonly readAheadBlocks: number
}

const count = (initial: number, most: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).max(most).default(initial).describe(text)

export const gatewayConfig: z.ZodType<GatewayConfig> = z.object({
  enabled: z
    .boolean()
    .default(false)
    .describe('Serve content to browsers and programs of this computer over HTTP.'),
  port: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(7480)
    .describe(
      'TCP port of the gateway; 0 takes any free one, and so it is when nobody chose it and it is taken.',
    ),
  listen: z
    .string()
    .regex(/^[0-9a-fA-F.:]{2,45}$/)
    .default('127.0.0.1')
    .describe(
      'Address that the gateway listens on; anything but 127.0.0.1 and ::1 lets other computers ask it.',
    ),
  hosts: z
    .array(z.string().regex(/^(?=.{1,190}$)[a-z0-9-]+(?:\.[a-z0-9-]+)*$/))
    .min(1)
    .max(16)
    .default(['localhost'])
    .describe(
      'Names by which the gateway is asked, each CID with an origin of its own below them, or IPv4 addresses, asked by path; others are refused.',
    ),
  fetch: z
    .boolean()
    .default(true)
    .describe(
      'Fetch what is asked for and not here from the IPFS network; otherwise only what is in the store is served.',
    ),
  maxListedEntries: count(10_000, 1_000_000, 'Most entries of a folder that its page shows.'),
  maxCarBlocks: count(1_000_000, 100_000_000, 'Most blocks of one CAR; it breaks off there.'),
  maxConnections: count(256, 65_536, 'Open connections to the gateway; more are closed at once.'),
  maxRequests: count(64, 65_536, 'Requests that are answered at one time; more are told to come again.'),
  fetchTimeoutMs: count(
    30_000,
    3_600_000,
    'Time to find the first block of what is asked for, and each that follows, in ms.',
  ),
  sendTimeoutMs: count(
    60_000,
    3_600_000,
    'Time for a client to take more of an answer; then its connection is closed, in ms.',
  ),
  readAheadBlocks: count(
    4,
    64,
    'Blocks of a file that are read before the client has taken those before them.',
  ),
})
