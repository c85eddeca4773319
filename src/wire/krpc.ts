import { decode } from './bencode-decode.ts'
import { encode } from './bencode-encode.ts'
import { bytesOfKey, type Encodable } from './bencoded.ts'
import { addressBytes, type CompactPeer, encodeCompactPeers } from './compact-peers.ts'

/** A node of the Mainline DHT: its id (20 bytes) and where it is. */
export interface DhtContact {
  readonly id: Uint8Array
  readonly address: string
  readonly port: number
}

/** BEP 5, 44 and 51. */
export type KrpcMethod =
  | 'ping'
  | 'find_node'
  | 'get_peers'
  | 'announce_peer'
  | 'get'
  | 'put'
  | 'sample_infohashes'

/** What is stored in the DHT (BEP 44), as far as a packet tells. */
export interface KrpcItem {
  /** The bencoded form of any value, canonical. */
  readonly value?: Uint8Array
  /** Ed25519, 32 bytes. */
  readonly publicKey?: Uint8Array
  /** 0 to 2^63 - 1. */
  readonly seq?: bigint
  /** 64 bytes. */
  readonly signature?: Uint8Array
}

/** A question. What a method has no use for is absent. */
export interface KrpcQuery extends KrpcItem {
  readonly type: 'query'
  readonly transaction: Uint8Array
  /** As it stands in the packet: it may be one that we do not know. */
  readonly method: string
  readonly id: Uint8Array
  /** `target` or `info_hash`, 20 bytes. */
  readonly target?: Uint8Array
  readonly token?: Uint8Array
  readonly port?: number
  readonly impliedPort?: boolean
  /** BEP 32: families of the nodes to tell. */
  readonly want?: readonly (4 | 6)[]
  /** BEP 33: we have the whole content. */
  readonly seed?: boolean
  /** BEP 33: rather peers that lack something. */
  readonly noSeed?: boolean
  /** BEP 33: tell how many there are. */
  readonly scrape?: boolean
  /** BEP 43: it answers no queries, and must not be remembered. */
  readonly readOnly?: boolean
  /** BEP 44: the item is told apart by this from others of the same key. */
  readonly salt?: Uint8Array
  /** BEP 44: only if the stored item has this sequence number. */
  readonly cas?: bigint
}

export interface KrpcResponse extends KrpcItem {
  readonly type: 'response'
  readonly transaction: Uint8Array
  readonly id: Uint8Array
  readonly nodes: readonly DhtContact[]
  readonly peers: readonly CompactPeer[]
  readonly token?: Uint8Array
  /** BEP 42: our address as the other side sees it. */
  readonly seenAs?: CompactPeer
  /** BEP 33: bloom filters of 256 bytes. */
  readonly bloom?: { readonly seeds: Uint8Array; readonly peers: Uint8Array }
  /** BEP 51. */
  readonly sample?: KrpcSample
}

/** Some of the names for which a node has peers (BEP 51). */
export interface KrpcSample {
  /** 20 bytes each. */
  readonly names: readonly Uint8Array[]
  /** How many it has in all. */
  readonly count: number
  /** Seconds until it tells others. */
  readonly intervalSeconds: number
}

export interface KrpcError {
  readonly type: 'error'
  readonly transaction: Uint8Array
  readonly code: number
  readonly message: string
}

export type KrpcMessage = KrpcQuery | KrpcResponse | KrpcError

/** Error codes of BEP 5 and BEP 44. */
export const krpcErrors: Readonly<
  Record<
    | 'generic'
    | 'server'
    | 'protocol'
    | 'unknownMethod'
    | 'valueTooBig'
    | 'badSignature'
    | 'saltTooBig'
    | 'casMismatch'
    | 'seqTooLow',
    number
  >
> = {
  generic: 201,
  server: 202,
  protocol: 203,
  unknownMethod: 204,
  valueTooBig: 205,
  badSignature: 206,
  saltTooBig: 207,
  casMismatch: 301,
  seqTooLow: 302,
}

const kinds = { query: bytesOfKey('q'), response: bytesOfKey('r'), error: bytesOfKey('e') }
/** BEP 20: the program and its version. */
const version = bytesOfKey('PG\x00\x01')
const families = { 4: bytesOfKey('n4'), 6: bytesOfKey('n6') }

/** The packet of a message. Throws `TypeError` or `bencode.invalid` for what does not fit the types. */
export function encodeKrpc(message: KrpcMessage): Uint8Array {
  const { type, transaction: t } = message
  const rest = { t, v: version, y: kinds[type] }
  if (type === 'error') return encode(asciiDictionary({ e: [message.code, message.message], ...rest }))
  if (type === 'response') {
    const { seenAs } = message
    return encode(asciiDictionary({ ip: seenAs && compact(seenAs), r: returnsOf(message), ...rest }))
  }
  const ro = message.readOnly ? 1 : undefined
  const q = bytesOfKey(message.method)
  return encode(asciiDictionary({ a: argumentsOf(message), q, ro, ...rest }))
}

function argumentsOf(query: KrpcQuery): Encodable {
  const { method, id, target, token, port, impliedPort, want, seed, noSeed, scrape, salt, cas } = query
  return asciiDictionary({
    ...itemBody(query),
    cas,
    id,
    implied_port: impliedPort === undefined ? undefined : Number(impliedPort),
    [method === 'get_peers' || method === 'announce_peer' ? 'info_hash' : 'target']: target,
    noseed: noSeed ? 1 : undefined,
    port,
    salt,
    scrape: scrape ? 1 : undefined,
    seed: seed ? 1 : undefined,
    token,
    want: want?.map(family => families[family]),
  })
}

function returnsOf(response: KrpcResponse): Encodable {
  const { id, nodes, peers, token, bloom, sample } = response
  const of = (family: 4 | 6): Uint8Array | undefined => {
    const own = nodes.filter(({ address }) => address.includes(':') === (family === 6))
    return own.length === 0 ? undefined : encodeNodes(own)
  }
  return asciiDictionary({
    ...itemBody(response),
    BFpe: bloom?.peers,
    BFsd: bloom?.seeds,
    id,
    interval: sample?.intervalSeconds,
    nodes: of(4),
    nodes6: of(6),
    num: sample?.count,
    samples: sample && Uint8Array.from(sample.names.flatMap(name => [...name])),
    token,
    values: peers.length === 0 ? undefined : peers.map(compact),
  })
}

/** Every packet is made of these: names that are known to be ASCII need no conversion. */
function asciiDictionary(
  entries: Readonly<Record<string, Encodable | undefined>>,
): ReadonlyMap<string, Encodable> {
  const out = new Map<string, Encodable>()
  for (const name in entries) {
    const value = entries[name]
    if (value !== undefined) out.set(name, value)
  }
  return out
}

function itemBody({ value, publicKey, seq, signature }: KrpcItem): Record<string, Encodable | undefined> {
  return { k: publicKey, seq, sig: signature, v: value && decode(value) }
}

function compact(peer: CompactPeer): Uint8Array {
  return encodeCompactPeers([peer], peer.address.includes(':') ? 6 : 4)
}

function encodeNodes(nodes: readonly DhtContact[]): Uint8Array {
  const each = nodes[0]!.address.includes(':') ? 38 : 26
  const out = new Uint8Array(nodes.length * each)
  nodes.forEach(({ id, address, port }, i) => {
    out.set(id, i * each)
    out.set(addressBytes(address), i * each + 20)
    out[(i + 1) * each - 2] = port >> 8
    out[(i + 1) * each - 1] = port & 255
  })
  return out
}
