import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { aria2 } from './bittorrent/aria2.ts'
import { freePort } from './bittorrent/free-port.ts'
import { libtorrent } from './bittorrent/libtorrent.ts'
import { measureFetch } from './bittorrent/measure-fetch.ts'
import { peerage } from './bittorrent/peerage.ts'
import type { TorrentPlace, TorrentProgram, TorrentVersion } from './bittorrent/program.ts'
import { webtorrent } from './bittorrent/webtorrent.ts'
import { follow, startHere } from './child.ts'
import { makeTorrent, missingLibtorrent, python } from './opponents/libtorrent.ts'
import type { BenchOptions, Figures, Goal, Medians, Scenario } from './scenario.ts'
import { makeWorkFolder, touchMemory, type WorkFolder, warm, writeRandomFile } from './test-data.ts'
import { figuresOf } from './transfer.ts'

const opponents: readonly TorrentProgram[] = [libtorrent, webtorrent, aria2]
const gibibyte = 1024 ** 3
/** Whatever takes longer hangs. */
const patienceMs = 90_000
const tracker = join(import.meta.dirname, 'opponents/tracker.py')

/** A row of the table: who sends to whom. */
interface Pair {
  readonly sender: TorrentProgram
  readonly receiver: TorrentProgram
  readonly version: TorrentVersion
  readonly encrypted: boolean
}

/** The public protocol over TCP: each program with itself, and Peerage with each in both directions. */
export const bittorrent: Scenario = {
  name: 'bittorrent',
  summary: 'a 1 GiB file over the public BitTorrent protocol, between Peerage and other programs',
  opponents: opponents.map(({ name }) => name),
  async prepare(options) {
    const reason = missingLibtorrent()
    if (reason !== undefined) throw new Error(`No torrents can be made: ${reason}`)
    const size = options.size ?? (options.smoke ? gibibyte / 16 : gibibyte)
    const work = await makeWorkFolder()
    const source = join(await work.folder('source'), 'content')
    await writeRandomFile(source, size)
    const torrents = await makeTorrents(source, work)
    const pairs = new Map(pairsOf(options).map(pair => [nameOf(pair), pair]))
    let kept: string[] = []
    return {
      systems: [...pairs.keys()],
      async measure(name) {
        const pair = pairs.get(name)
        if (pair === undefined) return {}
        if (name === [...pairs.keys()][0]) {
          // Not sooner: after deletions ext4 is busy and would make the next in turn pay for it.
          await Promise.all(kept.map(folder => rm(folder, { recursive: true })))
          kept = []
        }
        await warm(source)
        const into = await work.folder('into')
        kept.push(into)
        const figures = await transferOnce(pair, { source, into, torrents, work, size })
        // What one program left to the kernel to write is not to be waited for by the next.
        execFileSync('sync', ['--file-system', into])
        return figures
      },
      goals: goalsOf,
      [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
    }
  },
}

function pairsOf({ opponents: names }: BenchOptions): readonly Pair[] {
  const others = opponents.filter(({ name }) => names.includes(name))
  for (const { name, missing } of others) {
    const reason = missing()
    if (reason !== undefined) throw new Error(`${name} cannot be measured: ${reason}`)
  }
  const pairs: Pair[] = []
  for (const encrypted of [false, true])
    for (const version of ['v1', 'v2'] as const) {
      const able = (one: TorrentProgram): boolean =>
        one.versions.includes(version) && (one.encrypts || !encrypted)
      for (const other of others.filter(able))
        for (const [sender, receiver] of [
          [other, other],
          [other, peerage],
          [peerage, other],
        ] as const)
          pairs.push({ sender, receiver, version, encrypted })
      pairs.push({ sender: peerage, receiver: peerage, version, encrypted })
    }
  return pairs
}

function nameOf({ sender, receiver, version, encrypted }: Pair): string {
  return `${version}${encrypted ? ' rc4' : ''} ${sender.name} → ${receiver.name}`
}

interface Torrents extends Readonly<Record<TorrentVersion, string>> {
  /** Names the tracker at `trackerPort`. */
  readonly tracked: string
  readonly trackerPort: number
}

async function makeTorrents(source: string, work: WorkFolder): Promise<Torrents> {
  const trackerPort = await freePort()
  const [v1, v2, tracked] = ['v1', 'v2', 'tracked'].map(name => join(work.path, `${name}.torrent`)) as [
    string,
    string,
    string,
  ]
  await makeTorrent(source, v1, { version: 'v1' })
  await makeTorrent(source, v2, { version: 'v2' })
  await makeTorrent(source, tracked, {
    version: 'v1',
    tracker: `http://127.0.0.1:${trackerPort}/announce`,
  })
  return { v1, v2, tracked, trackerPort }
}

interface Job {
  readonly source: string
  readonly into: string
  readonly torrents: Torrents
  readonly work: WorkFolder
  readonly size: number
}

async function transferOnce(pair: Pair, { source, into, torrents, work, size }: Job): Promise<Figures> {
  const { sender, receiver, version, encrypted } = pair
  const tracked = receiver.needsTracker
  const torrent = tracked ? torrents.tracked : torrents[version]
  const placeOf = async (folder: string): Promise<TorrentPlace> => ({
    address: '127.0.0.1',
    start: startHere,
    torrent,
    folder,
    home: await work.folder('home'),
    encrypted,
    utp: false,
    tracker: tracked,
  })
  await using trackerHere = tracked ? follow([python, tracker, String(torrents.trackerPort)]) : undefined
  await trackerHere?.line()
  await using seed = await sender.seed(await placeOf(dirname(source)))
  await trackerHere?.line()
  await using fetching = await receiver.receiver(await placeOf(into))
  await touchMemory(work, size)
  const transfer = await measureFetch(nameOf(pair), seed, fetching, patienceMs)
  execFileSync('cmp', [source, join(into, basename(source))])
  return figuresOf(transfer, size)
}

/** All beside libtorrent with itself in the same run. */
function goalsOf(medians: Medians): readonly Goal[] {
  const speed = (name: string): number | undefined => medians.get(name)?.['MB/s']
  const goals: Goal[] = []
  for (const version of ['v1', 'v2', 'v1 rc4', 'v2 rc4']) {
    const theirs = speed(`${version} libtorrent → libtorrent`)
    if (theirs === undefined) continue
    const goal = (sender: string, receiver: string, times: number): void => {
      const name = `${version} ${sender} → ${receiver}`
      goals.push({
        what: `MB/s, ${name}, ${times} times libtorrent`,
        value: speed(name) ?? Number.NaN,
        limit: times * theirs,
        atLeast: true,
      })
    }
    goal('libtorrent', 'peerage', 1)
    goal('peerage', 'libtorrent', 1)
    goal('peerage', 'peerage', version.endsWith('rc4') ? 1.5 : 1.2)
  }
  return goals
}
