import { z } from '../../base/index.ts'

/** How web seeds are used (BEP 19). */
export interface WebSeedsConfig {
  readonly connections: number
  readonly minRangeBytes: number
  readonly maxRangeBytes: number
  readonly maxSkipBytes: number
  readonly maxMissingFiles: number
  readonly maxPerContent: number
  readonly timeoutMs: number
  readonly retryMs: number
  readonly maxRetryMs: number
  readonly redirectMs: number
}

const count = (initial: number, text: string): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(1).max(1_073_741_824).default(initial).describe(text)

export const webSeedsConfig: z.ZodType<WebSeedsConfig> = z.object({
  connections: count(4, 'Connections to one web seed.'),
  minRangeBytes: count(
    1_048_576,
    'Ranges this long are not split among connections to a web seed, in bytes.',
  ),
  maxRangeBytes: count(8_388_608, 'Longest range asked of a web seed at once, in bytes.'),
  maxSkipBytes: count(
    4_194_304,
    'Files up to this size are also fetched from web seeds that do not answer ranges, in bytes.',
  ),
  maxMissingFiles: count(
    16,
    'A web seed that lacked so many more files than it gave parts of files is left alone for a while.',
  ),
  maxPerContent: count(16, 'Web seeds of one content that are used; those it names first.'),
  timeoutMs: count(30_000, 'Time without a byte after which a web seed is taken to hang, in ms.'),
  retryMs: count(2_000, 'First pause after a web seed failed, in ms; doubles each time.'),
  maxRetryMs: count(1_800_000, 'Longest pause after a web seed failed, in ms.'),
  redirectMs: count(600_000, 'Time for which the end of a redirect is remembered, in ms.'),
})
