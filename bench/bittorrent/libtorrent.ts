import { type Child, follow } from '../child.ts'
import { libtorrentCommand, missingLibtorrent } from '../opponents/libtorrent.ts'
import type { TorrentPlace, TorrentProgram } from './program.ts'

const loopback = '127.0.0.1'

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
      endpoint: `${loopback}:${port}`,
      [Symbol.asyncDispose]: () => process.kill(),
    }
  },
  async receiver(place) {
    const process = start('get', place)
    await process.line()
    return {
      process,
      async fetch(from) {
        process.say(from)
        await process.line()
      },
      [Symbol.asyncDispose]: () => process.kill(),
    }
  },
}

function start(verb: string, { torrent, folder, encrypted }: TorrentPlace): Child {
  return follow(libtorrentCommand(verb, loopback, torrent, folder, ...(encrypted ? ['rc4'] : [])))
}
