import { z } from '../../base/index.ts'

/** How trackers are asked. */
export interface TrackersConfig {
  readonly timeoutMs: number
  readonly minIntervalMs: number
  readonly maxIntervalMs: number
  readonly firstRetryMs: number
  readonly maxRetryMs: number
  readonly stopTimeoutMs: number
  readonly maxAnnounces: number
  readonly maxAnnouncesPerTracker: number
  readonly maxReplyBytes: number
  readonly wanted: number
  readonly allTiers: boolean
  readonly scrapeMs: number
}

const count = (initial: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).max(86_400_000).default(initial).describe(text)

export const trackersConfig: z.ZodType<TrackersConfig> = z.object({
  timeoutMs: count(15_000, 'Time for one answer of a tracker, in ms.'),
  minIntervalMs: count(60_000, 'A tracker is asked no more often than this, in ms, whatever it says.'),
  maxIntervalMs: count(7_200_000, 'A tracker is asked at least this often, in ms, whatever it says.'),
  firstRetryMs: count(15_000, 'First pause after a tracker failed, in ms; doubles each time.'),
  maxRetryMs: count(3_600_000, 'Longest pause after a tracker failed, in ms.'),
  stopTimeoutMs: count(2_500, 'Time to tell trackers that we stop, in ms.'),
  maxAnnounces: count(20, 'Trackers that are asked at the same time.'),
  maxAnnouncesPerTracker: count(4, 'Contents that one tracker is asked about at the same time.'),
  maxReplyBytes: count(262_144, 'A reply of a tracker that is longer than this is no reply, in bytes.'),
  wanted: count(80, 'Peers asked for in one announce.'),
  allTiers: z
    .boolean()
    .default(false)
    .describe('Announce to one tracker of every tier; else only to the first tier that works (BEP 12).'),
  scrapeMs: count(1_800_000, 'Time between two questions to a tracker how large the swarms are, in ms.'),
})
