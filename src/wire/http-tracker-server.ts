import { PeerageError, utf8 } from '../base/index.ts'
import { encode } from './bencode-encode.ts'
import { bytesOfKey, dictionary, type Encodable } from './bencoded.ts'
import { addressText } from './compact-peers.ts'
import type { AnnounceRequest, SwarmCounts } from './http-tracker.ts'

/** What the query of an announce or scrape says (BEP 3, 7, 23, 48). What is absent is undefined. */
export interface TrackerQuery {
  /** 20 bytes each. */
  readonly infoHashes: readonly Uint8Array[]
  readonly port: number | undefined
  readonly left: number | undefined
  readonly event: AnnounceRequest['event']
  readonly wanted: number | undefined
  /** False: a list of dictionaries is asked for. */
  readonly compact: boolean
  /** The address that the client says it has. Only to be believed from neighbours. */
  readonly ip: string | undefined
}

const maxHashes = 74
const events: ReadonlySet<string> = new Set(['started', 'completed', 'stopped'])

/** Reads a query, one character a byte. Throws `wire.invalid` with words for the client. */
export function decodeTrackerQuery(query: string): TrackerQuery {
  const infoHashes: Uint8Array[] = []
  const fields = new Map<string, string>()
  for (const part of query.split('&')) {
    const at = part.indexOf('=')
    if (at <= 0) continue
    const name = part.slice(0, at)
    if (name !== 'info_hash') fields.set(name, part.slice(at + 1))
    else if (infoHashes.length < maxHashes) infoHashes.push(hashOf(part.slice(at + 1)))
  }
  const event = fields.get('event') ?? ''
  return {
    infoHashes,
    port: numberAt(fields, 'port', 65_535),
    left: numberAt(fields, 'left', Number.MAX_SAFE_INTEGER),
    event: events.has(event) ? (event as AnnounceRequest['event']) : undefined,
    wanted: numberAt(fields, 'numwant', 1_000_000),
    compact: fields.get('compact') !== '0',
    ip: unescaped(fields.get('ip')),
  }
}

function hashOf(text: string): Uint8Array {
  const bytes = unescaped(text)
  if (bytes?.length === 20) return bytesOfKey(bytes)
  throw new PeerageError('wire.invalid', 'An info_hash has 20 bytes.')
}

/** `%XX` as bytes; undefined when it is malformed. */
function unescaped(text: string | undefined): string | undefined {
  if (text === undefined || !text.includes('%')) return text
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined
  return text.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function numberAt(fields: ReadonlyMap<string, string>, name: string, most: number): number | undefined {
  const text = fields.get(name)
  if (text === undefined || !/^\d{1,20}$/.test(text)) return undefined
  return Math.min(Number(text), most)
}

export interface Announced {
  /** Seconds. */
  readonly interval: number
  readonly minInterval: number
  readonly seeds: number
  readonly leeches: number
  readonly completed: number
  /** Compact, of each family. */
  readonly peers: Uint8Array
  readonly peers6: Uint8Array
  /** The address that it came from (BEP 24), 4 or 16 bytes. */
  readonly externalIp: Uint8Array
}

/** The reply to an announce. Without `compact` peers come as dictionaries, without ids (`no_peer_id`): nobody checks those any more. */
export function encodeAnnounced(reply: Announced, compact: boolean): Uint8Array {
  const { peers, peers6 } = reply
  return encode(
    dictionary({
      complete: reply.seeds,
      downloaded: reply.completed,
      'external ip': reply.externalIp,
      incomplete: reply.leeches,
      interval: reply.interval,
      'min interval': reply.minInterval,
      peers: compact ? peers : [...listed(peers, 6), ...listed(peers6, 18)],
      ...(compact && peers6.length > 0 && { peers6 }),
    }),
  )
}

function listed(peers: Uint8Array, size: number): Encodable[] {
  const out: Encodable[] = []
  for (let at = 0; at + size <= peers.length; at += size) {
    const port = peers[at + size - 2]! * 256 + peers[at + size - 1]!
    out.push(dictionary({ ip: addressText(peers.subarray(at, at + size - 2)), port }))
  }
  return out
}

/** The reply to a scrape; keys are info hashes as binary strings. */
export function encodeScraped(counts: ReadonlyMap<string, SwarmCounts>, minInterval: number): Uint8Array {
  const files = new Map(
    [...counts].map(([hash, { seeds, leeches, completed }]) => [
      hash,
      dictionary({ complete: seeds, downloaded: completed, incomplete: leeches }),
    ]),
  )
  return encode(dictionary({ files, flags: dictionary({ min_request_interval: minInterval }) }))
}

/** A refusal; with `isFinal` the client need not come again (BEP 31). */
export function encodeTrackerFailure(reason: string, isFinal: boolean): Uint8Array {
  return encode(dictionary({ 'failure reason': utf8(reason), ...(isFinal && { 'retry in': utf8('never') }) }))
}
