import { setTimeout as pause } from 'node:timers/promises'
import { makeManyShares } from './many-shares.ts'
import { startPeerage } from './peerage-daemon.ts'
import { usageOf } from './process-usage.ts'
import type { Scenario } from './scenario.ts'

const settleMs = 5000

/** What a peer costs that does nothing. */
export const idle: Scenario = {
  name: 'idle',
  summary: 'memory and CPU of an idle daemon with 1,000 shares',
  opponents: [],
  async prepare(options) {
    const many = await makeManyShares(options.size ?? (options.smoke ? 20 : 1000))
    const watchMs = options.smoke ? 2000 : 30_000
    return {
      systems: ['peerage'],
      async measure() {
        await using daemon = await startPeerage(many.home)
        await pause(options.smoke ? 500 : settleMs)
        const before = usageOf(daemon.pid)
        await pause(watchMs)
        const after = usageOf(daemon.pid)
        const used = after.cpuSeconds - before.cpuSeconds
        return { 'memory MB': after.memory / 1e6, 'CPU %': (used * 100_000) / watchMs }
      },
      goals(medians) {
        const mine = medians.get('peerage') ?? {}
        return [
          { what: 'MB of memory', value: mine['memory MB'] ?? Number.NaN, limit: 150 },
          { what: 'percent of a core', value: mine['CPU %'] ?? Number.NaN, limit: 0.5 },
        ]
      },
      [Symbol.asyncDispose]: () => many[Symbol.asyncDispose](),
    }
  },
}
