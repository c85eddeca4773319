import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createLab, type Lab, missingForLab } from '../test/lab/lab.ts'
import type { Machine } from '../test/lab/router.ts'
import { libtorrent } from './bittorrent/libtorrent.ts'
import { measureFetch } from './bittorrent/measure-fetch.ts'
import { peerage } from './bittorrent/peerage.ts'
import type { TorrentPlace, TorrentProgram } from './bittorrent/program.ts'
import { follow, startHere } from './child.ts'
import { makeTorrent, missingLibtorrent } from './opponents/libtorrent.ts'
import type { Figures, Goal, Medians, Scenario } from './scenario.ts'
import { makeWorkFolder, type WorkFolder, warm, writeRandomFile } from './test-data.ts'
import { figuresOf } from './transfer.ts'

const mebibyte = 1024 ** 2
const uplinkMbit = 50
const rttMs = 50
/** Of IP packets, in bytes a second. */
const linkRate = uplinkMbit * 125_000
/** IP packets of a TCP flow for each byte in it. */
const tcpCost = 1_500 / 1_448
const tcpFlow = join(import.meta.dirname, 'opponents/tcp-flow.ts')

type Road = 'loopback' | 'link' | 'beside TCP'

interface Row {
  readonly road: Road
  readonly sender: TorrentProgram
  readonly receiver: TorrentProgram
}

/** What the rows share: a file and its torrent, whole and as long as the slow link takes. */
interface Contents {
  readonly work: WorkFolder
  readonly smoke: boolean
  readonly large: Content
  readonly small: Content
}

interface Content {
  readonly source: string
  readonly torrent: string
  readonly size: number
}

/** Nothing but uTP, between whole programs. */
export const utp: Scenario = {
  name: 'utp',
  summary: 'uTP alone: on loopback, on a link of 50 Mbit/s and 50 ms, and there beside a TCP flow',
  opponents: [libtorrent.name],
  async prepare({ opponents, size, smoke }) {
    const reason = missingLibtorrent() ?? missingForLab()
    if (reason !== undefined) throw new Error(`uTP cannot be measured: ${reason}`)
    const work = await makeWorkFolder()
    const contents: Contents = {
      work,
      smoke,
      large: await makeContent(work, 'large', size ?? (smoke ? 16 : 256) * mebibyte),
      small: await makeContent(work, 'small', (smoke ? 4 : 64) * mebibyte),
    }
    const rows = new Map(rowsOf(opponents).map(row => [nameOf(row), row]))
    return {
      systems: [...rows.keys()],
      async measure(name) {
        const row = rows.get(name)
        if (row === undefined) return {}
        return row.road === 'loopback' ? await overLoopback(row, contents) : await inLab(row, contents)
      },
      goals: goalsOf,
      [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
    }
  },
}

function rowsOf(opponents: readonly string[]): readonly Row[] {
  const rows: Row[] = []
  for (const road of ['loopback', 'link', 'beside TCP'] as const) {
    if (opponents.includes(libtorrent.name)) {
      rows.push({ road, sender: libtorrent, receiver: libtorrent })
      if (road !== 'beside TCP') rows.push({ road, sender: libtorrent, receiver: peerage })
      rows.push({ road, sender: peerage, receiver: libtorrent })
    }
    rows.push({ road, sender: peerage, receiver: peerage })
  }
  return rows
}

function nameOf({ road, sender, receiver }: Row): string {
  return `${road}: ${sender.name} → ${receiver.name}`
}

async function makeContent(work: WorkFolder, name: string, size: number): Promise<Content> {
  const source = join(await work.folder('source'), name)
  const torrent = join(work.path, `${name}.torrent`)
  await writeRandomFile(source, size)
  await makeTorrent(source, torrent)
  return { source, torrent, size }
}

async function overLoopback(row: Row, { work, large, smoke }: Contents): Promise<Figures> {
  const { source, torrent, size } = large
  await warm(source)
  const into = await work.folder('into')
  const placeOf = async (folder: string): Promise<TorrentPlace> => ({
    ...(await place(work, torrent, folder)),
    address: '127.0.0.1',
    start: startHere,
  })
  await using seed = await row.sender.seed(await placeOf(dirname(source)))
  await using fetching = await row.receiver.receiver(await placeOf(into))
  const transfer = await measureFetch(nameOf(row), seed, fetching, smoke ? 30_000 : 90_000)
  execFileSync('cmp', [source, join(into, basename(source))])
  return figuresOf(transfer, size)
}

async function place(
  work: WorkFolder,
  torrent: string,
  folder: string,
): Promise<Omit<TorrentPlace, 'address' | 'start'>> {
  return { torrent, folder, home: await work.folder('home'), encrypted: false, utp: true, tracker: false }
}

/** A machine behind host 0 sends to host 1, over the uplink of host 0: what waits there waits on no machine of the two. */
async function inLab(row: Row, contents: Contents): Promise<Figures> {
  const { work, smoke } = contents
  const { source, torrent, size } = row.road === 'link' ? contents.small : contents.large
  await using lab = await createLab({ hosts: 2, uplinkMbit, rttMs, internet: true })
  const inside = await behindRouter(lab)
  const into = await work.folder('into')
  await using seed = await row.sender.seed({
    ...(await place(work, torrent, dirname(source))),
    address: inside.address,
    start: command => inside.run(command),
  })
  await using fetching = await row.receiver.receiver({
    ...(await place(work, torrent, into)),
    address: lab.addressOf(1),
    start: command => lab.run(1, command),
  })
  if (row.road === 'beside TCP') {
    const fetched = fetching.fetch([seed.endpoint])
    fetched.catch(() => undefined)
    return await shares(lab, inside, smoke)
  }
  const transfer = await measureFetch(nameOf(row), seed, fetching, 60_000)
  execFileSync('cmp', [source, join(into, basename(source))])
  return { ...figuresOf(transfer, size), 'link %': (size * 100) / transfer.seconds / linkRate }
}

/** A machine behind host 0, which passes everything on. */
async function behindRouter(lab: Lab): Promise<Machine> {
  const inside = await lab.behind(0, 'none')
  // Of TCP the kind that nearly all systems have, whatever this machine prefers.
  const route = [`${lab.addressOf(1)}/32`, 'via', lab.addressOf(0), 'congctl', 'cubic']
  await done(inside.run(['ip', 'route', 'add', ...route]))
  return inside
}

async function done(child: ChildProcess): Promise<void> {
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')} failed`)
}

/** What each of both gets of the link, once uTP has it all and TCP has had time to take it. */
async function shares(lab: Lab, inside: Machine, smoke: boolean): Promise<Figures> {
  await pause(smoke ? 1_000 : 5_000)
  const flow = (...words: readonly string[]): readonly string[] => [process.execPath, tcpFlow, ...words]
  await using receiver = follow(flow('receive', lab.addressOf(1)), command => lab.run(1, command))
  const port = await receiver.line()
  await using _sender = follow(flow('send', lab.addressOf(1), port), command => inside.run(command))
  const read = async (): Promise<{ at: number; tcp: number; all: number }> => {
    receiver.say('')
    const tcp = Number(await receiver.line()) * tcpCost
    return { at: performance.now(), tcp, all: lab.sent(0).bytes }
  }
  await pause(smoke ? 1_000 : 5_000)
  const before = await read()
  await pause(smoke ? 1_000 : 20_000)
  const after = await read()
  const percent = (bytes: number): number => (bytes * 100_000) / (after.at - before.at) / linkRate
  const tcp = after.tcp - before.tcp
  return { 'uTP share %': percent(after.all - before.all - tcp), 'TCP share %': percent(tcp) }
}

function goalsOf(medians: Medians): readonly Goal[] {
  const figure = (road: Road, name: string): number =>
    medians.get(nameOf({ road, sender: peerage, receiver: peerage }))?.[name] ?? Number.NaN
  return [
    { what: 'MB/s on loopback', value: figure('loopback', 'MB/s'), limit: 30, atLeast: true },
    { what: '% of the link', value: figure('link', 'link %'), limit: 80, atLeast: true },
    { what: '% beside TCP', value: figure('beside TCP', 'uTP share %'), limit: 20 },
  ]
}
