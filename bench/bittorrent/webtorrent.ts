import { missingWebTorrent, webTorrentCommand } from '../../test/interop/bittorrent/webtorrent.ts'
import { type Child, follow } from '../child.ts'
import type { TorrentPlace, TorrentProgram } from './program.ts'

/** WebTorrent in Node.js, over TCP. */
export const webtorrent: TorrentProgram = {
  name: 'webtorrent',
  versions: ['v1'],
  encrypts: false,
  needsTracker: false,
  missing: missingWebTorrent,
  async seed(place) {
    const { process, port } = await start(place)
    await add(process, { torrent: place.torrent, folder: place.folder })
    return { process, endpoint: `127.0.0.1:${port}`, [Symbol.asyncDispose]: () => process.kill() }
  },
  async receiver(place) {
    const { process } = await start(place)
    return {
      process,
      fetch: from => add(process, { torrent: place.torrent, folder: place.folder, peers: [from] }),
      [Symbol.asyncDispose]: () => process.kill(),
    }
  },
}

async function start({ tracker }: TorrentPlace): Promise<{ process: Child; port: number }> {
  const process = follow(
    webTorrentCommand({ utp: false, lsd: false, secure: false, ...(!tracker && { tracker: false }) }),
  )
  const { port } = JSON.parse(await process.line())
  return { process, port }
}

async function add(process: Child, source: object): Promise<void> {
  process.say(JSON.stringify(source))
  const { failed } = JSON.parse(await process.line())
  if (failed !== undefined) throw new Error(`webtorrent: ${failed}`)
}
