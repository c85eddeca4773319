import { concat, type HashFunction, sha256, toHex } from '../base/index.ts'
import {
  type Bencoded,
  bytesAt,
  type Dictionary,
  decodeAround,
  dictionaryAt,
  type Encodable,
  encode,
  integerAt,
  listAt,
} from '../wire/index.ts'
import { type ContentConfig, defaultContentConfig } from './config.ts'
import type { ContentInfo } from './content.ts'
import { FileHashes } from './file-hashes.ts'
import { exactText, invalidContent } from './names.ts'
import { parseInfo } from './parse-content.ts'
import { rootKey } from './root-key.ts'
import { isTrackerUrl, isWebSeedUrl } from './urls.ts'

/** What a `.torrent` file holds (BEP 3, BEP 12, BEP 19, BEP 52). */
export interface Torrent {
  /** The info dictionary, byte for byte. */
  readonly info: Uint8Array
  /** Hashes of the pieces of files longer than a piece, by the hexadecimal root of the file. */
  readonly pieceLayers: ReadonlyMap<string, Uint8Array>
  /** Tracker URLs in tiers, those to try first in front. */
  readonly trackers: readonly (readonly string[])[]
  readonly webSeeds: readonly string[]
  /** Web seeds of the older kind (BEP 17), where there are any. */
  readonly httpSeeds?: readonly string[]
  readonly comment?: string
  readonly createdBy?: string
  /** Seconds since 1970. */
  readonly creationDate?: number
}

/** What to write into a `.torrent` file. */
export interface TorrentDescription {
  readonly info: Uint8Array
  readonly pieceLayers: ReadonlyMap<string, Uint8Array>
  readonly trackers?: readonly (readonly string[])[] | undefined
  readonly webSeeds?: readonly string[] | undefined
  readonly httpSeeds?: readonly string[] | undefined
  readonly comment?: string | undefined
  readonly createdBy?: string | undefined
  /** Seconds since 1970. */
  readonly creationDate?: number | undefined
}

export interface TorrentOptions {
  /** SHA-256; pass the platform's own where there is one. */
  readonly hash?: HashFunction | undefined
  readonly limits?: Partial<ContentConfig> | undefined
}

const maxTiers = 64
const maxUrlsPerList = 64
const maxTextLength = 4_096

/**
 * The bytes of a `.torrent` file. `info` goes in as it is. Every piece layer is checked first. Throws `TypeError` for a
 * layer that is wrong or missing: BEP 52 calls a torrent without them invalid.
 */
export function encodeTorrent(torrent: TorrentDescription, options: TorrentOptions = {}): Uint8Array {
  const entries = new Map<string, Uint8Array>()
  const add = (key: string, value: Encodable | undefined): void => {
    if (value !== undefined) entries.set(key, encode(value))
  }
  const trackers = (torrent.trackers ?? []).filter(tier => tier.length > 0)
  const urls = trackers.flat()
  add('announce', urls[0])
  add('announce-list', urls.length > 1 ? trackers : undefined)
  add('comment', torrent.comment)
  add('created by', torrent.createdBy)
  add('creation date', torrent.creationDate)
  add('httpseeds', torrent.httpSeeds?.length ? torrent.httpSeeds : undefined)
  entries.set('info', torrent.info)
  add('piece layers', layersToWrite(torrent, options))
  add('url-list', torrent.webSeeds?.length ? torrent.webSeeds : undefined)
  // The keys above stand in byte order; the info dictionary must not be encoded anew.
  const parts = [...entries].flatMap(([key, value]) => [encode(key), value])
  return concat([ascii('d'), ...parts, ascii('e')])
}

function ascii(letter: string): Uint8Array {
  return Uint8Array.of(letter.charCodeAt(0))
}

function layersToWrite(torrent: TorrentDescription, options: TorrentOptions): Dictionary | undefined {
  const out: Dictionary = new Map()
  const wanted = layeredFiles(parseInfo(torrent.info, options.limits))
  if (wanted === undefined) return undefined
  for (const file of wanted.values()) {
    const layer = torrent.pieceLayers.get(toHex(file.root))
    if (layer === undefined || !file.setPieceLayer(layer, options.hash ?? sha256))
      throw new TypeError(`the piece layer of ${toHex(file.root)} is missing or wrong`)
    out.set(rootKey(file.root), layer)
  }
  return out
}

/** Trees of the files that have a piece layer, by root as a binary string; undefined for v1 content. */
function layeredFiles({ files, pieceLength, version }: ContentInfo): Map<string, FileHashes> | undefined {
  if (version === 'v1') return undefined
  const out = new Map<string, FileHashes>()
  for (const { index, piecesRoot, pieceCount, size } of files)
    if (pieceCount > 1) out.set(rootKey(piecesRoot!), new FileHashes(index, piecesRoot!, size, pieceLength))
  return out
}

/**
 * Reads a `.torrent` file; its parts are views of `bytes`. The info dictionary and every piece layer are checked; layers
 * of unknown files are dropped, and missing ones tolerated, for clients write such files after fetching by magnet link:
 * peers are asked for those hashes. Text that is no UTF-8 and URLs that are none are left out. Throws `bencode.invalid`,
 * `bencode.limit`, `content.invalid`. Hashing takes about 1.5 microseconds a piece: for large files call it in a worker.
 */
export function decodeTorrent(bytes: Uint8Array, options: TorrentOptions = {}): Torrent {
  return readTorrent(bytes, options).torrent
}

/** The same, with what its info dictionary says: of 60,000 files nobody wants to find that out twice. */
export function readTorrent(
  bytes: Uint8Array,
  options: TorrentOptions = {},
): { readonly torrent: Torrent; readonly content: ContentInfo } {
  const limits = { ...defaultContentConfig, ...options.limits }
  const bounds = {
    maxBytes: limits.maxTorrentBytes,
    maxDepth: limits.maxPathDepth + 5,
    maxItems: limits.maxFiles * 9 + limits.maxPathDepth,
    // Order matters inside `info` only, where parseInfo sees to it.
    lenient: true,
  }
  const torrent = decodeAround(bytes, 'info', bounds)
  const info = bytesAt(torrent, 'info')
  if (info === undefined) throw invalidContent('This is no .torrent file: it has no info dictionary.')
  const content = parseInfo(info, options.limits)
  return { torrent: torrentOf(torrent, info, layersOf(torrent, content, options)), content }
}

function torrentOf(
  torrent: Dictionary,
  info: Uint8Array,
  pieceLayers: ReadonlyMap<string, Uint8Array>,
): Torrent {
  const creationDate = integerAt(torrent, 'creation date')
  return {
    info,
    pieceLayers,
    trackers: trackersOf(torrent),
    webSeeds: urlsOf(torrent.get('url-list'), isWebSeedUrl),
    ...httpSeedsOf(torrent),
    ...textOf(torrent, 'comment', 'comment'),
    ...textOf(torrent, 'created by', 'createdBy'),
    ...(creationDate === undefined ? {} : { creationDate }),
  }
}

function layersOf(
  torrent: Dictionary,
  content: ContentInfo,
  options: TorrentOptions,
): Map<string, Uint8Array> {
  const out = new Map<string, Uint8Array>()
  const wanted = layeredFiles(content)
  const layers = dictionaryAt(torrent, 'piece layers')
  if (torrent.has('piece layers') && layers === undefined)
    throw invalidContent('The piece layers are no dictionary: the .torrent file is damaged.')
  if (wanted === undefined || layers === undefined) return out
  for (const [key, layer] of layers) {
    const file = wanted.get(key)
    if (file === undefined) continue
    if (!(layer instanceof Uint8Array) || !file.setPieceLayer(layer, options.hash ?? sha256))
      throw invalidContent('A piece layer does not belong to its file: the .torrent file is damaged.')
    out.set(toHex(file.root), layer)
  }
  return out
}

function trackersOf(torrent: Dictionary): string[][] {
  const tiers = (listAt(torrent, 'announce-list') ?? [])
    .slice(0, maxTiers)
    .map(tier => urlsOf(tier, isTrackerUrl))
    .filter(tier => tier.length > 0)
  if (tiers.length > 0) return tiers
  const single = urlsOf(bytesAt(torrent, 'announce'), isTrackerUrl)
  return single.length > 0 ? [single] : []
}

function httpSeedsOf(torrent: Dictionary): Pick<Torrent, 'httpSeeds'> {
  const httpSeeds = urlsOf(torrent.get('httpseeds'), isWebSeedUrl)
  return httpSeeds.length === 0 ? {} : { httpSeeds }
}

/** The URLs of a list, or the only one, each once. */
function urlsOf(value: Bencoded | undefined, isUrl: (text: string) => boolean): string[] {
  const list = Array.isArray(value) ? value.slice(0, maxUrlsPerList) : [value]
  const urls = new Set<string>()
  for (const item of list) {
    const url = item instanceof Uint8Array ? exactText(item)?.trim() : undefined
    if (url !== undefined && isUrl(url)) urls.add(url)
  }
  return [...urls]
}

function textOf<Name extends string>(torrent: Dictionary, key: string, name: Name): { [K in Name]?: string } {
  const bytes = bytesAt(torrent, key)
  const text = bytes === undefined || bytes.length > maxTextLength ? undefined : exactText(bytes)
  return (text === undefined ? {} : { [name]: text }) as { [K in Name]?: string }
}
