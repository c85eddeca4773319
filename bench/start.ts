import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { makeManyShares } from './many-shares.ts'
import { peerageCommand, startPeerage } from './peerage-daemon.ts'
import type { Scenario } from './scenario.ts'

const run = promisify(execFile)

/** What a person waits for before anything happens. */
export const start: Scenario = {
  name: 'start',
  summary: '--help; status through a daemon; a daemon with 1,000 shares from start to its first answer',
  opponents: [],
  async prepare(options) {
    const shares = options.size ?? (options.smoke ? 20 : 1000)
    const many = await makeManyShares(shares)
    return {
      systems: ['peerage'],
      async measure() {
        const ready = await seconds(async () => startPeerage(many.home))
        await using _daemon = ready.result
        const help = await seconds(() => peerage('--help'))
        const status = await seconds(() => peerage('status', '--home', many.home))
        return { 'help s': help.seconds, 'status s': status.seconds, 'ready s': ready.seconds }
      },
      goals(medians) {
        const mine = medians.get('peerage') ?? {}
        const goal = (figure: string, what: string, limit: number) => ({
          what: `seconds, ${what}`,
          value: mine[figure] ?? Number.NaN,
          limit,
        })
        return [
          goal('help s', '--help', 0.15),
          goal('status s', 'status through a daemon', 0.25),
          goal('ready s', `a daemon with ${shares} shares answers`, 1),
        ]
      },
      [Symbol.asyncDispose]: () => many[Symbol.asyncDispose](),
    }
  },
}

async function peerage(...args: readonly string[]): Promise<void> {
  const [program = '', ...first] = peerageCommand
  await run(program, [...first, ...args])
}

async function seconds<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const began = performance.now()
  const result = await work()
  return { seconds: (performance.now() - began) / 1000, result }
}
