// Benchmarks: `npm run bench -- NAME [--json] [--runs N] [--with libtorrent,...] [--size BYTES] [--smoke]`.
import { parseArgs } from 'node:util'
import { bittorrent } from './bittorrent.ts'
import { chat } from './chat.ts'
import { dht } from './dht.ts'
import { firstByte } from './first-byte.ts'
import { gateway } from './gateway.ts'
import { idle } from './idle.ts'
import { index } from './index.ts'
import { ipfs } from './ipfs.ts'
import { didNotEnd, formatGoals, formatTable, isReached, mediansOf } from './report.ts'
import type { BenchOptions, Figures, PreparedScenario, Scenario } from './scenario.ts'
import { send } from './send.ts'
import { single } from './single.ts'
import { small } from './small.ts'
import { start } from './start.ts'
import { swarm } from './swarm.ts'
import { torrents } from './torrents.ts'
import { udx } from './udx.ts'
import { Unfinished } from './unfinished.ts'
import { utp } from './utp.ts'
import { web } from './web.ts'
import { webSeed } from './web-seed.ts'

const scenarios: readonly Scenario[] = [
  single,
  chat,
  bittorrent,
  utp,
  udx,
  small,
  index,
  firstByte,
  swarm,
  start,
  idle,
  dht,
  torrents,
  webSeed,
  web,
  send,
  ipfs,
  gateway,
]

const usage = `Usage: npm run bench -- NAME [options]

${scenarios.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`).join('\n')}

  --runs N       measure each system N times and show the median (default 3)
  --with NAMES   measure other systems in the same run: ${[...new Set(scenarios.flatMap(({ opponents }) => opponents))].join(', ')}
  --only ROWS    measure only these of the systems, by the names in the table, separated by commas
  --size BYTES   size of the content, where the scenario has one
  --json         one JSON line for each measurement and one for the result; the table goes to standard error
  --smoke        small and once: shows that it works, not how fast it is`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    runs: { type: 'string' },
    with: { type: 'string', default: '' },
    only: { type: 'string' },
    size: { type: 'string' },
  },
})
const scenario = scenarios.find(({ name }) => name === positionals[0])
if (values.help || scenario === undefined) {
  console.error(usage)
  process.exitCode = values.help ? 0 : 2
} else {
  await runScenario(scenario, {
    runs: values.runs === undefined ? (values.smoke ? 1 : 3) : Number(values.runs),
    opponents: values.with.split(',').filter(name => name !== ''),
    only: values.only?.split(','),
    size: values.size === undefined ? undefined : Number(values.size),
    smoke: values.smoke,
  })
}

/** Measures, prints and judges. A missed goal sets the exit code, except in a smoke run, which judges nothing. */
async function runScenario(scenario: Scenario, options: BenchOptions): Promise<void> {
  const unknown = options.opponents.filter(name => !scenario.opponents.includes(name))
  if (unknown.length > 0) throw new Error(`${scenario.name} cannot be measured with ${unknown.join(', ')}`)
  await using prepared = await scenario.prepare(options)
  const systems = rowsOf(prepared.systems, options.only)
  const runs = new Map<string, Figures[]>(systems.map(system => [system, []]))
  for (let run = 1; run <= options.runs; run += 1) {
    for (const system of systems) {
      const figures = await measured(prepared, system)
      runs.get(system)?.push(figures)
      print({ scenario: scenario.name, run, system, ...figures })
    }
  }
  const medians = mediansOf(runs)
  const goals = options.smoke ? [] : prepared.goals(medians)
  print({ scenario: scenario.name, runs: options.runs, medians: Object.fromEntries(medians), goals })
  const table = `${scenario.name}, median of ${options.runs}\n\n${formatTable(medians)}\n\n${formatGoals(goals)}`
  if (values.json) console.error(table)
  else console.log(table)
  if (!goals.every(isReached)) process.exitCode = 1
}

function rowsOf(systems: readonly string[], only: readonly string[] | undefined): readonly string[] {
  const unknown = only?.filter(row => !systems.includes(row)) ?? []
  if (unknown.length > 0) throw new Error(`no row ${unknown.join(', ')}; there are ${systems.join(', ')}`)
  return only ?? systems
}

/** A system that hangs costs its own row alone. */
async function measured(prepared: PreparedScenario, system: string): Promise<Figures> {
  try {
    return await prepared.measure(system)
  } catch (error) {
    if (!(error instanceof Unfinished)) throw error
    console.error(`${system} ${error.message}`)
    return { [didNotEnd]: 1 }
  }
}

function print(record: object): void {
  if (values.json) console.log(JSON.stringify(record))
  else if ('run' in record) console.error(JSON.stringify(record))
}
