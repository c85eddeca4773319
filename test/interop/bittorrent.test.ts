import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { missingForLab } from '../lab/lab.ts'
import { aria2 } from './bittorrent/aria2.ts'
import { expectSame, writeContent } from './bittorrent/content.ts'
import { libtorrent } from './bittorrent/libtorrent.ts'
import { inNetwork } from './bittorrent/network.ts'
import type { PeerOptions, Program, TorrentVersion } from './bittorrent/peer.ts'
import { peerage } from './bittorrent/peerage.ts'
import { type Direction, findEachOther, makeTorrent, meet, meetAtTracker, us } from './bittorrent/transfer.ts'
import { transmission } from './bittorrent/transmission.ts'
import { webtorrent } from './bittorrent/webtorrent.ts'

const programs: readonly Program[] = [libtorrent, transmission, aria2, webtorrent]
const directions: readonly Direction[] = ['fetch', 'seed']
const noLab = missingForLab()

/** Runs for each program, version and direction; titles say why one is skipped. */
function matrix(
  among: readonly Program[],
  versions: readonly TorrentVersion[],
  run: (program: Program, version: TorrentVersion, direction: Direction) => Promise<void>,
): void {
  for (const program of among) {
    const missing = noLab ?? program.missing()
    const why = missing === undefined ? '' : ` (skipped: ${missing})`
    for (const version of versions.filter(one => program.versions.includes(one)))
      for (const direction of directions) {
        if (version === 'hybrid' && direction === 'fetch' && program.needsPadFiles) continue
        test.skipIf(missing !== undefined)(
          `${direction === 'fetch' ? `we fetch from ${program.name}` : `we seed to ${program.name}`}, ${version}${why}`,
          () => run(program, version, direction),
        )
      }
  }
}

const all: readonly TorrentVersion[] = ['v1', 'v2', 'hybrid']

describe.concurrent('found by tracker alone', () => {
  matrix(programs, all, (program, version, direction) => meetAtTracker({ program, version, direction }))
})

describe.concurrent('private, found by tracker alone', () => {
  matrix([libtorrent], ['v1', 'v2'], (program, version, direction) =>
    meetAtTracker({ program, version, direction, private: true, peers: { lsd: true } }),
  )
})

describe.concurrent('with encryption forced', () => {
  matrix(programs, ['v1', 'v2'], (program, version, direction) =>
    meetAtTracker({ program, version, direction, peers: { encrypted: true } }),
  )
})

describe.concurrent('they insist on encryption, we take what comes', () => {
  matrix(programs, ['v1'], (program, version, direction) =>
    meetAtTracker({ program, version, direction, theirs: { encrypted: true } }),
  )
})

describe.concurrent('they have no encryption, we take what comes', () => {
  matrix([libtorrent], ['v1'], (program, version, direction) =>
    meetAtTracker({ program, version, direction, theirs: { encrypted: false } }),
  )
})

describe.concurrent('over uTP only', () => {
  // Transmission 3.00 sends by uTP only twice a second, a few blocks: to libtorrent too, which fetches no faster.
  matrix([libtorrent, transmission, webtorrent], all, (program, version, direction) =>
    meetAtTracker({ program, version, direction, peers: { utpOnly: true } }),
  )
})

describe.concurrent('over IPv6 only', () => {
  matrix([libtorrent, transmission], ['v1', 'v2'], (program, version, direction) =>
    meetAtTracker({ program, version, direction, ipv6Only: true }),
  )
})

describe.concurrent('from a magnet link that names the peer', () => {
  matrix([libtorrent], all, (program, version, direction) =>
    findEachOther({ program, version, direction }, ({ magnet, seed }) => ({
      magnet,
      peers: [seed.endpoint],
    })),
  )
})

describe.concurrent('from a magnet link that names the peer, with encryption forced', () => {
  // Encrypted, libtorrent keeps to the v1 name that it is dialled by, and gives no piece layers under that.
  matrix([libtorrent], ['v2', 'hybrid'], (program, version, direction) =>
    findEachOther({ program, version, direction, peers: { encrypted: true } }, ({ magnet, seed }) => ({
      magnet,
      peers: [seed.endpoint],
    })),
  )
})

describe.concurrent('from a magnet link, found by the local network alone', () => {
  matrix([libtorrent], all, (program, version, direction) =>
    findEachOther({ program, version, direction, peers: { lsd: true } }, ({ magnet }) => ({ magnet })),
  )
})

describe.concurrent('from a magnet link, found by the DHT alone', () => {
  matrix([libtorrent], all, (program, version, direction) => findInDht(program, version, direction))
})

/** Hosts 2 to 4 are the DHT; both peers know only the first of it. */
async function findInDht(program: Program, version: TorrentVersion, direction: Direction): Promise<void> {
  const node = '10.77.0.3:6881'
  const options: PeerOptions = { dht: [node] }
  await meet({ program, version, direction, peers: options, trackers: [] }, async meeting => {
    const { network, seed, fetcher } = meeting
    await using first = await libtorrent.start(await network.place(2), { dht: [] })
    // Those that libtorrent begins with never get into its table, so these two are told of the first otherwise.
    await using second = await libtorrent.start(await network.place(3), { dht: [] })
    await using third = await libtorrent.start(await network.place(4), { dht: [] })
    for (const peer of [second, third]) {
      await peer.ask('dht', { nodes: [first.endpoint] })
      while ((await peer.status()).dhtNodes === 0) await pause(100)
    }
    await seed.seed(meeting.torrent, meeting.from)
    await fetcher.fetch({ magnet: meeting.magnet }, meeting.into)
  })
}

describe.concurrent('told of each other by peer exchange alone', () => {
  matrix([libtorrent], all, (program, version, direction) =>
    meet({ program, version, direction, trackers: [] }, async ({ network, ...meeting }) => {
      await using between = await libtorrent.start(await network.place(2), {})
      await meeting.seed.seed(meeting.torrent, meeting.from)
      await between.idle(meeting.torrent, await network.folder('between'), [meeting.seed.endpoint])
      while (!(await between.status()).peers.some(({ handshake }) => handshake)) await pause(50)
      await meeting.fetcher.fetch({ magnet: meeting.magnet, peers: [between.endpoint] }, meeting.into)
      expect((await between.status()).downloaded).toBe(0)
    }),
  )
})

describe.concurrent('from a web seed alone', () => {
  for (const version of all)
    test.skipIf(noLab !== undefined || libtorrent.missing() !== undefined)(
      `we fetch, ${version}`,
      async () => {
        await inNetwork({}, async network => {
          const from = await network.folder('from')
          const into = await network.folder('into')
          const source = await writeContent(from)
          const torrent = join(network.root, 'content.torrent')
          const webSeeds = [network.webUrl]
          await makeTorrent(source, torrent, { version, trackers: [], webSeeds, private: false })
          await network.startWebServer(from)
          await using we = await us.start(await network.place(1), {})
          await we.fetch({ torrent }, into)
          await expectSame(source, join(into, 'content'), true)
        })
      },
    )
})

describe.concurrent('what we share ourselves', () => {
  for (const program of programs)
    for (const version of ['v2', 'hybrid'] as const)
      if (program.versions.includes(version))
        test.skipIf(noLab !== undefined || program.missing() !== undefined)(
          `${program.name} fetches, ${version}`,
          async () => {
            await inNetwork({}, async network => {
              const source = await writeContent(await network.folder('from'))
              const into = await network.folder('into')
              const torrent = join(network.root, 'ours.torrent')
              const tracker = await network.startTracker()
              await using we = await peerage.start(await network.place(0), {})
              await using they = await program.start(await network.place(1), {})
              await we.share(source, torrent, { version, trackers: [network.trackerUrl] })
              await tracker.announced(0)
              await they.fetch({ torrent }, into)
              await expectSame(source, join(into, 'content'), false)
            })
          },
        )
})
