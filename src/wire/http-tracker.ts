import { fromUtf8, PeerageError, toHex } from '../base/index.ts'
import { decodeDictionary } from './bencode-decode.ts'
import {
  bytesAt,
  bytesOfKey,
  type Dictionary,
  dictionaryAt,
  integerAt,
  isDictionary,
  listAt,
} from './bencoded.ts'
import { type CompactPeer, decodeCompactPeers } from './compact-peers.ts'

/** What is told to a tracker (BEP 3). Counts in bytes. */
export interface AnnounceRequest {
  /** 20 bytes. */
  readonly infoHash: Uint8Array
  readonly peerId: Uint8Array
  readonly port: number
  readonly uploaded: number
  readonly downloaded: number
  /** Undefined while the metadata is unknown. */
  readonly left: number | undefined
  readonly event?: 'started' | 'completed' | 'stopped' | undefined
  /** How many peers are wanted. */
  readonly wanted: number
  /** A number that stays the same when our address changes (BEP 7). */
  readonly key: number
  readonly trackerId?: string | undefined
  /** Whether message stream encryption is spoken, as the convention of HTTP trackers says. */
  readonly encryption?: 'off' | 'prefer' | 'require'
}

export interface AnnounceReply {
  /** Seconds until the next announce that it asks for. */
  readonly interval: number
  readonly minInterval?: number
  readonly peers: readonly CompactPeer[]
  readonly seeds?: number
  readonly leeches?: number
  readonly trackerId?: string
  readonly warning?: string
  /** Our address as it sees it (BEP 24), 4 or 16 bytes. */
  readonly externalIp?: Uint8Array
}

/** More than this of one reply is not believed. */
const maxPeers = 2_000
const maxText = 300
/** No swarm is larger than this. */
const maxCount = 1_000_000_000
const usualInterval = 1_800

/** The URL to ask. What the tracker's own URL has in its query stays in front. */
export function announceUrl(tracker: string, request: AnnounceRequest): string {
  const { event, trackerId, left, encryption = 'off' } = request
  const parts = [
    `info_hash=${percent(request.infoHash)}`,
    `peer_id=${percent(request.peerId)}`,
    `port=${request.port}`,
    `uploaded=${request.uploaded}`,
    `downloaded=${request.downloaded}`,
    // Until the metadata is here nobody knows; 0 would say that we are a seed.
    `left=${left ?? 16_384}`,
    'compact=1',
    'no_peer_id=1',
    `numwant=${event === 'stopped' ? 0 : request.wanted}`,
    `key=${request.key.toString(16).padStart(8, '0')}`,
    ...(encryption === 'off' ? [] : ['supportcrypto=1']),
    ...(encryption === 'require' ? ['requirecrypto=1'] : []),
    ...(event === undefined ? [] : [`event=${event}`]),
    ...(trackerId === undefined ? [] : [`trackerid=${encodeURIComponent(trackerId)}`]),
  ]
  return `${tracker}${tracker.includes('?') ? '&' : '?'}${parts.join('&')}`
}

/** Every byte that is not plainly safe in a URL as %XX. */
function percent(bytes: Uint8Array): string {
  let out = ''
  for (const byte of bytes) {
    const letter = String.fromCharCode(byte)
    out += /[A-Za-z0-9._~-]/.test(letter) ? letter : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`
  }
  return out
}

/**
 * Reads the reply of an HTTP tracker. Throws `bencode.*`, and `peer.protocol` with the tracker's words when it refuses; `details.retryMinutes`
 * then says when to ask again (BEP 31), Infinity for never.
 */
export function decodeAnnounceReply(bytes: Uint8Array): AnnounceReply {
  const reply = decodeDictionary(bytes, { maxBytes: 1_048_576, maxDepth: 6, maxItems: 20_000, lenient: true })
  const failure = textAt(reply, 'failure reason')
  if (failure !== undefined) throw refusal(failure, reply)
  const minInterval = integerAt(reply, 'min interval', 0, 1_000_000)
  const seeds = integerAt(reply, 'complete', 0, maxCount)
  const leeches = integerAt(reply, 'incomplete', 0, maxCount)
  const trackerId = textAt(reply, 'tracker id')
  const warning = textAt(reply, 'warning message')
  const externalIp = bytesAt(reply, 'external ip')
  checkAnswer(reply)
  return {
    interval: integerAt(reply, 'interval', 0, 1_000_000) ?? usualInterval,
    peers: [
      ...peersOf(reply),
      ...decodeCompactPeers(bytesAt(reply, 'peers6') ?? new Uint8Array(0), 6, maxPeers),
    ],
    ...(minInterval !== undefined && { minInterval }),
    ...(seeds !== undefined && { seeds }),
    ...(leeches !== undefined && { leeches }),
    ...(trackerId !== undefined && { trackerId }),
    ...(warning !== undefined && { warning }),
    ...((externalIp?.length === 4 || externalIp?.length === 16) && { externalIp }),
  }
}

/** Some trackers leave out one or the other; what has neither, or peers of another kind, is something else. */
function checkAnswer(reply: Dictionary): void {
  const peers = reply.get('peers')
  if (peers === undefined ? !reply.has('interval') && !reply.has('peers6') : !isPeers(peers))
    throw new PeerageError('wire.invalid', 'The answer of the tracker has neither an interval nor peers.')
}

const isPeers = (value: unknown): boolean => value instanceof Uint8Array || Array.isArray(value)

function refusal(failure: string, reply: Dictionary): PeerageError {
  const retryMinutes =
    integerAt(reply, 'retry in', 1, 1_000_000) ??
    (textAt(reply, 'retry in') === 'never' ? Number.POSITIVE_INFINITY : undefined)
  return new PeerageError('peer.protocol', `The tracker refuses: ${failure}`, {
    details: { ...(retryMinutes !== undefined && { retryMinutes }) },
  })
}

/** Compact (BEP 23) or, from old trackers, a list of dictionaries. */
function peersOf(reply: Dictionary): CompactPeer[] {
  const compact = bytesAt(reply, 'peers')
  if (compact !== undefined) return decodeCompactPeers(compact, 4, maxPeers)
  const out: CompactPeer[] = []
  for (const peer of (listAt(reply, 'peers') ?? []).slice(0, maxPeers)) {
    if (!isDictionary(peer)) continue
    const port = integerAt(peer, 'port', 1, 65_535)
    const address = textAt(peer, 'ip')
    if (port !== undefined && address !== undefined && /^[0-9a-f.:]{2,45}$/i.test(address))
      out.push({ address, port })
  }
  return out
}

/** Numbers of one swarm as a tracker counts them (BEP 48). */
export interface SwarmCounts {
  readonly seeds: number
  readonly leeches: number
  readonly completed: number
}

export interface ScrapeReply {
  /** By the info hash in hex. Swarms that the tracker does not know are left out. */
  readonly counts: ReadonlyMap<string, SwarmCounts>
  /** Seconds until the next scrape that it allows. */
  readonly minInterval?: number
}

/** The scrape URL of an HTTP tracker, for several contents at once; undefined when it has none (BEP 48). */
export function scrapeUrl(tracker: string, infoHashes: readonly Uint8Array[]): string | undefined {
  const end = tracker.search(/[?#]|$/)
  const at = tracker.lastIndexOf('/', end)
  if (!tracker.startsWith('announce', at + 1)) return undefined
  const url = `${tracker.slice(0, at + 1)}scrape${tracker.slice(at + 1 + 'announce'.length)}`
  return `${url}${url.includes('?') ? '&' : '?'}${infoHashes.map(hash => `info_hash=${percent(hash)}`).join('&')}`
}

/** Reads the reply to a scrape over HTTP. Throws `bencode.*` and, when the tracker refuses, `peer.protocol`. */
export function decodeScrapeReply(bytes: Uint8Array): ScrapeReply {
  const reply = decodeDictionary(bytes, { maxBytes: 65_536, maxDepth: 6, maxItems: 2_000, lenient: true })
  const failure = textAt(reply, 'failure reason')
  if (failure !== undefined) throw refusal(failure, reply)
  const counts = new Map<string, SwarmCounts>()
  for (const [key, one] of dictionaryAt(reply, 'files') ?? [])
    if (key.length === 20 && isDictionary(one))
      counts.set(toHex(bytesOfKey(key)), {
        seeds: integerAt(one, 'complete', 0, maxCount) ?? 0,
        leeches: integerAt(one, 'incomplete', 0, maxCount) ?? 0,
        completed: integerAt(one, 'downloaded', 0, maxCount) ?? 0,
      })
  const flags = dictionaryAt(reply, 'flags')
  const minInterval = flags && integerAt(flags, 'min_request_interval', 0, 1_000_000)
  return { counts, ...(minInterval !== undefined && { minInterval }) }
}

/** Hostile text: short, and without what could mislead a reader. */
function textAt(from: Dictionary, key: string): string | undefined {
  const bytes = bytesAt(from, key)
  return bytes === undefined
    ? undefined
    : fromUtf8(bytes.subarray(0, 4 * maxText))
        ?.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
        .slice(0, maxText)
}
