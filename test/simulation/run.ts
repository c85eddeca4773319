import { parseArgs } from 'node:util'
import { scenarios } from './scenarios.ts'
import { Simulation } from './simulation.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    peers: { type: 'string' },
    mebibytes: { type: 'string' },
    'piece-length': { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})

const [name] = positionals
const scenario = name === undefined ? undefined : scenarios[name]
if (scenario === undefined) {
  console.error(
    'node test/simulation/run.ts SCENARIO [--seed N] [--seeds COUNT] [--peers N] [--mebibytes N] [--piece-length N] [--verbose]',
  )
  for (const [known, { summary }] of Object.entries(scenarios))
    console.error(`  ${known.padEnd(14)} ${summary}`)
  process.exit(2)
}

for (let seed = Number(values.seed); seed < Number(values.seed) + Number(values.seeds); seed++) {
  const options = {
    seed,
    peers: Number(values.peers ?? scenario.peers),
    ...(values.mebibytes !== undefined && { mebibytes: Number(values.mebibytes) }),
    ...(values['piece-length'] !== undefined && { pieceLength: Number(values['piece-length']) }),
  }
  const plan = scenario.plan(options)
  const started = process.cpuUsage()
  const result = new Simulation(plan).run()
  const cpu = process.cpuUsage(started)
  const rows = result.peers.map(peer => ({
    peer: peer.name,
    'done s': peer.doneAtMs === undefined ? undefined : Math.round(peer.doneAtMs) / 1000,
    'sent copies': Math.round((peer.sentBlocks / plan.size) * 1000) / 1000,
    'got copies': Math.round((peer.receivedBytes / plan.size) * 1000) / 1000,
    'wasted MiB': Math.round(peer.wasted / 10485.76) / 100,
    refused: peer.refused,
    pieces: peer.pieces,
  }))
  if (values.verbose) {
    console.table(rows)
    for (const event of result.events)
      if (event.type !== 'peer-joined') console.log(Math.round(event.at), event.by, JSON.stringify(event))
  }
  const done = result.peers.filter(peer => peer.doneAtMs !== undefined)
  const last = Math.max(...done.map(peer => peer.doneAtMs!)) / 1000
  const bound = scenario.bound?.(options)
  console.log(
    `${name} seed ${seed}: ${done.length}/${result.peers.length} complete, last ${last.toFixed(2)} s`,
    bound === undefined ? '' : `= ${(last / bound).toFixed(3)} x bound ${bound.toFixed(2)} s`,
    `| seed sent ${(result.peers[0]!.sentBlocks / plan.size).toFixed(3)} copies | ${result.messages} messages, ${((cpu.user + cpu.system) / 1e6).toFixed(2)} s CPU, trace ${result.trace.toString(16)}`,
  )
}
