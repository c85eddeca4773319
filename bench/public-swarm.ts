import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { libtorrent } from './bittorrent/libtorrent.ts'
import { peerage } from './bittorrent/peerage.ts'
import type { TorrentPlace, TorrentProgram, TorrentReceiver } from './bittorrent/program.ts'
import { makeTorrent, missingLibtorrent } from './opponents/libtorrent.ts'
import type { SwarmPlace, SwarmSystem } from './swarm-system.ts'

/** Peerage with nothing but the public protocol. */
export const publicSwarm: SwarmSystem = swarmOf('peerage-public', () => peerage)

/** A seed of libtorrent; every other receiver is Peerage. */
export const mixedSwarm: SwarmSystem = {
  ...swarmOf('mixed', host => (host % 2 === 0 ? libtorrent : peerage)),
  programOn: host => (host % 2 === 0 ? libtorrent : peerage).name,
}

/** A v2 torrent on hosts of a lab; host 0 is the seed. Every receiver is told the address of every other peer. */
function swarmOf(name: string, programOf: (host: number) => TorrentProgram): SwarmSystem {
  return {
    name,
    missing: missingLibtorrent, // makes the torrent
    async prepare(place) {
      const { source, receivers, home, intoOf } = place
      const torrent = join(home, 'content.torrent')
      await makeTorrent(source, torrent)
      const seed = await programOf(0).seed(await placeOn(place, torrent, 0, dirname(source)))
      const peers = new Map<number, TorrentReceiver>()
      const startOn = async (host: number): Promise<void> => {
        peers.set(host, await programOf(host).receiver(await placeOn(place, torrent, host, intoOf(host))))
      }
      await Promise.all(receivers.map(startOn))
      return {
        async fetch(host) {
          const others = [...peers].filter(([other]) => other !== host).map(([, { endpoint }]) => endpoint)
          await peers.get(host)?.fetch([seed.endpoint, ...others])
        },
        killSeed: () => seed.process.kill('SIGKILL'),
        async [Symbol.asyncDispose]() {
          await Promise.all([seed, ...peers.values()].map(peer => peer[Symbol.asyncDispose]()))
        },
      }
    },
  }
}

async function placeOn(
  { lab, home }: SwarmPlace,
  torrent: string,
  host: number,
  folder: string,
): Promise<TorrentPlace> {
  const own = join(home, String(host))
  await mkdir(own, { recursive: true })
  return {
    address: lab.addressOf(host),
    start: command => lab.run(host, command),
    torrent,
    folder,
    home: own,
    encrypted: false,
    utp: false,
    tracker: false,
  }
}
