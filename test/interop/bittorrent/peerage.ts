import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Starter } from '../../../bench/child.ts'
import { linkOf } from '../../../bench/peerage.ts'
import { type PeerageDaemon, startPeerage } from '../../../bench/peerage-daemon.ts'
import { type BitTorrentPeer, type PeerOptions, type Place, patienceMs, type TorrentVersion } from './peer.ts'

const port = 6881

/** What a share of ours adds to its metadata file. */
export interface Sharing {
  readonly version: Exclude<TorrentVersion, 'v1'>
  readonly trackers: readonly string[]
  readonly webSeeds?: readonly string[]
}

export interface PeeragePeer extends BitTorrentPeer {
  readonly daemon: PeerageDaemon
  /** Makes content of ours public and writes its metadata file; answers its magnet link. */
  share(path: string, torrent: string, sharing: Sharing): Promise<string>
}

/** Everything that a test needs to know of how Peerage is used stands here. */
export const peerage = {
  name: 'peerage',
  async start({ lab, host, home, address }: Place, options: PeerOptions): Promise<PeeragePeer> {
    const { daemon, said } = await startPublic(home, options, command => lab.run(host, command))
    return {
      daemon,
      endpoint: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
      async share(path, torrent, { version, trackers, webSeeds = [] }) {
        const made = await daemon.call('files.share', {
          path,
          public: true,
          hybrid: version === 'hybrid',
          tracker: trackers,
          webSeed: webSeeds,
        })
        await daemon.call('files.export', { content: infoHashOf(made), path: torrent, overwrite: true })
        return linkOf(made)
      },
      seed: (torrent, folder) => get(daemon, { link: torrent, into: folder }, said),
      fetch: ({ torrent, magnet, peers = [] }, folder) =>
        get(daemon, { link: torrent ?? withPeers(magnet ?? '', peers), into: folder }, said),
      log: said,
      [Symbol.asyncDispose]: () => daemon.kill('SIGKILL'),
    }
  },
}

/** The settings that restrict a daemon as the options say. Nothing is looked for anywhere unless a test asks for it. */
export function publicSettings(options: PeerOptions): Record<string, string | number | boolean> {
  const { encrypted, utpOnly, lsd = false, pex = true, dht, trackers = true } = options
  return {
    'network.mdns': false,
    'daemon.logLevel': 'debug',
    'bittorrent.encryption': encrypted ? 'require' : 'prefer',
    'bittorrent.tcp': !utpOnly,
    'bittorrent.dht': dht !== undefined,
    'bittorrent.lsd': lsd,
    'bittorrent.pex': pex,
    'bittorrent.trackers': trackers,
    ...(dht && { 'dht.bootstrap': dht.join(',') }),
  }
}

async function startPublic(
  home: string,
  options: PeerOptions,
  start: Starter,
): Promise<{ daemon: PeerageDaemon; said(): Promise<string> }> {
  const daemon = await startPeerage(join(home, 'peerage'), { start, port, set: publicSettings(options) })
  const said = async (): Promise<string> => {
    const list = (await daemon.call('files.list')) as { infoHash: string }[]
    const more = list.map(({ infoHash }) => daemon.call('files.trackers', { content: infoHash }))
    const log = await readFile(join(home, 'peerage/log/peerage.log'), 'utf8')
    return (
      log.slice(-6000) +
      JSON.stringify([list, await daemon.call('files.peers'), await Promise.all(more)], null, 1)
    )
  }
  return { daemon, said }
}

/** Fetches to the end; what was there already is checked and not fetched. */
async function get(daemon: PeerageDaemon, input: object, said: () => Promise<string>): Promise<void> {
  const late = pause(patienceMs, 'late' as const, { ref: false })
  const got = daemon.call('files.get', input)
  got.catch(() => {})
  if ((await Promise.race([got, late])) === 'late') throw new Error(`peerage is not done: ${await said()}`)
}

function infoHashOf(made: unknown): string {
  if (made !== null && typeof made === 'object' && 'infoHash' in made) return String(made.infoHash)
  throw new Error(`files.share answered no info hash: ${JSON.stringify(made)}`)
}

/** BEP 9: addresses of peers in the link itself. */
function withPeers(magnet: string, peers: readonly string[]): string {
  return [magnet, ...peers.map(peer => `x.pe=${encodeURIComponent(peer)}`)].join('&')
}
