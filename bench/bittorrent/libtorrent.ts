import { type Child, follow } from '../child.ts'
import { libtorrentCommand, missingLibtorrent } from '../opponents/libtorrent.ts'
import type { TorrentPlace, TorrentProgram } from './program.ts'

/** libtorrent 2.0. */
export const libtorrent: TorrentProgram = {
  name: 'libtorrent',
  versions: ['v1', 'v2'],
  encrypts: true,
  needsTracker: false,
  missing: missingLibtorrent,
  async seed(place) {
    const process = start('seed', place)
    const { port } = JSON.parse(await process.line())
    return {
      process,
      endpoint: `${place.address}:${port}`,
      [Symbol.asyncDispose]: () => process.kill(),
    }
  },
  async receiver(place) {
    const process = start('get', place)
    const { port } = JSON.parse(await process.line())
    return {
      process,
      endpoint: `${place.address}:${port}`,
      async fetch(from) {
        process.say(from.join(' '))
        await process.line()
      },
      [Symbol.asyncDispose]: () => process.kill(),
    }
  },
}

function start(verb: string, { address, torrent, folder, encrypted, utp, start }: TorrentPlace): Child {
  const ways = [...(encrypted ? ['rc4'] : []), ...(utp ? ['utp'] : [])]
  return follow(libtorrentCommand(verb, address, torrent, folder, ...ways), start)
}
