import { z } from '../../base/index.ts'

export interface ReachConfig {
  readonly dialBack: boolean
  readonly dialBacksPerMinute: number
}

export const reachConfig: z.ZodType<ReachConfig> = z.object({
  dialBack: z
    .boolean()
    .default(true)
    .describe(
      'Connect back to a peer that asks for it, at its own address, so that it learns whether its port is open.',
    ),
  dialBacksPerMinute: z
    .int()
    .min(1)
    .max(1000)
    .default(10)
    .describe('How many peers are connected back to a minute, each of them once.'),
})
