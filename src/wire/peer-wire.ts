/** A block of a piece: `begin` and `length` in bytes. */
export interface BlockFields {
  readonly piece: number
  readonly begin: number
  readonly length: number
}

/** What a hash request asks for (BEP 52, "peer messages"): `length` hashes of one layer from `index`, and proof layers. */
export interface HashFields {
  /** The pieces root of the file, 32 bytes. */
  readonly root: Uint8Array
  /** Layers above the leaves: 0 is the leaf layer. */
  readonly baseLayer: number
  readonly index: number
  readonly length: number
  readonly proofLayers: number
}

/**
 * A message of the peer wire protocol: BEP 3, BEP 5 (port), BEP 6 (fast extension), BEP 10 (extended) and BEP 52 (hashes).
 * Numbers are unsigned 32 bit. `piece` comes without `data` when the receiver had no place for it.
 */
export type Message =
  | { readonly type: 'keepalive' }
  | { readonly type: 'choke' | 'unchoke' | 'interested' | 'not-interested' | 'have-all' | 'have-none' }
  | { readonly type: 'have' | 'suggest' | 'allowed-fast'; readonly piece: number }
  | { readonly type: 'bitfield'; readonly bytes: Uint8Array }
  | ({ readonly type: 'request' | 'cancel' | 'reject' } & BlockFields)
  | ({ readonly type: 'piece'; readonly data?: Uint8Array } & BlockFields)
  | { readonly type: 'port'; readonly port: number }
  | { readonly type: 'extended'; readonly id: number; readonly payload: Uint8Array }
  | ({ readonly type: 'hash-request' | 'hash-reject' } & HashFields)
  | ({ readonly type: 'hashes'; readonly hashes: Uint8Array } & HashFields)

export type MessageType = Message['type']

/** The byte that tells messages apart: BEP 3, BEP 5, BEP 6, BEP 10, BEP 52. A keepalive has none. */
export const messageIds: Readonly<Record<Exclude<MessageType, 'keepalive'>, number>> = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  'not-interested': 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  port: 9,
  suggest: 13,
  'have-all': 14,
  'have-none': 15,
  reject: 16,
  'allowed-fast': 17,
  extended: 20,
  'hash-request': 21,
  hashes: 22,
  'hash-reject': 23,
}

/** Bytes before the data of a `piece` message, the length prefix included. */
export const pieceHeaderBytes = 13

/** Bytes of `HashFields` on the wire. */
export const hashFieldsBytes = 48

export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

/** The whole frame of a message, length prefix included. Throws `TypeError` for fields that do not fit the protocol. */
export function encodeMessage(message: Message): Uint8Array {
  switch (message.type) {
    case 'keepalive':
      return new Uint8Array(4)
    case 'choke':
    case 'unchoke':
    case 'interested':
    case 'not-interested':
    case 'have-all':
    case 'have-none':
      return frame(messageIds[message.type], 0)
    case 'have':
    case 'suggest':
    case 'allowed-fast':
      return writeUint32(frame(messageIds[message.type], 4), 5, message.piece)
    case 'request':
    case 'cancel':
    case 'reject':
      return encodeBlock(messageIds[message.type], message, 12)
    case 'piece':
      return encodePiece(message)
    case 'port':
      return encodePort(message.port)
    case 'bitfield':
      return withBytes(frame(messageIds.bitfield, message.bytes.length), 5, message.bytes)
    case 'extended':
      return encodeExtended(message.id, message.payload)
    case 'hash-request':
    case 'hash-reject':
      return encodeHashFields(messageIds[message.type], message, 0)
    case 'hashes':
      return encodeHashes(message)
  }
}

/** The 13 bytes that go before the `length` bytes of a block, so that a block is sent without being copied. */
export function encodePieceHeader(piece: number, begin: number, length: number): Uint8Array {
  const header = new Uint8Array(pieceHeaderBytes)
  writeUint32(header, 0, length + 9)
  header[4] = messageIds.piece
  writeUint32(header, 5, piece)
  return writeUint32(header, 9, begin)
}

function frame(id: number, payloadBytes: number): Uint8Array {
  const out = new Uint8Array(5 + payloadBytes)
  writeUint32(out, 0, 1 + payloadBytes)
  out[4] = id
  return out
}

function writeUint32(bytes: Uint8Array, at: number, value: number): Uint8Array {
  if (value >>> 0 !== value) throw new TypeError(`${value} is no unsigned 32 bit number`)
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
  return bytes
}

function withBytes(out: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  out.set(bytes, at)
  return out
}

function encodeBlock(id: number, block: BlockFields, payloadBytes: number): Uint8Array {
  const out = frame(id, payloadBytes)
  writeUint32(out, 5, block.piece)
  writeUint32(out, 9, block.begin)
  return writeUint32(out, 13, block.length)
}

function encodePiece(message: BlockFields & { readonly data?: Uint8Array }): Uint8Array {
  const { piece, begin, length, data } = message
  if (data === undefined || data.length !== length) throw new TypeError('a piece message needs its data')
  const out = new Uint8Array(pieceHeaderBytes + length)
  out.set(encodePieceHeader(piece, begin, length))
  return withBytes(out, pieceHeaderBytes, data)
}

function encodePort(port: number): Uint8Array {
  if (port >>> 0 !== port || port > 65535) throw new TypeError(`${port} is no port`)
  const out = frame(messageIds.port, 2)
  out[5] = port >>> 8
  out[6] = port
  return out
}

function encodeExtended(id: number, payload: Uint8Array): Uint8Array {
  if (id >>> 0 !== id || id > 255) throw new TypeError(`${id} is no extension message id`)
  const out = frame(messageIds.extended, 1 + payload.length)
  out[5] = id
  return withBytes(out, 6, payload)
}

function encodeHashFields(id: number, fields: HashFields, hashBytes: number): Uint8Array {
  if (fields.root.length !== 32) throw new TypeError('a pieces root has 32 bytes')
  const out = withBytes(frame(id, hashFieldsBytes + hashBytes), 5, fields.root)
  writeUint32(out, 37, fields.baseLayer)
  writeUint32(out, 41, fields.index)
  writeUint32(out, 45, fields.length)
  return writeUint32(out, 49, fields.proofLayers)
}

function encodeHashes(message: HashFields & { readonly hashes: Uint8Array }): Uint8Array {
  if (message.hashes.length % 32 !== 0) throw new TypeError('hashes have 32 bytes each')
  return withBytes(encodeHashFields(messageIds.hashes, message, message.hashes.length), 53, message.hashes)
}
