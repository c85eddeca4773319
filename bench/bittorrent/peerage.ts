import { join } from 'node:path'
import { type PeerageDaemon, startPeerage } from '../peerage-daemon.ts'
import { freePort } from './free-port.ts'
import type { TorrentPlace, TorrentProgram } from './program.ts'

/** Peerage as a peer of the public network: the metadata file, and no private stream. */
export const peerage: TorrentProgram = {
  name: 'peerage',
  versions: ['v1', 'v2'],
  encrypts: true,
  needsTracker: false,
  missing: () => undefined,
  async seed(place) {
    const port = await freePort()
    const process = await startOn(place, port)
    await process.call('files.get', { link: place.torrent, into: place.folder })
    return {
      process,
      endpoint: `${place.address}:${port}`,
      [Symbol.asyncDispose]: () => process.kill(),
    }
  },
  async receiver(place) {
    const port = await freePort()
    const process = await startOn(place, port)
    return {
      process,
      endpoint: `${place.address}:${port}`,
      fetch: from => fetchFrom(process, place, from),
      [Symbol.asyncDispose]: () => process.kill(),
    }
  },
}

/** Names the others as soon as the content is known. */
async function fetchFrom(
  daemon: PeerageDaemon,
  { torrent, folder }: TorrentPlace,
  from: readonly string[],
): Promise<void> {
  let told: Promise<unknown> | undefined
  for await (const update of daemon.stream('files.get', { link: torrent, into: folder }))
    if (from.length > 0) told ??= daemon.call('files.addPeer', { content: infoHashOf(update), address: from })
  await told
}

function infoHashOf(update: unknown): string {
  if (update !== null && typeof update === 'object' && 'infoHash' in update) return String(update.infoHash)
  throw new Error(`files.get named no content: ${JSON.stringify(update)}`)
}

function startOn(
  { home, start, encrypted, utp, tracker }: TorrentPlace,
  port: number,
): Promise<PeerageDaemon> {
  return startPeerage(join(home, 'peerage'), {
    start,
    port,
    set: {
      'network.mdns': false,
      'bittorrent.encryption': encrypted ? 'require' : 'prefer',
      'bittorrent.dht': false,
      'bittorrent.lsd': false,
      'bittorrent.tcp': !utp,
      'bittorrent.utp': utp,
      'bittorrent.trackers': tracker,
    },
  })
}
