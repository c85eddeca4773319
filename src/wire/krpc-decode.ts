import { PeerageError } from '../base/index.ts'
import { decodeDictionary } from './bencode-decode.ts'
import { encode } from './bencode-encode.ts'
import { binaryString, bytesAt, type Dictionary, dictionaryAt, integerAt, listAt } from './bencoded.ts'
import { type CompactPeer, decodeCompactPeers } from './compact-peers.ts'
import type {
  DhtContact,
  KrpcError,
  KrpcItem,
  KrpcMessage,
  KrpcQuery,
  KrpcResponse,
  KrpcSample,
} from './krpc.ts'

/**
 * Bounds of one packet. Larger packets are fragmented on the way and so not sent by anyone (BEP 32 allows 1,024 bytes). Lists
 * are cut; anything else that is larger makes the packet invalid.
 */
export const krpcLimits: Readonly<
  Record<
    | 'packetBytes'
    | 'depth'
    | 'items'
    | 'transactionBytes'
    | 'methodBytes'
    | 'tokenBytes'
    | 'peers'
    | 'nodes'
    | 'names',
    number
  >
> = {
  packetBytes: 2_048,
  depth: 32,
  items: 1_000,
  transactionBytes: 32,
  methodBytes: 32,
  tokenBytes: 64,
  peers: 200,
  nodes: 32,
  names: 64,
}

const bloomBytes = 256
/** BEP 44, "mutable items": the largest sequence number. */
const maxSeq = 0x7fff_ffff_ffff_ffffn
/** BEP 51, "sampling RPC": the longest interval. */
const maxIntervalSeconds = 21_600

/** Reads one packet. Throws `bencode.*` and `wire.invalid`. Nothing of `bytes` is kept. */
export function decodeKrpc(bytes: Uint8Array): KrpcMessage {
  if (bytes.length > krpcLimits.packetBytes) throw invalid('is too long')
  const { from, exact } = dictionaryOf(new Uint8Array(bytes))
  const transaction = bytesAt(from, 't')
  if (transaction === undefined || transaction.length > krpcLimits.transactionBytes)
    throw invalid('has no transaction')
  const kind = bytesAt(from, 'y')?.[0]
  if (kind === 0x71) return queryOf(from, transaction, exact)
  if (kind === 0x72) return responseOf(from, transaction, exact)
  if (kind === 0x65) return errorOf(from, transaction)
  throw invalid('is neither question nor answer')
}

/**
 * Some nodes do not sort their keys. They are understood, but what they store is not taken (BEP 44: invalid bencoding must be
 * rejected): its hash and signature are of bytes that we would not write again like this.
 */
function dictionaryOf(bytes: Uint8Array): { from: Dictionary; exact: boolean } {
  const limits = { maxDepth: krpcLimits.depth, maxItems: krpcLimits.items }
  try {
    return { from: decodeDictionary(bytes, limits), exact: true }
  } catch (error) {
    if (!(error instanceof PeerageError) || error.code !== 'bencode.invalid') throw error
    return { from: decodeDictionary(bytes, { ...limits, lenient: true }), exact: false }
  }
}

function queryOf(from: Dictionary, transaction: Uint8Array, exact: boolean): KrpcQuery {
  const a = dictionaryAt(from, 'a')
  const method = bytesAt(from, 'q')
  if (a === undefined || method === undefined || method.length > krpcLimits.methodBytes)
    throw invalid('asks nothing')
  const token = bytesAt(a, 'token')
  if (token !== undefined && token.length > krpcLimits.tokenBytes) throw invalid('has an endless token')
  const port = integerAt(a, 'port', 1, 65_535)
  const target = targetOf(a)
  const want = wantOf(a)
  const salt = bytesAt(a, 'salt')
  const cas = seqOf(a, 'cas')
  return {
    type: 'query',
    transaction,
    method: binaryString(method),
    id: idOf(a),
    ...(target && { target }),
    ...(token && { token }),
    ...(port !== undefined && { port }),
    ...(want && { want }),
    ...(salt && { salt }),
    ...(cas !== undefined && { cas }),
    ...(a.has('implied_port') && { impliedPort: isSet(a, 'implied_port') }),
    ...(isSet(a, 'seed') && { seed: true }),
    ...(isSet(a, 'noseed') && { noSeed: true }),
    ...(isSet(a, 'scrape') && { scrape: true }),
    ...(isSet(from, 'ro') && { readOnly: true }),
    ...itemOf(a, exact),
  }
}

function isSet(from: Dictionary, name: string): boolean {
  return (integerAt(from, name) ?? 0) > 0
}

function targetOf(a: Dictionary): Uint8Array | undefined {
  const target = bytesAt(a, 'target') ?? bytesAt(a, 'info_hash')
  if (target !== undefined && target.length !== 20) throw invalid('asks for a hash of a wrong length')
  return target
}

function wantOf(a: Dictionary): (4 | 6)[] | undefined {
  const list = listAt(a, 'want')?.slice(0, 4)
  const families = list?.flatMap(one => {
    const text = one instanceof Uint8Array ? binaryString(one) : ''
    return text === 'n4' ? [4 as const] : text === 'n6' ? [6 as const] : []
  })
  return families && [...new Set(families)]
}

function itemOf(from: Dictionary, exact: boolean): KrpcItem {
  const publicKey = fixed(from, 'k', 32)
  const signature = fixed(from, 'sig', 64)
  const seq = seqOf(from, 'seq')
  const v = exact ? from.get('v') : undefined
  return {
    ...(v !== undefined && { value: encode(v) }),
    ...(publicKey && { publicKey }),
    ...(seq !== undefined && { seq }),
    ...(signature && { signature }),
  }
}

function fixed(from: Dictionary, name: string, length: number): Uint8Array | undefined {
  const bytes = bytesAt(from, name)
  if (bytes !== undefined && bytes.length !== length) throw invalid(`has ${name} of a wrong length`)
  return bytes
}

function seqOf(from: Dictionary, name: string): bigint | undefined {
  const value = from.get(name)
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined
  const seq = BigInt(value)
  if (seq < 0n || seq > maxSeq) throw invalid(`has ${name} out of range`)
  return seq
}

function responseOf(from: Dictionary, transaction: Uint8Array, exact: boolean): KrpcResponse {
  const r = dictionaryAt(from, 'r')
  if (r === undefined) throw invalid('answers nothing')
  const token = bytesAt(r, 'token')
  const seenAs = seenAsOf(bytesAt(from, 'ip'))
  const bloom = bloomOf(r)
  const sample = sampleOf(r)
  return {
    type: 'response',
    transaction,
    id: idOf(r),
    nodes: [...nodesOf(bytesAt(r, 'nodes'), 4), ...nodesOf(bytesAt(r, 'nodes6'), 6)],
    peers: valuesOf(r),
    ...(token !== undefined && token.length <= krpcLimits.tokenBytes && { token }),
    ...(seenAs && { seenAs }),
    ...(bloom && { bloom }),
    ...(sample && { sample }),
    ...itemOf(r, exact),
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
  for (
    let at = 0;
    bytes !== undefined && at + size <= bytes.length && out.length < krpcLimits.nodes;
    at += size
  ) {
    const [peer] = decodeCompactPeers(bytes.subarray(at + 20, at + size), family, 1)
    if (peer !== undefined) out.push({ id: bytes.slice(at, at + 20), ...peer })
  }
  return out
}

function valuesOf(r: Dictionary): CompactPeer[] {
  return (listAt(r, 'values') ?? []).slice(0, krpcLimits.peers).flatMap(value => {
    const length = value instanceof Uint8Array ? value.length : 0
    if (length !== 6 && length !== 18) return []
    return decodeCompactPeers(value as Uint8Array, length === 6 ? 4 : 6, 1)
  })
}

function bloomOf(r: Dictionary): KrpcResponse['bloom'] {
  const seeds = bytesAt(r, 'BFsd')
  const peers = bytesAt(r, 'BFpe')
  return seeds?.length === bloomBytes && peers?.length === bloomBytes ? { seeds, peers } : undefined
}

function sampleOf(r: Dictionary): KrpcSample | undefined {
  const samples = bytesAt(r, 'samples')
  if (samples === undefined) return undefined
  const names = Array.from({ length: Math.min(krpcLimits.names, Math.floor(samples.length / 20)) }, (_, i) =>
    samples.subarray(i * 20, i * 20 + 20),
  )
  return {
    names,
    count: integerAt(r, 'num') ?? names.length,
    intervalSeconds: integerAt(r, 'interval', 0, maxIntervalSeconds) ?? 0,
  }
}

function seenAsOf(bytes: Uint8Array | undefined): CompactPeer | undefined {
  if (bytes?.length !== 6 && bytes?.length !== 18) return undefined
  return decodeCompactPeers(bytes, bytes.length === 6 ? 4 : 6, 1)[0]
}

function errorOf(from: Dictionary, transaction: Uint8Array): KrpcError {
  const [code, message] = listAt(from, 'e') ?? []
  return {
    type: 'error',
    transaction,
    code: typeof code === 'number' ? code : 201,
    message: message instanceof Uint8Array ? printable(message.subarray(0, 200)) : '',
  }
}

/** It may end in a log. */
function printable(bytes: Uint8Array): string {
  return binaryString(bytes).replaceAll(/[^\x20-\x7e]/g, '?')
}

function invalid(what: string): PeerageError {
  return new PeerageError('wire.invalid', `A DHT packet ${what}.`)
}
