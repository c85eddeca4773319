import { fromUtf8, PeerageError } from '../base/index.ts'
import { decodeCompactPeers } from './compact-peers.ts'
import type { AnnounceReply, AnnounceRequest, SwarmCounts } from './http-tracker.ts'

const actions = { connect: 0, announce: 1, scrape: 2, error: 3 } as const
/** BEP 15: what a connect request begins with. */
const protocolId = 0x41727101980n
const events = { completed: 1, started: 2, stopped: 3 } as const
const maxPeers = 2_000
/** BEP 41: one option holds so much. */
const maxUrlData = 255

/** The first packet to a UDP tracker (BEP 15), 16 bytes. */
export function encodeUdpConnect(transaction: number): Uint8Array {
  const out = new Uint8Array(16)
  const view = new DataView(out.buffer)
  view.setBigUint64(0, protocolId)
  view.setUint32(8, actions.connect)
  view.setUint32(12, transaction)
  return out
}

/** `urlPath`: path and query of the tracker's URL (BEP 41). */
export function encodeUdpAnnounce(
  connection: bigint,
  transaction: number,
  request: AnnounceRequest,
  urlPath: string,
): Uint8Array {
  const data = new TextEncoder().encode(urlPath).subarray(0, 4 * maxUrlData)
  const options: number[] = []
  for (let at = 0; at < data.length; at += maxUrlData) {
    const part = data.subarray(at, at + maxUrlData)
    options.push(2, part.length, ...part)
  }
  const out = new Uint8Array(98 + options.length)
  const view = new DataView(out.buffer)
  const { event } = request
  view.setBigUint64(0, connection)
  view.setUint32(8, actions.announce)
  view.setUint32(12, transaction)
  out.set(request.infoHash, 16)
  out.set(request.peerId, 36)
  view.setBigUint64(56, BigInt(request.downloaded))
  view.setBigUint64(64, BigInt(request.left ?? 16_384))
  view.setBigUint64(72, BigInt(request.uploaded))
  view.setUint32(80, event === undefined ? 0 : events[event])
  view.setUint32(88, request.key >>> 0)
  view.setInt32(92, event === 'stopped' ? 0 : request.wanted)
  view.setUint16(96, request.port)
  out.set(options, 98)
  return out
}

/** BEP 15: one packet asks for so many swarms at most. */
export const maxUdpScrape = 74

/** Asks for the numbers of up to 74 swarms. */
export function encodeUdpScrape(
  connection: bigint,
  transaction: number,
  infoHashes: readonly Uint8Array[],
): Uint8Array {
  const out = new Uint8Array(16 + 20 * infoHashes.length)
  const view = new DataView(out.buffer)
  view.setBigUint64(0, connection)
  view.setUint32(8, actions.scrape)
  view.setUint32(12, transaction)
  for (const [i, hash] of infoHashes.entries()) out.set(hash, 16 + 20 * i)
  return out
}

/** What a UDP tracker answered. */
export type UdpTrackerReply =
  | { readonly type: 'connected'; readonly transaction: number; readonly connection: bigint }
  | { readonly type: 'announced'; readonly transaction: number; readonly reply: AnnounceReply }
  /** One for each that was asked for, in order. */
  | { readonly type: 'scraped'; readonly transaction: number; readonly counts: readonly SwarmCounts[] }
  | { readonly type: 'refused'; readonly transaction: number; readonly message: string }

/** The transaction of a packet that may be a tracker's answer; undefined when it cannot be one. */
export function udpTrackerTransaction(bytes: Uint8Array): number | undefined {
  if (bytes.length < 8 || bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== 0 || bytes[3]! > 3)
    return undefined
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4)
}

/** Reads an answer; peers are of the family that it came over. Throws `wire.invalid`. */
export function decodeUdpTrackerReply(bytes: Uint8Array, family: 4 | 6): UdpTrackerReply {
  const transaction = udpTrackerTransaction(bytes)
  if (transaction === undefined) throw invalid()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const action = view.getUint32(0)
  if (action === actions.connect && bytes.length >= 16)
    return { type: 'connected', transaction, connection: view.getBigUint64(8) }
  if (action === actions.announce && bytes.length >= 20) {
    const reply: AnnounceReply = {
      interval: view.getUint32(8),
      leeches: view.getUint32(12),
      seeds: view.getUint32(16),
      peers: decodeCompactPeers(bytes.subarray(20), family, maxPeers),
    }
    return { type: 'announced', transaction, reply }
  }
  if (action === actions.scrape) {
    const counts: SwarmCounts[] = []
    for (let at = 8; at + 12 <= bytes.length && counts.length < maxUdpScrape; at += 12)
      counts.push({
        seeds: view.getUint32(at),
        completed: view.getUint32(at + 4),
        leeches: view.getUint32(at + 8),
      })
    return { type: 'scraped', transaction, counts }
  }
  if (action === actions.error) {
    const text = fromUtf8(bytes.subarray(8, 1208)) ?? ''
    return { type: 'refused', transaction, message: text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '').slice(0, 300) }
  }
  throw invalid()
}

function invalid(): PeerageError {
  return new PeerageError('wire.invalid', 'This is no answer of a UDP tracker.')
}
