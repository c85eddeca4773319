import { looksLikeInviteCode } from '../../access/index.ts'
import { PeerageError, toHex } from '../../base/index.ts'
import { isTrackerUrl, isWebSeedUrl, type Link, parseLink, type Torrent } from '../../content/index.ts'
import { type NamedTorrent, openRegular, type Store } from '../../store/index.ts'
import type { EditInput } from './inputs.ts'
import type { PublicRecord, TransferRecord } from './record.ts'

/** Where content is to come from: what a link says, or a `.torrent` file. */
export interface Source {
  readonly link: Link
  /** What the transfer goes by: SHA-256 where it is known, else SHA-1. */
  readonly infoHash: Uint8Array
  /** Trackers in tiers. */
  readonly trackers: readonly (readonly string[])[]
  readonly torrent?: Torrent
}

/** A `.torrent` file larger than this is not read, in bytes. */
const maxTorrentBytes = 256 * 1024 * 1024

/** Reads a link, or the `.torrent` file at a path. Throws `store.source-unreadable`, `link.invalid`, `content.invalid`, `bencode.*`. */
export async function openSource(store: Store, text: string): Promise<Source> {
  if (/\.torrent$/i.test(text) && !/^(magnet|peerage):/i.test(text.trim()))
    return await openTorrent(store, text)
  if (looksLikeInviteCode(text))
    throw new PeerageError('link.invalid', 'This is a code: `peerage receive` or `peerage accept` takes it.')
  const link = parseLink(text)
  const infoHash = link.infoHash ?? link.infoHashV1
  if (infoHash === undefined) throw new PeerageError('link.invalid', 'The link names no content.')
  // BEP 12 has no word for links; as others do, each tracker of a magnet link is a tier of its own.
  return { link, infoHash, trackers: link.trackers.map(tracker => [tracker]) }
}

async function openTorrent(store: Store, path: string): Promise<Source> {
  return sourceOf(await store.readTorrent(await readTorrent(path)))
}

/** What a `.torrent` file says of where its content is to come from. */
export function sourceOf({ torrent, infoHash, infoHashV1 }: NamedTorrent): Source {
  const link: Link = {
    kind: 'magnet',
    ...(infoHash && { infoHash }),
    ...(infoHashV1 && { infoHashV1 }),
    peers: [],
    trackers: torrent.trackers.flat(),
    webSeeds: torrent.webSeeds,
  }
  return { link, infoHash: (infoHash ?? infoHashV1)!, trackers: torrent.trackers, torrent }
}

async function readTorrent(path: string): Promise<Uint8Array> {
  try {
    await using file = await openRegular(path)
    const { size } = await file.stat()
    if (size > maxTorrentBytes)
      throw new PeerageError('link.invalid', `The file ${path} is too large for a .torrent file.`)
    return await file.readFile()
  } catch (cause) {
    if (cause instanceof PeerageError) throw cause
    throw new PeerageError('link.invalid', `The file ${path} cannot be read.`, { cause })
  }
}

/** Content of a magnet link or a `.torrent` file is public; one of a `peerage:` link only if somebody made it so before. */
export function makePublic(record: TransferRecord, { link, trackers, torrent }: Source): void {
  if (link.cid !== undefined) record.ipfs ??= { cid: link.cid, offered: false }
  if (link.kind !== 'magnet') return
  const { infoHashV1, selectOnly } = link
  mergePublic(record, {
    trackers: trackers.map(tier => [...tier]),
    webSeeds: [...link.webSeeds],
    peers: [...link.peers],
    ...(infoHashV1 && { infoHashV1: toHex(infoHashV1) }),
    ...(torrent?.httpSeeds && { httpSeeds: [...torrent.httpSeeds] }),
    ...(torrent?.comment !== undefined && { comment: torrent.comment }),
  })
  if (selectOnly !== undefined && record.selectOnly === undefined) record.selectOnly = [...selectOnly]
}

/** Adds what is newly known of how to find public content. */
export function mergePublic(record: TransferRecord, fresh: PublicRecord): void {
  const known = record.public ?? { trackers: [], webSeeds: [], peers: [] }
  const urls = new Set(known.trackers.flat())
  for (const tier of fresh.trackers) {
    const unknown = tier.filter(url => !urls.has(url))
    for (const url of unknown) urls.add(url)
    if (unknown.length > 0) known.trackers.push(unknown)
  }
  known.webSeeds = [...new Set([...known.webSeeds, ...fresh.webSeeds])]
  if (fresh.httpSeeds !== undefined)
    known.httpSeeds = [...new Set([...(known.httpSeeds ?? []), ...fresh.httpSeeds])]
  known.peers = [...new Set([...known.peers, ...fresh.peers])]
  known.infoHashV1 = fresh.infoHashV1 ?? known.infoHashV1
  known.comment = fresh.comment ?? known.comment
  record.public = known
}

/** Removes and adds trackers and web seeds. A tracker that is added is a tier of its own (BEP 12). Throws `usage.invalid`. */
export function editPublic(known: PublicRecord, input: EditInput): void {
  const { addTracker = [], removeTracker = [], addWebSeed = [], removeWebSeed = [] } = input
  checkUrls(addTracker, isTrackerUrl, 'a tracker')
  checkUrls(addWebSeed, isWebSeedUrl, 'a web seed')
  const left = known.trackers.map(tier => tier.filter(url => !removeTracker.includes(url)))
  const had = new Set(known.trackers.flat())
  const fresh = new Set(addTracker.filter(url => !had.has(url)))
  known.trackers = [...left.filter(tier => tier.length > 0), ...Array.from(fresh, url => [url])]
  known.httpSeeds = known.httpSeeds?.filter(url => !removeWebSeed.includes(url))
  known.webSeeds = [
    ...new Set([...known.webSeeds.filter(url => !removeWebSeed.includes(url)), ...addWebSeed]),
  ]
}

/** Throws `usage.invalid` for the first that is no URL of that kind. */
export function checkUrls(urls: readonly string[], is: (url: string) => boolean, what: string): void {
  for (const url of urls)
    if (!is(url)) throw new PeerageError('usage.invalid', `${url} is not the URL of ${what}.`)
}
