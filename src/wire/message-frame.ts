import { PeerageError } from '../base/index.ts'
import type { WireConfig } from './config.ts'
import { type HashFields, hashFieldsBytes, type Message, messageIds, readUint32 } from './peer-wire.ts'

/** For each known message id but that of blocks: the length (without prefix) of its shortest or only form. */
export const minimumFrameBytes: readonly (number | undefined)[] = tabulate({
  [messageIds.choke]: 1,
  [messageIds.unchoke]: 1,
  [messageIds.interested]: 1,
  [messageIds['not-interested']]: 1,
  [messageIds.have]: 5,
  [messageIds.bitfield]: 1,
  [messageIds.request]: 13,
  [messageIds.cancel]: 13,
  [messageIds.port]: 3,
  [messageIds.suggest]: 5,
  [messageIds['have-all']]: 1,
  [messageIds['have-none']]: 1,
  [messageIds.reject]: 13,
  [messageIds['allowed-fast']]: 5,
  [messageIds.extended]: 2,
  [messageIds['hash-request']]: 1 + hashFieldsBytes,
  [messageIds.hashes]: 1 + hashFieldsBytes,
  [messageIds['hash-reject']]: 1 + hashFieldsBytes,
})

/** An array without holes, which engines index fastest. */
function tabulate(lengths: Readonly<Record<number, number>>): (number | undefined)[] {
  return Array.from({ length: 256 }, (_, id) => lengths[id])
}

const choke: Message = Object.freeze({ type: 'choke' })
const unchoke: Message = Object.freeze({ type: 'unchoke' })
const interested: Message = Object.freeze({ type: 'interested' })
const notInterested: Message = Object.freeze({ type: 'not-interested' })
const haveAll: Message = Object.freeze({ type: 'have-all' })
const haveNone: Message = Object.freeze({ type: 'have-none' })

/**
 * One message whose `size` payload bytes start at `at`; its length is already checked against `minimumFrameBytes`. Bytes in
 * it are copies: such messages are rare, and the chunk belongs to the transport. Throws `wire.invalid` or `wire.limit`.
 */
export function decodeFrame(
  id: number,
  bytes: Uint8Array,
  at: number,
  size: number,
  limits: WireConfig,
): Message {
  switch (id) {
    case 0:
      return choke
    case 1:
      return unchoke
    case 2:
      return interested
    case 3:
      return notInterested
    case 4:
      return { type: 'have', piece: readUint32(bytes, at) }
    case 5:
      return { type: 'bitfield', bytes: copyOf(bytes, at, size) }
    case 6:
      return decodeRequest(bytes, at, limits)
    case 8:
      return decodeBlock('cancel', bytes, at)
    case 9:
      return { type: 'port', port: (bytes[at]! << 8) | bytes[at + 1]! }
    case 13:
      return { type: 'suggest', piece: readUint32(bytes, at) }
    case 14:
      return haveAll
    case 15:
      return haveNone
    case 16:
      return decodeBlock('reject', bytes, at)
    case 17:
      return { type: 'allowed-fast', piece: readUint32(bytes, at) }
    case 20:
      return { type: 'extended', id: bytes[at]!, payload: copyOf(bytes, at + 1, size - 1) }
    case 21:
      return { type: 'hash-request', ...decodeHashFields(bytes, at) }
    case 22:
      return decodeHashes(bytes, at, size)
    case 23:
      return { type: 'hash-reject', ...decodeHashFields(bytes, at) }
    default:
      throw new TypeError(`message ${id} is not known`)
  }
}

/** Not slice(): of a Buffer that would be a view, and the chunk is only lent. */
function copyOf(bytes: Uint8Array, at: number, size: number): Uint8Array {
  const out = new Uint8Array(size)
  out.set(bytes.subarray(at, at + size))
  return out
}

function decodeBlock(type: 'request' | 'cancel' | 'reject', bytes: Uint8Array, at: number): Message {
  return {
    type,
    piece: readUint32(bytes, at),
    begin: readUint32(bytes, at + 4),
    length: readUint32(bytes, at + 8),
  }
}

/** BEP 52: requests beyond the accepted block length close the connection. */
function decodeRequest(bytes: Uint8Array, at: number, limits: WireConfig): Message {
  const length = readUint32(bytes, at + 8)
  if (length === 0) throw new PeerageError('wire.invalid', 'A request asks for nothing.')
  if (length > limits.maxRequestBytes)
    throw new PeerageError('wire.limit', `A request asks for ${length} bytes at once.`, {
      details: { length, bound: limits.maxRequestBytes },
    })
  return decodeBlock('request', bytes, at)
}

function decodeHashFields(bytes: Uint8Array, at: number): HashFields {
  return {
    root: copyOf(bytes, at, 32),
    baseLayer: readUint32(bytes, at + 32),
    index: readUint32(bytes, at + 36),
    length: readUint32(bytes, at + 40),
    proofLayers: readUint32(bytes, at + 44),
  }
}

function decodeHashes(bytes: Uint8Array, at: number, size: number): Message {
  const hashBytes = size - hashFieldsBytes
  if (hashBytes % 32 !== 0) throw new PeerageError('wire.invalid', 'A hash is incomplete.')
  return {
    type: 'hashes',
    ...decodeHashFields(bytes, at),
    hashes: copyOf(bytes, at + hashFieldsBytes, hashBytes),
  }
}
