import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createLab, type Lab, missingForLab } from '../test/lab/lab.ts'
import { aria2Swarm } from './opponents/aria2-swarm.ts'
import { libtorrentSwarm } from './opponents/libtorrent-swarm.ts'
import { peerageSwarm } from './peerage-swarm.ts'
import { mixedSwarm, publicSwarm } from './public-swarm.ts'
import type { Figures, Goal, Medians, Scenario } from './scenario.ts'
import type { PreparedSwarm, SwarmPlace, SwarmSystem } from './swarm-system.ts'
import { makeWorkFolder, type WorkFolder, writeRandomFile } from './test-data.ts'

const opponents = [libtorrentSwarm, aria2Swarm]
const defaultSize = 32 * 1024 ** 2
const uplinkMbit = 20
const rttMs = 20
/** How many copies the seed has sent when it leaves, in the second part. */
const copiesBeforeLeaving = 1.1
/** Receivers that are not done after so many times the bound never will be. */
const patience = 5

/** Many receivers, one seed, slow uplinks: whether peers serve one another well. */
export const swarm: Scenario = {
  name: 'swarm',
  summary: '1 seed and 8 receivers with uplinks of 20 Mbit/s, 20 ms apart; then again, and the seed leaves',
  opponents: opponents.map(({ name }) => name),
  async prepare(options) {
    const missing = missingForLab()
    if (missing !== undefined) throw new Error(`swarm cannot be measured: ${missing}`)
    const size = options.size ?? (options.smoke ? defaultSize / 8 : defaultSize)
    const receivers = Array.from({ length: options.smoke ? 3 : 8 }, (_, index) => index + 1)
    const work = await makeWorkFolder()
    const source = join(work.path, 'content')
    await writeRandomFile(source, size)
    const beside = opponents.filter(({ name }) => options.opponents.includes(name))
    const mixed = beside.includes(libtorrentSwarm) ? [mixedSwarm] : []
    const systems = [peerageSwarm, publicSwarm, ...mixed, ...beside]
    for (const { name, missing } of systems)
      if (missing() !== undefined) throw new Error(`${name} cannot be measured: ${missing()}`)
    const trial = { work, source, size, receivers, boundSeconds: fluidBound(size, receivers.length) }
    return {
      systems: systems.map(({ name }) => name),
      async measure(name) {
        const system = systems.find(one => one.name === name) ?? peerageSwarm
        const whole = await trySwarm(system, trial, false)
        const left = await trySwarm(system, trial, true)
        return {
          'bound s': trial.boundSeconds,
          'last s': whole.lastSeconds,
          'times the bound': whole.lastSeconds / trial.boundSeconds,
          ...lastOfEach(system, whole),
          'seed leaves: complete': left.complete,
          'seed leaves: last s': left.lastSeconds,
          'seed leaves: copies sent': left.copiesSent,
        } satisfies Figures
      },
      goals(medians) {
        return [
          ...goalsOf('peerage', medians, receivers.length),
          ...goalsOf('peerage-public', medians, receivers.length),
          ...mixedGoals(medians),
        ]
      },
      [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
    }
  },
}

function goalsOf(system: string, medians: Medians, receivers: number): readonly Goal[] {
  const mine = medians.get(system) ?? {}
  const times = mine['times the bound'] ?? Number.NaN
  const others = opponents.flatMap(({ name }) => {
    const limit = medians.get(name)?.['times the bound']
    return limit === undefined
      ? []
      : [{ what: `${system}: times the bound, as ${name}`, value: times, limit }]
  })
  return [
    { what: `${system}: times the fluid bound`, value: times, limit: 1.15 },
    ...others,
    {
      what: `${system}: complete after the seed left`,
      value: mine['seed leaves: complete'] ?? 0,
      limit: receivers,
      atLeast: true,
    },
  ]
}

/** Neither half of a mixed swarm is done later than libtorrent among itself. */
function mixedGoals(medians: Medians): readonly Goal[] {
  const limit = medians.get(libtorrentSwarm.name)?.['last s']
  const mixed = medians.get(mixedSwarm.name)
  if (limit === undefined || mixed === undefined) return []
  return ['peerage', 'libtorrent'].map(program => ({
    what: `mixed: last s of ${program}, as a swarm of libtorrent`,
    value: mixed[`last ${program} s`] ?? Number.NaN,
    limit,
  }))
}

/** When the last receiver of each program was done, where there are several. */
function lastOfEach({ programOn }: SwarmSystem, { doneAt }: Outcome): Figures {
  const last: Record<string, number> = {}
  for (const [host, seconds] of doneAt)
    if (programOn !== undefined) last[`last ${programOn(host)} s`] = seconds
  return last
}

interface Trial {
  readonly work: WorkFolder
  readonly source: string
  readonly size: number
  readonly receivers: readonly number[]
  readonly boundSeconds: number
}

interface Outcome {
  /** Receivers that have everything. */
  readonly complete: number
  /** When the last of those was done. */
  readonly lastSeconds: number
  /** By host, in the order in which they were done. */
  readonly doneAt: ReadonlyMap<number, number>
  /** Copies of the content that the seed had sent when it left or, if it did not have to, in all. */
  readonly copiesSent: number
}

/** No protocol is faster: either the seed's uplink or that of all together carries everything that must travel. */
function fluidBound(size: number, receivers: number): number {
  const bytesPerSecond = (uplinkMbit * 1e6) / 8
  return Math.max(size / bytesPerSecond, (receivers * size) / ((1 + receivers) * bytesPerSecond))
}

/** One run on new hosts. Hands the link to all receivers at the same moment. */
async function trySwarm(system: SwarmSystem, trial: Trial, seedLeaves: boolean): Promise<Outcome> {
  const home = await trial.work.folder(system.name)
  try {
    await using lab = await createLab({ hosts: trial.receivers.length + 2, uplinkMbit, rttMs })
    await using prepared = await system.prepare(placeIn(home, lab, trial))
    return await fetchAll(prepared, lab, trial, seedLeaves)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

function placeIn(home: string, lab: Lab, { source, receivers }: Trial): SwarmPlace {
  const intoOf = (host: number): string => {
    const folder = join(home, `into-${host}`)
    mkdirSync(folder, { recursive: true })
    return folder
  }
  return { lab, source, receivers, spareHost: receivers.length + 1, home, intoOf }
}

async function fetchAll(swarm: PreparedSwarm, lab: Lab, trial: Trial, seedLeaves: boolean): Promise<Outcome> {
  const began = performance.now()
  const doneAt = new Map<number, number>()
  const giveUp = AbortSignal.timeout(Math.ceil(trial.boundSeconds * patience * 1000))
  const all = Promise.allSettled(
    trial.receivers.map(async host => {
      await swarm.fetch(host)
      doneAt.set(host, (performance.now() - began) / 1000)
    }),
  )
  const sent = payloadMeter(lab)
  if (seedLeaves)
    await leave(
      swarm,
      () => doneAt.size === trial.receivers.length || giveUp.aborted,
      () => sent() >= trial.size * copiesBeforeLeaving,
    )
  const copiesSent = sent() / trial.size
  await Promise.race([all, new Promise(resolve => giveUp.addEventListener('abort', resolve, { once: true }))])
  return {
    complete: doneAt.size,
    lastSeconds: [...doneAt.values()].at(-1) ?? Number.NaN,
    doneAt,
    copiesSent: seedLeaves ? copiesSent : sent() / trial.size,
  }
}

/** Ends the seed as soon as it has sent enough. It stays when all are done before that: then it was not needed any more. */
async function leave(
  swarm: PreparedSwarm,
  isOver: () => boolean,
  hasSentEnough: () => boolean,
): Promise<void> {
  while (!hasSentEnough()) {
    if (isOver()) return
    await pause(50)
  }
  await swarm.killSeed()
}

/** Bytes that the seed has sent from now on: counted on its device, less the headers of IP and TCP, for all systems alike. */
function payloadMeter(lab: Lab): () => number {
  const headerBytes = 52
  const before = lab.sent(0)
  return () => {
    const now = lab.sent(0)
    return now.bytes - before.bytes - (now.packets - before.packets) * headerBytes
  }
}
