import { dirname, join } from 'node:path'
import { type Child, follow } from '../child.ts'
import type { SwarmSystem } from '../swarm-system.ts'
import { libtorrentCommand, makeTorrent, missingLibtorrent } from './libtorrent.ts'

/** libtorrent on hosts of a lab. Every receiver is told the address of every other peer, so it need not discover any. */
export const libtorrentSwarm: SwarmSystem = {
  name: 'libtorrent',
  missing: missingLibtorrent,
  async prepare({ lab, source, receivers, home, intoOf }) {
    const torrent = join(home, 'content.torrent')
    await makeTorrent(source, torrent)
    const addresses: string[] = []
    const startOn = async (host: number, verb: string, folder: string): Promise<Child> => {
      const command = libtorrentCommand(verb, lab.addressOf(host), torrent, folder)
      const child = follow(command, command => lab.run(host, command))
      addresses[host] = `${lab.addressOf(host)}:${JSON.parse(await child.line()).port}`
      return child
    }
    const seed = await startOn(0, 'seed', dirname(source))
    const children = new Map<number, Child>()
    for (const host of receivers) children.set(host, await startOn(host, 'get', intoOf(host)))
    return {
      async fetch(host) {
        const child = children.get(host)
        child?.say(addresses.filter((_, other) => other !== host).join(' '))
        await child?.line()
      },
      killSeed: () => seed.kill('SIGKILL'),
      async [Symbol.asyncDispose]() {
        await Promise.all([seed, ...children.values()].map(child => child.kill('SIGKILL')))
      },
    }
  },
}
