import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { aria2 } from './bittorrent/aria2.ts'
import { freePort } from './bittorrent/free-port.ts'
import { libtorrent } from './bittorrent/libtorrent.ts'
import { peerage } from './bittorrent/peerage.ts'
import type { TorrentProgram, TorrentVersion } from './bittorrent/program.ts'
import { type Child, follow, startHere } from './child.ts'
import { makeTorrent, missingLibtorrent } from './opponents/libtorrent.ts'
import type { Figures, Goal, Medians, Scenario } from './scenario.ts'
import { makeWorkFolder, touchMemory, type WorkFolder, warm, writeRandomFile } from './test-data.ts'
import { figuresOf, measureTransfer } from './transfer.ts'

const opponents: readonly TorrentProgram[] = [libtorrent, aria2]
const mebibyte = 1024 ** 2
/** Whatever takes longer hangs. */
const patienceMs = 90_000
const webServer = join(import.meta.dirname, '../test/interop/bittorrent/web-server-child.ts')

/** One web server as the only source (BEP 19). */
export const webSeed: Scenario = {
  name: 'web-seed',
  summary: 'a 256 MiB file from a web seed on this machine, v1 and v2',
  opponents: opponents.map(({ name }) => name),
  async prepare(options) {
    const reason = missingLibtorrent()
    if (reason !== undefined) throw new Error(`No torrents can be made: ${reason}`)
    const size = options.size ?? (options.smoke ? 16 : 256) * mebibyte
    const work = await makeWorkFolder()
    const source = join(await work.folder('source'), 'content')
    await writeRandomFile(source, size)
    const port = await freePort()
    const torrents = await makeTorrents(source, work, `http://127.0.0.1:${port}/content`)
    const rows = new Map<string, Row>()
    for (const version of ['v1', 'v2'] as const)
      for (const program of [...opponents.filter(({ name }) => options.opponents.includes(name)), peerage]) {
        const missing = program.missing()
        if (missing !== undefined) throw new Error(`${program.name} cannot be measured: ${missing}`)
        if (program.versions.includes(version))
          rows.set(`${version} ${program.name}`, { program, torrent: torrents[version] })
      }
    return {
      systems: [...rows.keys()],
      async measure(name) {
        const row = rows.get(name)
        if (row === undefined) return {}
        await warm(source)
        await using server = follow([process.execPath, webServer, dirname(source), String(port)])
        await server.line()
        const into = await work.folder('into')
        const figures = await fetchOnce(row, { server, into, work, source, size })
        // What one program left to the kernel to write is not to be waited for by the next.
        execFileSync('sync', ['--file-system', into])
        await rm(into, { recursive: true })
        return figures
      },
      goals: goalsOf,
      [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
    }
  },
}

interface Row {
  readonly program: TorrentProgram
  readonly torrent: string
}

interface Job {
  readonly server: Child
  readonly into: string
  readonly work: WorkFolder
  readonly source: string
  readonly size: number
}

async function makeTorrents(
  source: string,
  work: WorkFolder,
  url: string,
): Promise<Record<TorrentVersion, string>> {
  const [v1, v2] = [join(work.path, 'v1.torrent'), join(work.path, 'v2.torrent')]
  await makeTorrent(source, v1, { version: 'v1', webSeed: url })
  await makeTorrent(source, v2, { version: 'v2', webSeed: url })
  return { v1, v2 }
}

async function fetchOnce(
  { program, torrent }: Row,
  { server, into, work, source, size }: Job,
): Promise<Figures> {
  await using receiver = await program.receiver({
    address: '127.0.0.1',
    start: startHere,
    torrent,
    folder: into,
    home: await work.folder('home'),
    encrypted: false,
    utp: false,
    tracker: false,
  })
  await touchMemory(work, size)
  const late = pause(patienceMs, undefined, { ref: false }).then(() => {
    throw new Error(`${program.name} is not done after ${patienceMs} ms`)
  })
  const transfer = await measureTransfer({
    sender: server,
    receiver: receiver.process,
    shareSeconds: 0,
    async run() {
      const began = performance.now()
      await Promise.race([receiver.fetch([]), late])
      return { seconds: (performance.now() - began) / 1000, firstByteSeconds: Number.NaN }
    },
    [Symbol.asyncDispose]: async () => {},
  })
  execFileSync('cmp', [source, join(into, basename(source))])
  return figuresOf(transfer, size)
}

/** As fast as libtorrent in the same run. */
function goalsOf(medians: Medians): readonly Goal[] {
  return ['v1', 'v2'].flatMap(version => {
    const limit = medians.get(`${version} libtorrent`)?.['MB/s']
    const value = medians.get(`${version} peerage`)?.['MB/s'] ?? Number.NaN
    return limit === undefined
      ? []
      : [{ what: `MB/s, ${version}, as libtorrent`, value, limit, atLeast: true }]
  })
}
