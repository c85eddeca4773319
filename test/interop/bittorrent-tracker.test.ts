import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type PeerageDaemon, startPeerage } from '../../bench/peerage-daemon.ts'
import { missingForLab } from '../lab/lab.ts'
import { aria2 } from './bittorrent/aria2.ts'
import { expectSame, writeContent } from './bittorrent/content.ts'
import { libtorrent } from './bittorrent/libtorrent.ts'
import { inNetwork, type TestNetwork } from './bittorrent/network.ts'
import type { Program, TorrentVersion } from './bittorrent/peer.ts'
import { makeTorrent } from './bittorrent/transfer.ts'
import { transmission } from './bittorrent/transmission.ts'
import { webtorrent } from './bittorrent/webtorrent.ts'

const noLab = missingForLab()
const trackerHost = 4
const port = 6969

interface Meeting {
  readonly from: Program
  readonly to: Program
  readonly version: TorrentVersion
  readonly scheme: 'http' | 'udp'
  readonly ipv6Only?: boolean
}

/** Each program fetches from the one before it; they know of each other only through the tracker of ours. */
const rings: Readonly<Record<'http' | 'udp', readonly Program[]>> = {
  http: [libtorrent, transmission, aria2, webtorrent],
  // aria2 asks UDP trackers only while its DHT is on, which would find the others, too.
  udp: [libtorrent, transmission, webtorrent],
}

for (const scheme of ['http', 'udp'] as const)
  describe(`other programs meet at our tracker over ${scheme}`, () => {
    const ring = rings[scheme]
    ring.forEach((to, i) => {
      meeting({ from: ring.at(i - 1)!, to, version: 'v1', scheme })
    })
    for (const version of ['v2', 'hybrid'] as const)
      meeting({ from: libtorrent, to: libtorrent, version, scheme })
    meeting({ from: libtorrent, to: libtorrent, version: 'v1', scheme, ipv6Only: true })
  })

function meeting({ from, to, version, scheme, ipv6Only = false }: Meeting): void {
  const missing = noLab ?? from.missing() ?? to.missing()
  const why = missing === undefined ? '' : ` (skipped: ${missing})`
  const over = ipv6Only ? ', IPv6 only' : ''
  test.skipIf(missing !== undefined)(`${to.name} fetches from ${from.name}, ${version}${over}${why}`, () =>
    inNetwork({ ipv6Only }, async network => {
      const folder = await network.folder('from')
      const into = await network.folder('into')
      const source = await writeContent(folder)
      const torrent = join(network.root, 'content.torrent')
      await using tracker = await startTracker(network)
      const url = await urlOf(tracker, scheme)
      await makeTorrent(source, torrent, { version, trackers: [url], webSeeds: [], private: true })
      await using seed = await from.start(await network.place(0), {})
      await using fetcher = await to.start(await network.place(1), {})
      await seed.seed(torrent, folder)
      while ((await statusOf(tracker)).peers === 0) await pause(50)
      await fetcher.fetch({ torrent }, into)
      await expectSame(source, join(into, 'content'), false)
      expect((await statusOf(tracker)).refused).toBe(0)
    }),
  )
}

async function startTracker(network: TestNetwork): Promise<PeerageDaemon> {
  const { lab } = network
  const set = { 'network.mdns': false, 'bittorrent.enabled': false, 'tracker.enabled': true }
  const start = (command: readonly string[]): ReturnType<typeof lab.run> => lab.run(trackerHost, command)
  return await startPeerage(join(await network.folder('tracker'), 'peerage'), { port, set, start })
}

interface Status {
  readonly urls: readonly string[]
  readonly peers: number
  readonly refused: number
}

async function statusOf(tracker: PeerageDaemon): Promise<Status> {
  return (await tracker.call('tracker.status')) as Status
}

/** One that others can use: link-local addresses need a zone. */
async function urlOf(tracker: PeerageDaemon, scheme: 'http' | 'udp'): Promise<string> {
  const url = (await statusOf(tracker)).urls.find(one => one.startsWith(scheme) && !one.includes('[fe80'))
  if (url === undefined)
    throw new Error(`the tracker has no address: ${JSON.stringify(await statusOf(tracker))}`)
  return url
}
