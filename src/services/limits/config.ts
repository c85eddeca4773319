import { z } from '../../base/index.ts'
import { dayPattern, type Mode, modes } from './week.ts'

export interface LimitsConfig {
  readonly mode: 'schedule' | Mode
  readonly week: readonly string[]
  readonly slowUploadBytesPerSecond: number
  readonly slowDownloadBytesPerSecond: number
}

export const limitsConfig: z.ZodType<LimitsConfig> = z.object({
  mode: z
    .enum(['schedule', ...modes])
    .default('schedule')
    .describe(
      'How fast this peer is: as the hours of the week say (schedule), or until you change it: as fast as usual (full), slow, or off.',
    ),
  week: z
    .array(z.string().regex(dayPattern))
    .refine(days => days.length === 0 || days.length === 7, 'A week has seven days.')
    .default([])
    .describe(
      'The hours of the week, Monday first, one text of 24 letters a day: f for full, s for slow, o for off. Empty is always full.',
    ),
  slowUploadBytesPerSecond: z
    .int()
    .min(1)
    .default(100_000)
    .describe('Upload limit of this whole peer in slow hours, in bytes per second.'),
  slowDownloadBytesPerSecond: z
    .int()
    .min(1)
    .default(500_000)
    .describe('Download limit of this whole peer in slow hours, in bytes per second.'),
})
