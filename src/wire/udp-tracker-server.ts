import { utf8 } from '../base/index.ts'
import type { AnnounceRequest, SwarmCounts } from './http-tracker.ts'
import { maxUdpScrape } from './udp-tracker.ts'

/** What a client asks of a UDP tracker (BEP 15). Byte strings are views of the packet. */
export type UdpTrackerRequest =
  | { readonly type: 'connect'; readonly transaction: number }
  | {
      readonly type: 'announce'
      /** 8 bytes. */
      readonly connection: Uint8Array
      readonly transaction: number
      readonly infoHash: Uint8Array
      readonly left: number
      readonly event: AnnounceRequest['event']
      /** Negative: as many as the tracker likes. */
      readonly wanted: number
      readonly port: number
    }
  | {
      readonly type: 'scrape'
      readonly connection: Uint8Array
      readonly transaction: number
      readonly infoHashes: readonly Uint8Array[]
    }

const protocolHigh = 0x417
const protocolLow = 0x27101980
const events = [undefined, 'completed', 'started', 'stopped'] as const

/** Reads a packet; undefined when it is no request of BEP 15. What stands behind it (BEP 41) is passed over. */
export function decodeUdpTrackerRequest(bytes: Uint8Array): UdpTrackerRequest | undefined {
  if (bytes.length < 16) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const action = view.getUint32(8)
  const transaction = view.getUint32(12)
  if (action === 0)
    return view.getUint32(0) === protocolHigh && view.getUint32(4) === protocolLow
      ? { type: 'connect', transaction }
      : undefined
  const connection = bytes.subarray(0, 8)
  if (action === 1 && bytes.length >= 98)
    return {
      type: 'announce',
      connection,
      transaction,
      infoHash: bytes.subarray(16, 36),
      left: view.getUint32(64) * 2 ** 32 + view.getUint32(68),
      event: events[view.getUint32(80)],
      wanted: view.getInt32(92),
      port: view.getUint16(96),
    }
  if (action !== 2 || bytes.length < 36) return undefined
  const infoHashes: Uint8Array[] = []
  for (let at = 16; at + 20 <= bytes.length && infoHashes.length < maxUdpScrape; at += 20)
    infoHashes.push(bytes.subarray(at, at + 20))
  return { type: 'scrape', connection, transaction, infoHashes }
}

function packet(action: number, transaction: number, length: number): [Uint8Array, DataView] {
  const out = new Uint8Array(8 + length)
  const view = new DataView(out.buffer)
  view.setUint32(0, action)
  view.setUint32(4, transaction)
  return [out, view]
}

/** `connection`: 8 bytes. */
export function encodeUdpConnected(transaction: number, connection: Uint8Array): Uint8Array {
  const [out] = packet(0, transaction, 8)
  out.set(connection, 8)
  return out
}

/** `peers`: compact, of the family that it is sent over. `interval` in seconds. */
export function encodeUdpAnnounced(
  transaction: number,
  reply: { readonly interval: number; readonly seeds: number; readonly leeches: number },
  peers: Uint8Array,
): Uint8Array {
  const [out, view] = packet(1, transaction, 12 + peers.length)
  view.setUint32(8, reply.interval)
  view.setUint32(12, reply.leeches)
  view.setUint32(16, reply.seeds)
  out.set(peers, 20)
  return out
}

export function encodeUdpScraped(transaction: number, counts: readonly SwarmCounts[]): Uint8Array {
  const [out, view] = packet(2, transaction, 12 * counts.length)
  for (const [i, { seeds, completed, leeches }] of counts.entries()) {
    view.setUint32(8 + 12 * i, seeds)
    view.setUint32(12 + 12 * i, completed)
    view.setUint32(16 + 12 * i, leeches)
  }
  return out
}

export function encodeUdpRefused(transaction: number, message: string): Uint8Array {
  const text = utf8(message)
  const [out] = packet(3, transaction, text.length)
  out.set(text, 8)
  return out
}
