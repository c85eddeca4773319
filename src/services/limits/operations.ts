import { type ValueOperation, z } from '../../base/index.ts'
import type { Limits, LimitsReport } from './limits.ts'
import { paint } from './paint.ts'
import { dayPattern, type Mode, modes } from './week.ts'

const show: ValueOperation<Limits, Record<never, never>, LimitsReport> = {
  summary: 'Show how fast this peer may send and fetch now, and at which hours of the week',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'limits', example: 'peerage limits' },
  run: async limits => limits.report(),
}

const rate = (text: string, least: number): z.ZodType<number | undefined> =>
  z.int().min(least).optional().describe(text)

interface SetInput {
  readonly upload?: number | undefined
  readonly download?: number | undefined
  readonly slowUpload?: number | undefined
  readonly slowDownload?: number | undefined
}

const keys: Readonly<Record<keyof SetInput, string>> = {
  upload: 'files.uploadBytesPerSecond',
  download: 'files.downloadBytesPerSecond',
  slowUpload: 'limits.slowUploadBytesPerSecond',
  slowDownload: 'limits.slowDownloadBytesPerSecond',
}

const set: ValueOperation<Limits, SetInput, LimitsReport> = {
  summary: 'Limit how fast this whole peer sends and fetches, on all networks',
  input: z.object({
    upload: rate('Bytes per second that are sent at most; 0 is no limit', 0),
    download: rate('Bytes per second that are fetched at most; 0 is no limit', 0),
    slowUpload: rate('The same for slow hours', 1),
    slowDownload: rate('The same for slow hours', 1),
  }),
  action: 'write',
  kind: 'value',
  command: { words: 'limits set', example: 'peerage limits set --upload 2MB --slow-upload 100kB' },
  async run(limits, input) {
    for (const name of Object.keys(keys) as (keyof SetInput)[])
      if (input[name] !== undefined) await limits.host.set(keys[name], input[name])
    return limits.report()
  },
}

const mode: ValueOperation<Limits, { mode: 'schedule' | Mode }, LimitsReport> = {
  summary: 'Be slow, off or full from now on, or go by the hours of the week again',
  input: z.object({
    mode: z
      .enum(['schedule', ...modes])
      .describe('full, slow, off; or schedule: as the hours of the week say'),
  }),
  action: 'write',
  kind: 'value',
  command: { words: 'limits mode', positional: ['mode'], example: 'peerage limits mode slow' },
  async run(limits, input) {
    await limits.host.set('limits.mode', input.mode)
    return limits.report()
  },
}

interface ScheduleInput {
  readonly days?: string | undefined
  readonly hours?: string | undefined
  readonly mode?: Mode | undefined
  readonly week?: readonly string[] | undefined
  readonly clear: boolean
}

const schedule: ValueOperation<Limits, ScheduleInput, LimitsReport> = {
  summary: 'Say at which hours of the week this peer is slow or off',
  input: z
    .object({
      days: z.string().min(2).max(100).optional().describe('all, mon-fri, sat,sun'),
      hours: z.string().min(3).max(20).optional().describe('08:00-18:00; 22-6 goes into the next day'),
      mode: z.enum(modes).optional().describe('What this peer is then: full, slow or off'),
      week: z
        .array(z.string().regex(dayPattern))
        .length(7)
        .optional()
        .describe('Instead: all of it, a text of 24 letters (f, s, o) a day, Monday first'),
      clear: z.boolean().default(false).describe('Be full at all hours before that'),
    })
    .refine(
      ({ days, hours, mode: which, week, clear }) =>
        [days, hours, which].every(one => (one === undefined) === (days === undefined)) &&
        [days, week].filter(one => one !== undefined).length + (clear ? 1 : 0) > 0,
      'Say days, hours and mode together, or the whole week, or clear.',
    ),
  action: 'write',
  kind: 'value',
  command: {
    words: 'limits schedule',
    positional: ['days', 'hours', 'mode'],
    example: 'peerage limits schedule mon-fri 08:00-18:00 slow',
  },
  async run(limits, { days, hours, mode: which, week, clear }) {
    const before = clear ? [] : limits.host.settings().week
    const after = week ?? (days === undefined ? [] : paint(before, { days, hours: hours!, mode: which! }))
    await limits.host.set('limits.week', after)
    return limits.report()
  },
}

/** What a user can ask about how fast this peer is. */
export const limitsOperations: Readonly<{
  show: typeof show
  set: typeof set
  mode: typeof mode
  schedule: typeof schedule
}> = { show, set, mode, schedule }
