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
    const { process, port } = await startOn(place)
    await add(process, { torrent: place.torrent, folder: place.folder })
    return { process, endpoint: `${place.address}:${port}`, [Symbol.asyncDispose]: () => process.kill() }
  },
  async receiver(place) {
    const { process, port } = await startOn(place)
    return {
      process,
      endpoint: `${place.address}:${port}`,
      fetch: from => add(process, { torrent: place.torrent, folder: place.folder, peers: from }),
      [Symbol.asyncDispose]: () => process.kill(),
    }
  },
}

async function startOn({ tracker, start }: TorrentPlace): Promise<{ process: Child; port: number }> {
  const options = { utp: false, lsd: false, secure: false, ...(!tracker && { tracker: false }) }
  const process = follow(webTorrentCommand(options), start)
  const { port } = JSON.parse(await process.line())
  return { process, port }
}

async function add(process: Child, source: object): Promise<void> {
  process.say(JSON.stringify(source))
  const { failed } = JSON.parse(await process.line())
  if (failed !== undefined) throw new Error(`webtorrent: ${failed}`)
}
