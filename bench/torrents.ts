import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { follow } from './child.ts'
import { writeLargeTorrent } from './large-torrent.ts'
import { libtorrentCommand, missingLibtorrent } from './opponents/libtorrent.ts'
import { type PeerageDaemon, startPeerage } from './peerage-daemon.ts'
import { usageOf } from './process-usage.ts'
import type { Figures, Goal, Medians, Scenario } from './scenario.ts'
import { makeWorkFolder, type WorkFolder } from './test-data.ts'

const gigabyte = 1e9
const pollMs = 10

/** Nobody is looked for beyond this machine: what is measured is what the torrents themselves cost. */
const alone = {
  'network.mdns': false,
  'bittorrent.dht': false,
  'bittorrent.lsd': false,
  'bittorrent.trackers': false,
}

/** Content of many files, and many contents. */
export const torrents: Scenario = {
  name: 'torrents',
  summary: '60,000 files of 40 GB added, listed and taken up again; 1,000 idle torrents',
  opponents: ['libtorrent'],
  async prepare(options) {
    const work = await makeWorkFolder()
    const files = options.size ?? (options.smoke ? 600 : 60_000)
    const count = options.smoke ? 20 : 1000
    const watchMs = options.smoke ? 2000 : 60_000
    const large = await makeLarge(work, files)
    const many = await makeMany(work, count)
    const systems = new Map<string, () => Promise<Figures>>([
      ['peerage v1', () => measureLarge(work, large.v1)],
      ['peerage v2', () => measureLarge(work, large.v2)],
      ['peerage idle', () => measureIdle(work, many, watchMs, alone)],
      ['peerage idle, looked for', () => measureIdle(work, many, watchMs, lookedFor)],
    ])
    if (options.opponents.includes('libtorrent') && missingLibtorrent() === undefined) {
      systems.set('libtorrent v1', () => measureLibtorrent(work, large.v1))
      systems.set('libtorrent v2', () => measureLibtorrent(work, large.v2))
    }
    return {
      systems: [...systems.keys()],
      measure: system => systems.get(system)!(),
      goals,
      [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
    }
  },
}

/** DHT on, with nobody to bootstrap from but a node that does not answer; a tracker that refuses connections. */
const lookedFor = { 'network.mdns': false, 'bittorrent.lsd': true, 'dht.bootstrap': '127.0.0.1:9' }

function goals(medians: Medians): Goal[] {
  const figure = (system: string, name: string): number => medians.get(system)?.[name] ?? Number.NaN
  const largest = ['peerage v1', 'peerage v2'].flatMap(system => [
    { what: `seconds, ${system} added`, value: figure(system, 'added s'), limit: 1 },
    { what: `ms, ${system}, longest wait for the API`, value: figure(system, 'API ms'), limit: 100 },
    { what: `seconds, ${system} started again and listed`, value: figure(system, 'restart s'), limit: 1 },
  ])
  const idle = ['peerage idle', 'peerage idle, looked for'].flatMap(system => [
    { what: `MB of memory, ${system}`, value: figure(system, 'memory MB'), limit: 300 },
    { what: `percent of a core, ${system}`, value: figure(system, 'CPU %'), limit: 2 },
  ])
  return [...largest, ...idle]
}

async function makeLarge(work: WorkFolder, files: number): Promise<{ v1: string; v2: string }> {
  const bytes = Math.round((40 * gigabyte * files) / 60_000)
  const paths = { v1: join(work.path, 'large-v1.torrent'), v2: join(work.path, 'large-v2.torrent') }
  for (const version of ['v1', 'v2'] as const)
    await writeLargeTorrent(paths[version], { version, files, bytes, pieceLength: 2 ** 20 })
  return paths
}

async function makeMany(work: WorkFolder, count: number): Promise<string[]> {
  const folder = await work.folder('many')
  const paths = Array.from({ length: count }, (_, i) => join(folder, `${i}.torrent`))
  for (const [i, path] of paths.entries())
    await writeLargeTorrent(path, {
      version: i % 2 === 0 ? 'v1' : 'v2',
      files: 20,
      bytes: gigabyte,
      pieceLength: 2 ** 20,
      name: `archive ${i}`,
      tracker: 'http://127.0.0.1:9/announce',
    })
  return paths
}

async function measureLarge(work: WorkFolder, torrent: string): Promise<Figures> {
  const home = await work.folder('home')
  const into = await work.folder('into')
  const first = await startPeerage(home, { set: alone })
  const waits = watchApi(first)
  const before = usageOf(first.pid)
  const added = await seconds(async () => {
    await first.call('files.get', { link: torrent, into, background: true })
    await until(async () => (await listed(first)).some(isPlaced))
  })
  const { cpuSeconds } = usageOf(first.pid)
  const list = await seconds(() => first.call('files.list'))
  const files = await seconds(() => first.call('files.files', { content: 'archive' }))
  await pause(500)
  const longest = await waits.stop()
  const { peakMemory } = usageOf(first.pid)
  await first.kill('SIGTERM')
  const restart = await seconds(async () => {
    const daemon = await startPeerage(home, { set: alone })
    await until(async () => (await listed(daemon)).length === 1)
    return daemon
  })
  const again = watchApi(restart.result)
  await pause(1500)
  const longestAgain = await again.stop()
  await restart.result.kill()
  return {
    'added s': added.seconds,
    'added CPU s': cpuSeconds - before.cpuSeconds,
    'API ms': longest,
    'list s': list.seconds,
    'files s': files.seconds,
    'restart s': restart.seconds,
    'API ms after': longestAgain,
    'peak MB': peakMemory / 1e6,
  }
}

async function measureIdle(
  work: WorkFolder,
  many: readonly string[],
  watchMs: number,
  set: Readonly<Record<string, string | boolean>>,
): Promise<Figures> {
  const home = await work.folder('home')
  const into = await work.folder('into')
  await using daemon = await startPeerage(home, { set })
  const added = await seconds(async () => {
    for (const link of many) await daemon.call('files.get', { link, into, background: true })
    await until(async () => {
      const all = await listed(daemon)
      return all.length === many.length && all.every(isPlaced)
    })
  })
  await pause(watchMs / 6)
  const before = usageOf(daemon.pid)
  await pause(watchMs)
  const after = usageOf(daemon.pid)
  const used = after.cpuSeconds - before.cpuSeconds
  return {
    'added s': added.seconds,
    'memory MB': after.memory / 1e6,
    'CPU %': (used * 100_000) / watchMs,
  }
}

async function measureLibtorrent(work: WorkFolder, torrent: string): Promise<Figures> {
  await using child = follow(libtorrentCommand('add', torrent, await work.folder('into')))
  const { seconds: took, memory } = JSON.parse(await child.line())
  return { 'added s': took, 'peak MB': memory / 1e6 }
}

interface Listed {
  readonly path?: string
  readonly state: string
}

/** Its files have their places and all that the `.torrent` file said is in the index. */
function isPlaced({ path, state }: Listed): boolean {
  return path !== undefined && state !== 'checking'
}

async function listed(daemon: PeerageDaemon): Promise<Listed[]> {
  return (await daemon.call('files.list')) as Listed[]
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(pollMs)
}

/** Asks for the status every few milliseconds; answers how long the slowest answer took, in milliseconds. */
function watchApi(daemon: PeerageDaemon): { stop(): Promise<number> } {
  let running = true
  let longest = 0
  const watching = (async () => {
    while (running) {
      const { seconds: took } = await seconds(() => daemon.call('daemon.status'))
      longest = Math.max(longest, took * 1000)
      await pause(pollMs)
    }
  })()
  return {
    async stop() {
      running = false
      await watching
      return longest
    },
  }
}

async function seconds<T>(work: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const began = performance.now()
  const result = await work()
  return { seconds: (performance.now() - began) / 1000, result }
}
