import { z } from '../../base/index.ts'

export interface FilesConfig {
  /** Folder where `get` puts content when no other is named; empty means the current folder of the caller. */
  downloads: string
  /** Upload limit of this whole peer in bytes per second; 0 is none. */
  uploadBytesPerSecond: number
  /** Download limit of this whole peer in bytes per second; 0 is none. */
  downloadBytesPerSecond: number
  /** How many known peers of one swarm are dialled at the same time. */
  maxDials: number
  /** How many peers one swarm keeps at most. */
  maxSwarmPeers: number
  /** How many peers of one swarm are remembered at most. */
  maxKnownPeers: number
  /** First pause before a peer that could not be reached is dialled again, in milliseconds; doubles each time. */
  redialMs: number
  /** Longest pause before a peer that could not be reached is dialled again, in milliseconds. */
  maxRedialMs: number
}

export const filesConfig: z.ZodType<FilesConfig> = z.object({
  downloads: z
    .string()
    .default('')
    .describe(
      'Folder where `get` puts content when no other is named; empty means the current folder of the caller.',
    ),
  uploadBytesPerSecond: z
    .int()
    .min(0)
    .default(0)
    .describe('Upload limit of this whole peer in bytes per second; 0 is none.'),
  downloadBytesPerSecond: z
    .int()
    .min(0)
    .default(0)
    .describe('Download limit of this whole peer in bytes per second; 0 is none.'),
  maxDials: z
    .int()
    .min(1)
    .max(64)
    .default(8)
    .describe('How many known peers of one swarm are dialled at the same time.'),
  maxSwarmPeers: z.int().min(1).max(1000).default(80).describe('How many peers one swarm keeps at most.'),
  maxKnownPeers: z
    .int()
    .min(1)
    .max(10_000)
    .default(500)
    .describe('How many peers of one swarm are remembered at most.'),
  redialMs: z
    .int()
    .min(10)
    .default(500)
    .describe(
      'First pause before a peer that could not be reached is dialled again, in milliseconds; doubles each time.',
    ),
  maxRedialMs: z
    .int()
    .min(100)
    .default(60_000)
    .describe('Longest pause before a peer that could not be reached is dialled again, in milliseconds.'),
})
