import { z } from '../../base/index.ts'

export interface FoldersConfig {
  /** Entries of one folder that are read to be listed; what is beyond is left out, and told. */
  readonly maxEntries: number
}

export const foldersConfig: z.ZodType<FoldersConfig> = z.object({
  maxEntries: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(100_000)
    .describe('Entries of one folder that are read to be listed; what is beyond is left out, and told.'),
})
