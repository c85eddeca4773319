import { z } from '../../base/index.ts'

export interface FilesConfig {
  /** Folder where `get` puts content when no other is named; empty means the current folder of the caller. */
  downloads: string
  /** Upload limit of this whole peer in bytes per second; 0 is none. */
  uploadBytesPerSecond: number
  /** Download limit of this whole peer in bytes per second; 0 is none. */
  downloadBytesPerSecond: number
  /** How many downloads run at the same time; others are queued. 0 is no limit. */
  maxActiveDownloads: number
  /** How many public contents are seeded at the same time, those that nobody asks for not counted. 0 is no limit. */
  maxActiveSeeds: number
  /** How many downloads and public seeds run at the same time in all. 0 is no limit. */
  maxActive: number
  /** A transfer that moves fewer bytes per second for `slowMs` takes nobody's place in the queue. */
  slowBytesPerSecond: number
  slowMs: number
  /** Begin paused what `get` adds. */
  addPaused: boolean
  /** Stop seeding public content after so many copies were sent; 0 is never. */
  seedRatio: number
  /** Stop seeding public content after so many minutes; 0 is never. */
  seedMinutes: number
  /** Add the .torrent and .magnet files that are put into this folder; empty is none. */
  watchFolder: string
  /** Where content goes that the watched folder named; empty is as for `get`. */
  watchInto: string
  /** How often the watched folder is looked at, where the system does not tell, in milliseconds. */
  watchMs: number
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
  /** Blocks of one CID that are on their way at once, and files that are written at once. */
  leavesInFlight: number
  openFiles: number
  /** Entries of all folders behind one CID that is fetched to files. */
  maxTreeEntries: number
  /** How many links are looked at once before they are fetched, and remembered, and the bytes of what is remembered of them. */
  maxPreviews: number
  previewBytes: number
  /** How often a minute one peer may ask what is shared. */
  listsPerMinute: number
  /** How many peers may look at once at what is shared. */
  maxVisitors: number
  /** How many shares of others are kept up to date. */
  maxWishes: number
  /** How often those whose shares are kept up to date are asked at least, and how rarely those that are away, in milliseconds. */
  wishMs: number
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
  maxActiveDownloads: z
    .int()
    .min(0)
    .default(5)
    .describe('How many downloads run at the same time; others are queued. 0 is no limit.'),
  maxActiveSeeds: z
    .int()
    .min(0)
    .default(0)
    .describe(
      'How many public contents are seeded at the same time, those that nobody asks for not counted. 0 is no limit.',
    ),
  maxActive: z
    .int()
    .min(0)
    .default(0)
    .describe('How many downloads and public seeds run at the same time in all. 0 is no limit.'),
  slowBytesPerSecond: z
    .int()
    .min(0)
    .default(2048)
    .describe('A transfer that moves fewer bytes per second than this takes nobody’s place in the queue.'),
  slowMs: z
    .int()
    .min(0)
    .default(60_000)
    .describe('For how long a transfer has to be so slow, in milliseconds.'),
  addPaused: z.boolean().default(false).describe('Begin paused what `get` adds.'),
  seedRatio: z
    .number()
    .min(0)
    .default(0)
    .describe('Stop seeding public content after so many copies were sent; 0 is never.'),
  seedMinutes: z
    .number()
    .min(0)
    .default(0)
    .describe('Stop seeding public content after so many minutes; 0 is never.'),
  watchFolder: z
    .string()
    .default('')
    .describe('Add the .torrent and .magnet files that are put into this folder; empty is none.'),
  watchInto: z
    .string()
    .default('')
    .describe('Where content goes that the watched folder named; empty is as for `get`.'),
  watchMs: z
    .int()
    .min(100)
    .default(10_000)
    .describe('How often the watched folder is looked at, where the system does not tell, in milliseconds.'),
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
  leavesInFlight: z
    .int()
    .min(1)
    .max(4096)
    .default(64)
    .describe('How many blocks of a CID that is fetched to files are on their way at once.'),
  maxTreeEntries: z
    .int()
    .min(1)
    .default(1_048_576)
    .describe(
      'Most entries of a folder and all in it that are listed to fetch a CID to files; some hundred bytes of memory each.',
    ),
  openFiles: z
    .int()
    .min(1)
    .max(256)
    .default(16)
    .describe('How many files of a CID are fetched at the same time.'),
  maxPreviews: z
    .int()
    .min(1)
    .max(1000)
    .default(16)
    .describe(
      'How many links are looked at at the same time before they are fetched, and how many are remembered.',
    ),
  previewBytes: z
    .int()
    .min(0)
    .default(64 * 2 ** 20)
    .describe('How much is remembered of links that were looked at, in bytes.'),
  listsPerMinute: z
    .int()
    .min(1)
    .max(100_000)
    .default(60)
    .describe('How often a minute one peer may ask what is shared with it.'),
  maxVisitors: z
    .int()
    .min(1)
    .max(100_000)
    .default(512)
    .describe('How many peers may look at what is shared at the same time; each is told when that changes.'),
  maxWishes: z
    .int()
    .min(1)
    .max(100_000)
    .default(1000)
    .describe('How many shares of others are kept up to date at most.'),
  wishMs: z
    .int()
    .min(100)
    .default(600_000)
    .describe(
      'How often those whose shares are kept up to date are asked at least, and how rarely those that are away, in milliseconds.',
    ),
})
