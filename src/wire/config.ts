import { z } from '../base/index.ts'

/** Bounds of what one peer may send in one message. All in bytes, except `maxHashes`. */
export interface WireConfig {
  readonly maxRequestBytes: number
  readonly maxBitfieldBytes: number
  readonly maxExtendedBytes: number
  readonly maxHashes: number
  readonly maxUnknownBytes: number
}

const bytes = (min: number, max: number): z.ZodNumber => z.number().int().min(min).max(max)

export const wireConfig: z.ZodType<WireConfig> = z.object({
  maxRequestBytes: bytes(16_384, 16_777_216)
    .default(1_048_576)
    .describe('The longest block that a peer may request or send, in bytes.'),
  maxBitfieldBytes: bytes(1, 16_777_216)
    .default(262_144)
    .describe('The longest bitfield that a peer may send while the piece count is unknown, in bytes.'),
  maxExtendedBytes: bytes(20_480, 1_048_576)
    .default(135_168)
    .describe('The longest extension message (handshake, metadata, peer exchange) of a peer, in bytes.'),
  maxHashes: z
    .number()
    .int()
    .min(512)
    .max(65_536)
    .default(8_192)
    .describe('How many hashes a peer may send in one answer to a hash request, proof included.'),
  maxUnknownBytes: bytes(0, 1_048_576)
    .default(16_384)
    .describe('The longest message of an unknown kind that is skipped rather than refused, in bytes.'),
})

/** Every default of `wireConfig`. */
export const defaultWireConfig: WireConfig = wireConfig.parse({})
