import { join } from 'node:path'
import { type Child, follow } from './child.ts'
import { startProgram } from './ipfs-program.ts'
import { missingKubo, startKubo } from './opponents/kubo.ts'
import { usageOf } from './process-usage.ts'
import type { Figures, Goal, Medians, Scenario } from './scenario.ts'
import { makeWorkFolder, touchMemory, type WorkFolder, warm, writeRandomFile } from './test-data.ts'
import { within } from './unfinished.ts'

const mebibyte = 2 ** 20
/** A transfer that is slower than so many bytes a second, and some time to begin, hangs. */
const leastBytesPerSecond = 10e6
const patienceMs = 20_000

/** One node of a system. */
export interface IpfsNode extends AsyncDisposable {
  readonly pid: number
  /** Of one that serves: its multiaddr and the root of the file. */
  readonly at: string
  /** Connects it to the one that is `at`, where that takes more than an address; not timed. */
  meet?(at: string): Promise<void>
  /** Fetches what is `at` another one; done when all of it is there, verified and written. Resolves to its bytes, where they are counted. */
  fetch(at: string): Promise<number | undefined>
}

type SystemName = 'peerage' | 'program' | 'helia' | 'kubo'
type StartNode = (role: 'seed' | 'fetch', file: string, work: WorkFolder) => Promise<IpfsNode>

export const ipfsNodes: Readonly<Record<SystemName, StartNode>> = {
  peerage: (role, file) => startScript('peerage-ipfs-node.ts', role, file),
  program: startProgram,
  helia: (role, file) => startScript('opponents/helia-node.ts', role, file),
  kubo: startKubo,
}

async function startScript(script: string, role: 'seed' | 'fetch', file: string): Promise<IpfsNode> {
  const child: Child = follow([process.execPath, join(import.meta.dirname, script), role, file])
  const at = await child.line()
  return {
    pid: child.pid,
    at,
    async fetch(from) {
      child.say(from)
      return Number((await child.line(line => line.startsWith('fetched'))).split(' ')[1])
    },
    [Symbol.asyncDispose]: () => child.kill('SIGKILL'),
  }
}

/** Blocks from one peer to another, between all pairs of systems. */
export const ipfs: Scenario = {
  name: 'ipfs',
  summary: 'a file over Bitswap, from and to each system',
  opponents: ['helia', 'kubo'],
  async prepare(options) {
    if (options.opponents.includes('kubo')) {
      const reason = missingKubo()
      if (reason !== undefined) throw new Error(`Kubo cannot be measured: ${reason}`)
    }
    const size = options.size ?? (options.smoke ? 16 * mebibyte : 1024 * mebibyte)
    const work = await makeWorkFolder()
    const source = join(work.path, 'content')
    await writeRandomFile(source, size)
    const pairs = pairsOf(options.opponents)
    return {
      systems: [...pairs.keys()],
      async measure(name) {
        const [seed, fetch] = pairs.get(name) ?? ['peerage', 'peerage']
        await warm(source)
        return await transfer(ipfsNodes[seed], ipfsNodes[fetch], source, work, size)
      },
      goals: medians => goalsOf(medians, options.opponents),
      [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
    }
  },
}

/** By name, who serves and who fetches: ours (the exchange alone, and the whole program), and each other system with itself and with ours. */
function pairsOf(opponents: readonly string[]): ReadonlyMap<string, readonly [SystemName, SystemName]> {
  const pairs: [SystemName, SystemName][] = [
    ['peerage', 'peerage'],
    ['program', 'program'],
  ]
  for (const other of (['helia', 'kubo'] as const).filter(name => opponents.includes(name)))
    pairs.push([other, other], ['peerage', other], [other, 'peerage'])
  return new Map(pairs.map(([seed, fetch]) => [seed === fetch ? seed : `${seed} to ${fetch}`, [seed, fetch]]))
}

async function transfer(
  startSeed: StartNode,
  startFetch: StartNode,
  source: string,
  work: WorkFolder,
  size: number,
): Promise<Figures> {
  const into = join(await work.folder('into'), 'content')
  await using seed = await startSeed('seed', source, work)
  await using fetch = await startFetch('fetch', into, work)
  await fetch.meet?.(seed.at)
  await touchMemory(work, size)
  const before = [seed, fetch].map(({ pid }) => usageOf(pid))
  const began = performance.now()
  await within(patienceMs + (size / leastBytesPerSecond) * 1000, fetch.fetch(seed.at))
  const seconds = (performance.now() - began) / 1000
  const after = [seed, fetch].map(({ pid }) => usageOf(pid))
  const cost = (at: number): number =>
    (((after[at]?.cpuSeconds ?? 0) - (before[at]?.cpuSeconds ?? 0)) * 1e9) / size
  return {
    'MB/s': size / 1e6 / seconds,
    'CPU s/GB sending': cost(0),
    'CPU s/GB receiving': cost(1),
    'peak MB sending': (after[0]?.peakMemory ?? 0) / 1e6,
    'peak MB receiving': (after[1]?.peakMemory ?? 0) / 1e6,
  }
}

function goalsOf(medians: Medians, opponents: readonly string[]): readonly Goal[] {
  const of = (name: string, figure: string): number => medians.get(name)?.[figure] ?? Number.NaN
  const rate = (name: string): number => of(name, 'MB/s')
  const goals: Goal[] = ['peerage', 'program'].flatMap(name =>
    ['sending', 'receiving'].map(side => ({
      what: `${name}: peak MB ${side}`,
      value: of(name, `peak MB ${side}`),
      limit: 300,
    })),
  )
  goals.push({ what: 'program: MB/s', value: rate('program'), limit: 350, atLeast: true })
  const beside = (what: string, name: string, other: string, limit: number): void => {
    goals.push({ what, value: rate(name) / rate(other), limit, atLeast: true })
  }
  if (opponents.includes('helia')) beside('times Helia with Helia', 'peerage', 'helia', 4)
  if (opponents.includes('kubo')) beside('times Kubo with Kubo', 'peerage', 'kubo', 1)
  for (const other of opponents) {
    beside(`to ${other}, times its own`, `peerage to ${other}`, other, 1)
    beside(`from ${other}, times its own`, `${other} to peerage`, other, 1)
  }
  return goals
}
