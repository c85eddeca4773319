import { PeerageError } from '../base/index.ts'
import { decodeDictionary } from './bencode-decode.ts'
import { encode } from './bencode-encode.ts'
import {
  binaryString,
  bytesAt,
  type Dictionary,
  dictionary,
  dictionaryAt,
  type Encodable,
  integerAt,
  listAt,
} from './bencoded.ts'
import { addressBytes, addressText, type CompactPeer, decodeCompactPeers } from './compact-peers.ts'

/** A node of the Mainline DHT: its id (20 bytes) and where it is. */
export interface DhtContact {
  readonly id: Uint8Array
  readonly address: string
  readonly port: number
}

export type KrpcMethod = 'ping' | 'find_node' | 'get_peers' | 'announce_peer'

/** A question (BEP 5). What a method has no use for is absent. */
export interface KrpcQuery {
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
  /** BEP 33. */
  readonly seed?: boolean
  /** BEP 43: it answers no queries, and must not be remembered. */
  readonly readOnly?: boolean
}

export interface KrpcResponse {
  readonly type: 'response'
  readonly transaction: Uint8Array
  readonly id: Uint8Array
  readonly nodes: readonly DhtContact[]
  readonly peers: readonly CompactPeer[]
  readonly token?: Uint8Array
  /** BEP 42: our address as the other side sees it. */
  readonly seenAs?: CompactPeer
}

export interface KrpcError {
  readonly type: 'error'
  readonly transaction: Uint8Array
  readonly code: number
  readonly message: string
}

export type KrpcMessage = KrpcQuery | KrpcResponse | KrpcError

/** Larger packets are fragmented on the way and so not sent by anyone, in bytes. */
const maxPacketBytes = 2_048
const maxTransactionBytes = 32
const maxTokenBytes = 64
const maxPeers = 200
const maxNodes = 32

export function encodeKrpc(message: KrpcMessage): Uint8Array {
  const common = { t: message.transaction, v: 'PG\x00\x01' }
  if (message.type === 'error')
    return encode(dictionary({ ...common, y: 'e', e: [message.code, message.message] }))
  if (message.type === 'response') return encode(dictionary({ ...common, ...responseBody(message) }))
  const { method, id, target, token, port, impliedPort, want, seed, readOnly } = message
  const a = dictionary({
    id,
    implied_port: impliedPort === undefined ? undefined : Number(impliedPort),
    [method === 'find_node' ? 'target' : 'info_hash']: target,
    port,
    seed: seed ? 1 : undefined,
    token,
    want: want?.map(family => `n${family}`),
  })
  return encode(dictionary({ ...common, y: 'q', q: method, a, ro: readOnly ? 1 : undefined }))
}

function responseBody({
  id,
  nodes,
  peers,
  token,
  seenAs,
}: KrpcResponse): Record<string, Encodable | undefined> {
  const of = (family: 4 | 6): Uint8Array | undefined => {
    const own = nodes.filter(({ address }) => address.includes(':') === (family === 6))
    return own.length === 0 ? undefined : encodeNodes(own)
  }
  const r = dictionary({
    id,
    nodes: of(4),
    nodes6: of(6),
    token,
    values: peers.length === 0 ? undefined : peers.map(compact),
  })
  return { y: 'r', r, ip: seenAs && compact(seenAs) }
}

function compact({ address, port }: CompactPeer): Uint8Array {
  return Uint8Array.from([...addressBytes(address), port >> 8, port & 255])
}

function encodeNodes(nodes: readonly DhtContact[]): Uint8Array {
  return Uint8Array.from(nodes.flatMap(node => [...node.id, ...compact(node)]))
}

/** Reads one packet. Throws `bencode.*` and `wire.invalid`. Nothing of `bytes` is kept. */
export function decodeKrpc(bytes: Uint8Array): KrpcMessage {
  const limits = { maxBytes: maxPacketBytes, maxDepth: 5, maxItems: 1_000, lenient: true }
  const from = decodeDictionary(Uint8Array.from(bytes), limits)
  const transaction = bytesAt(from, 't')
  if (transaction === undefined || transaction.length > maxTransactionBytes)
    throw invalid('has no transaction')
  const kind = bytesAt(from, 'y')?.[0]
  if (kind === 0x71) return queryOf(from, transaction)
  if (kind === 0x72) return responseOf(from, transaction)
  if (kind === 0x65) return errorOf(from, transaction)
  throw invalid('is neither question nor answer')
}

function queryOf(from: Dictionary, transaction: Uint8Array): KrpcQuery {
  const a = dictionaryAt(from, 'a')
  const method = bytesAt(from, 'q')
  if (a === undefined || method === undefined || method.length > 32) throw invalid('asks nothing')
  const target = bytesAt(a, 'target') ?? bytesAt(a, 'info_hash')
  if (target !== undefined && target.length !== 20) throw invalid('asks for a hash of a wrong length')
  const token = bytesAt(a, 'token')
  if (token !== undefined && token.length > maxTokenBytes) throw invalid('has an endless token')
  const port = integerAt(a, 'port', 1, 65_535)
  const want = wantOf(a)
  return {
    type: 'query',
    transaction,
    method: binaryString(method),
    id: idOf(a),
    ...(target && { target }),
    ...(token && { token }),
    ...(port !== undefined && { port }),
    ...(want && { want }),
    impliedPort: integerAt(a, 'implied_port') === 1,
    seed: integerAt(a, 'seed') === 1,
    readOnly: integerAt(from, 'ro') === 1,
  }
}

function wantOf(a: Dictionary): (4 | 6)[] | undefined {
  const list = listAt(a, 'want')?.slice(0, 4)
  return list?.flatMap(one => {
    const text = one instanceof Uint8Array ? binaryString(one) : ''
    return text === 'n4' ? [4 as const] : text === 'n6' ? [6 as const] : []
  })
}

function responseOf(from: Dictionary, transaction: Uint8Array): KrpcResponse {
  const r = dictionaryAt(from, 'r')
  if (r === undefined) throw invalid('answers nothing')
  const token = bytesAt(r, 'token')
  const seenAs = seenAsOf(bytesAt(from, 'ip'))
  return {
    type: 'response',
    transaction,
    id: idOf(r),
    nodes: [...nodesOf(bytesAt(r, 'nodes'), 4), ...nodesOf(bytesAt(r, 'nodes6'), 6)],
    peers: valuesOf(r),
    ...(token !== undefined && token.length <= maxTokenBytes && { token }),
    ...(seenAs && { seenAs }),
  }
}

function idOf(from: Dictionary): Uint8Array {
  const id = bytesAt(from, 'id')
  if (id?.length !== 20) throw invalid('has no id')
  return id
}

function nodesOf(bytes: Uint8Array | undefined, family: 4 | 6): DhtContact[] {
  const size = family === 4 ? 26 : 38
  const out: DhtContact[] = []
  for (let at = 0; bytes !== undefined && at + size <= bytes.length && out.length < maxNodes; at += size) {
    const [peer] = decodeCompactPeers(bytes.subarray(at + 20, at + size), family, 1)
    if (peer !== undefined) out.push({ id: bytes.slice(at, at + 20), ...peer })
  }
  return out
}

function valuesOf(r: Dictionary): CompactPeer[] {
  return (listAt(r, 'values') ?? []).slice(0, maxPeers).flatMap(value => {
    const length = value instanceof Uint8Array ? value.length : 0
    if (length !== 6 && length !== 18) return []
    return decodeCompactPeers(value as Uint8Array, length === 6 ? 4 : 6, 1)
  })
}

function seenAsOf(bytes: Uint8Array | undefined): CompactPeer | undefined {
  if (bytes?.length !== 6 && bytes?.length !== 18) return undefined
  const port = bytes[bytes.length - 2]! * 256 + bytes[bytes.length - 1]!
  return { address: addressText(bytes.subarray(0, bytes.length - 2)), port }
}

function errorOf(from: Dictionary, transaction: Uint8Array): KrpcError {
  const [code, message] = listAt(from, 'e') ?? []
  return {
    type: 'error',
    transaction,
    code: typeof code === 'number' ? code : 201,
    message: message instanceof Uint8Array ? binaryString(message.subarray(0, 200)) : '',
  }
}

function invalid(what: string): PeerageError {
  return new PeerageError('wire.invalid', `A DHT packet ${what}.`)
}
