import { join } from 'node:path'
import { expectSame, writeContent } from './content.ts'
import { libtorrent, startLibtorrent } from './libtorrent.ts'
import { inNetwork, type TestNetwork } from './network.ts'
import type { BitTorrentPeer, PeerOptions, Place, Program, Source, TorrentVersion } from './peer.ts'
import { peerage } from './peerage.ts'

/** With `INTEROP_AS=libtorrent` libtorrent stands in for us: what fails then is the test's fault. */
export const us: { start(place: Place, options: PeerOptions): Promise<BitTorrentPeer> } =
  process.env.INTEROP_AS === 'libtorrent' ? libtorrent : peerage

/** `fetch`: they seed and we fetch. `seed`: the other way round. */
export type Direction = 'fetch' | 'seed'

/** Two peers that have nothing yet, and a torrent of a folder that the seed has. */
export interface Meeting {
  readonly network: TestNetwork
  readonly seed: BitTorrentPeer
  readonly fetcher: BitTorrentPeer
  readonly torrent: string
  readonly magnet: string
  /** Folder with the folder that the seed has. */
  readonly from: string
  readonly into: string
}

export interface MeetingOptions {
  readonly program: Program
  readonly direction: Direction
  readonly version: TorrentVersion
  readonly peers?: PeerOptions
  /** Where the other program is to be different from us. */
  readonly theirs?: PeerOptions
  readonly ipv6Only?: boolean
  /** What the metadata file names. The tracker of the network when left out. */
  readonly trackers?: readonly string[]
  readonly webSeeds?: readonly string[]
  readonly private?: boolean
}

/** Starts both, lets `act` bring them together, and compares what has arrived. A failure shows what both sides say. */
export async function meet(options: MeetingOptions, act: (meeting: Meeting) => Promise<void>): Promise<void> {
  const { program, direction, version, peers = {}, theirs: different, ipv6Only = false } = options
  await inNetwork({ ipv6Only }, async network => {
    const from = await network.folder('from')
    const into = await network.folder('into')
    const source = await writeContent(from)
    const torrent = join(network.root, 'content.torrent')
    const { magnet } = await makeTorrent(source, torrent, {
      version,
      trackers: options.trackers ?? [network.trackerUrl],
      webSeeds: options.webSeeds ?? [],
      private: options.private ?? false,
    })
    const [theirs, ours] = direction === 'fetch' ? [0, 1] : [1, 0]
    await using they = await program.start(await network.place(theirs), { ...peers, ...different })
    await using we = await us.start(await network.place(ours), peers)
    const [seed, fetcher] = direction === 'fetch' ? [they, we] : [we, they]
    try {
      await act({ network, seed, fetcher, torrent, magnet, from, into })
    } catch (error) {
      const said = await Promise.all([they.log().catch(String), we.log().catch(String)])
      throw new Error(`${error}\n\n${program.name} says: ${said[0]}\n\npeerage says: ${said[1]}`, {
        cause: error,
      })
    }
    await expectSame(source, join(into, 'content'), direction === 'fetch')
  })
}

/** Both know of the tracker, the seed announces first. */
export async function meetAtTracker(options: MeetingOptions): Promise<void> {
  await meet(options, async ({ network, seed, fetcher, torrent, from, into }) => {
    const tracker = await network.startTracker()
    await seed.seed(torrent, from)
    await tracker.announced(0)
    await fetcher.fetch({ torrent }, into)
  })
}

/** The seed serves; the fetcher gets `source` and has to find it. */
export async function findEachOther(
  options: MeetingOptions,
  sourceOf: (meeting: Meeting) => Source,
): Promise<void> {
  await meet({ ...options, trackers: options.trackers ?? [] }, async meeting => {
    await meeting.seed.seed(meeting.torrent, meeting.from)
    await meeting.fetcher.fetch(sourceOf(meeting), meeting.into)
  })
}

export interface TorrentInput {
  readonly version: TorrentVersion
  readonly trackers: readonly string[]
  readonly webSeeds: readonly string[]
  readonly private: boolean
}

/** Made by libtorrent, for neither side; the magnet link has nothing but the hashes. */
export async function makeTorrent(
  path: string,
  torrent: string,
  input: TorrentInput,
): Promise<{ magnet: string }> {
  await using maker = await startMaker()
  return (await maker.ask('make', { path, torrent, ...input, pieceLength: 65_536 })) as { magnet: string }
}

const startMaker = (): ReturnType<typeof startLibtorrent> =>
  startLibtorrent('127.0.0.1', { listen_interfaces: '127.0.0.1:0' })
