import { z } from '../../base/index.ts'

export interface RemoteConfig {
  enabled: boolean
  address: string
  port: number
  names: string[]
  certificate: string
  key: string
  maxConnections: number
  maxSessions: number
  sessionIdleMs: number
  sessionMaxMs: number
  attemptsPerMinute: number
  totalAttemptsPerMinute: number
}

/** A name or an address as it stands in `Host`, with or without a port. */
const hostPattern = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9]([a-z0-9.-]{0,252}))(:\d{1,5})?$/

export const remoteConfig: z.ZodType<RemoteConfig> = z.object({
  enabled: z
    .boolean()
    .default(false)
    .describe('Whether the page and the API can be used from other computers, with a password and TLS.'),
  address: z
    .union([z.ipv4(), z.ipv6()])
    .default('0.0.0.0')
    .describe('Address on which remote access listens; 0.0.0.0 is all of IPv4, :: all of both.'),
  port: z.int().min(0).max(65535).default(7443).describe('TCP port of remote access; 0 takes any free one.'),
  names: z
    .array(z.string().regex(hostPattern, 'a name or address in lower case, perhaps with a port'))
    .max(32)
    .default([])
    .describe(
      'Names and addresses by which remote access may be asked for, besides the addresses of this computer: home.example, home.example:8443.',
    ),
  certificate: z
    .string()
    .max(4096)
    .default('')
    .describe('File with the certificate of remote access and those above it (PEM); empty: one is made.'),
  key: z.string().max(4096).default('').describe('File with the private key of that certificate (PEM).'),
  maxConnections: z
    .int()
    .min(4)
    .max(4096)
    .default(64)
    .describe('Open connections of remote access; more are closed at once.'),
  maxSessions: z
    .int()
    .min(1)
    .max(1000)
    .default(32)
    .describe('Remote sessions at one time; one more ends the one that was not used for longest.'),
  sessionIdleMs: z
    .int()
    .min(60_000)
    .default(12 * 3_600_000)
    .describe('Time without a request after which a remote session ends, in ms.'),
  sessionMaxMs: z
    .int()
    .min(60_000)
    .default(7 * 24 * 3_600_000)
    .describe('Time after which a remote session ends in any case, in ms.'),
  attemptsPerMinute: z
    .int()
    .min(1)
    .max(1000)
    .default(5)
    .describe('Wrong passwords that one address may send within a minute.'),
  totalAttemptsPerMinute: z
    .int()
    .min(1)
    .max(10_000)
    .default(30)
    .describe('Wrong passwords that all addresses together may send within a minute.'),
})
