import type { RunningService } from '../../base/index.ts'
import { Limits, type LimitsHost } from './limits.ts'
import { limitsOperations } from './operations.ts'

export { type LimitsConfig, limitsConfig } from './config.ts'
export type { Limits, LimitsHost, LimitsReport, LimitsSettings, Rates } from './limits.ts'
export { limitsOperations } from './operations.ts'
export type { Mode } from './week.ts'

/** The limits of this whole peer; its `state` has the buckets that every network takes from. */
export function startLimits(host: LimitsHost): RunningService & { readonly state: Limits } {
  const limits = new Limits(host)
  limits.start()
  return { name: 'limits', operations: limitsOperations, state: limits, stop: async () => limits.stop() }
}
