import { decodeDictionary } from './bencode-decode.ts'
import { encode } from './bencode-encode.ts'
import { bytesAt, dictionary } from './bencoded.ts'
import { type CompactPeer, decodeCompactPeers, encodeCompactPeers } from './compact-peers.ts'

/** One peer as BEP 11 tells of it. */
export interface PexPeer extends CompactPeer {
  /** It prefers encrypted connections. */
  readonly encryption: boolean
  /** A seed, or one that asks for nothing (BEP 21). */
  readonly seed: boolean
  /** It takes uTP. */
  readonly utp: boolean
  /** It takes part in holepunching (BEP 55). */
  readonly holepunch: boolean
  /** Whoever tells of it has dialled it. */
  readonly reachable: boolean
}

/** A message of the extension `ut_pex` (BEP 11): who came to this swarm and who left it. */
export interface UtPex {
  readonly added: readonly PexPeer[]
  readonly dropped: readonly CompactPeer[]
}

/** BEP 11: at most so many contacts of a kind in one message. */
export const maxPexPeers = 50

/** In the order of their bits. */
const flagNames = ['encryption', 'seed', 'utp', 'holepunch', 'reachable'] as const

/** The payload of an `extended` message. Throws `TypeError` for more than `maxPexPeers` in a list. */
export function encodeUtPex({ added, dropped }: UtPex): Uint8Array {
  if (added.length > maxPexPeers || dropped.length > maxPexPeers) throw new TypeError('too many peers')
  const of = (family: 4 | 6): PexPeer[] => added.filter(one => one.address.includes(':') === (family === 6))
  const flags = (peers: readonly PexPeer[]): Uint8Array =>
    Uint8Array.from(peers, peer => flagNames.reduce((sum, name, bit) => sum | (Number(peer[name]) << bit), 0))
  return encode(
    dictionary({
      added: encodeCompactPeers(of(4), 4),
      'added.f': flags(of(4)),
      added6: encodeCompactPeers(of(6), 6),
      'added6.f': flags(of(6)),
      dropped: encodeCompactPeers(dropped, 4),
      dropped6: encodeCompactPeers(dropped, 6),
    }),
  )
}

/** Unverified hearsay; what is over the caps of BEP 11 is not taken. Throws `bencode.*`. */
export function decodeUtPex(payload: Uint8Array): UtPex {
  const from = decodeDictionary(payload, { maxBytes: 32_768, maxDepth: 3, maxItems: 64, lenient: true })
  const list = (name: string, family: 4 | 6): CompactPeer[] =>
    decodeCompactPeers(bytesAt(from, name) ?? new Uint8Array(0), family, maxPexPeers)
  const withFlags = (name: string, family: 4 | 6): PexPeer[] => {
    const flags = bytesAt(from, `${name}.f`)
    return list(name, family).map((peer, i) => {
      const has = (bit: number): boolean => (((flags?.[i] ?? 0) >> bit) & 1) === 1
      return { ...peer, encryption: has(0), seed: has(1), utp: has(2), holepunch: has(3), reachable: has(4) }
    })
  }
  return {
    added: [...withFlags('added', 4), ...withFlags('added6', 6)].slice(0, maxPexPeers),
    dropped: [...list('dropped', 4), ...list('dropped6', 6)].slice(0, maxPexPeers),
  }
}
