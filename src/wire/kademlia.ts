import { concat, fromUtf8, PeerageError, utf8 } from '../base/index.ts'
import { bytesField, ProtobufReader, varintField, wireTypes } from './protobuf.ts'

/** What is asked or answered (libp2p specification `kad-dht`, "RPC messages"), in the order of its numbers. */
export type KademliaType = 'PUT_VALUE' | 'GET_VALUE' | 'ADD_PROVIDER' | 'GET_PROVIDERS' | 'FIND_NODE' | 'PING'
export const kademliaTypes: readonly KademliaType[] = [
  'PUT_VALUE',
  'GET_VALUE',
  'ADD_PROVIDER',
  'GET_PROVIDERS',
  'FIND_NODE',
  'PING',
]

/** How the sender stands to a peer that it tells of; in the order of its numbers. */
export type KademliaConnection = 'not-connected' | 'connected' | 'can-connect' | 'cannot-connect'
export const kademliaConnections: readonly KademliaConnection[] = [
  'not-connected',
  'connected',
  'can-connect',
  'cannot-connect',
]

export interface KademliaPeer {
  /** The multihash that a PeerId is. */
  readonly id: Uint8Array
  /** Multiaddrs in binary form, not looked into. */
  readonly addresses: readonly Uint8Array[]
  readonly connection: KademliaConnection
}

/** A value that is kept for others. */
export interface KademliaRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array
  /** When whoever answers got it, as RFC 3339 writes it; empty when it is not told. */
  readonly received: string
}

/** Question or answer: both have the same form. */
export interface KademliaMessage {
  readonly type: KademliaType
  readonly key: Uint8Array
  readonly record?: KademliaRecord | undefined
  readonly closer: readonly KademliaPeer[]
  readonly providers: readonly KademliaPeer[]
}

/**
 * Bounds of what comes from the network. A message beyond one in bytes is refused. Of peers and addresses, of which other programs
 * are generous, the first so many are read and the others are passed over.
 */
export const kademliaLimits: Readonly<
  Record<
    | 'questionBytes'
    | 'answerBytes'
    | 'keyBytes'
    | 'valueBytes'
    | 'receivedBytes'
    | 'idBytes'
    | 'addressBytes'
    | 'addresses'
    | 'closer'
    | 'providers',
    number
  >
> = {
  questionBytes: 32_768,
  answerBytes: 262_144,
  // Go's implementation takes keys of 80 bytes for providers; those of values have a name space in front.
  keyBytes: 128,
  valueBytes: 10_240,
  receivedBytes: 64,
  idBytes: 64,
  addressBytes: 256,
  addresses: 16,
  closer: 32,
  providers: 256,
}

const fields = { type: 1, key: 2, record: 3, closer: 8, providers: 9 } as const
const peerFields = { id: 1, addresses: 2, connection: 3 } as const
const recordFields = { key: 1, value: 2, received: 5 } as const
const none = new Uint8Array(0)

/** The bytes of a message, without a length in front. */
export function encodeKademlia({ type, key, record, closer, providers }: KademliaMessage): Uint8Array {
  const number = kademliaTypes.indexOf(type)
  return concat([
    ...(number === 0 ? [] : varintField(fields.type, number)),
    ...(key.length === 0 ? [] : bytesField(fields.key, key)),
    ...(record === undefined ? [] : bytesField(fields.record, encodeRecord(record))),
    ...closer.flatMap(peer => bytesField(fields.closer, encodePeer(peer))),
    ...providers.flatMap(peer => bytesField(fields.providers, encodePeer(peer))),
  ])
}

function encodeRecord({ key, value, received }: KademliaRecord): Uint8Array {
  return concat([
    ...(key.length === 0 ? [] : bytesField(recordFields.key, key)),
    ...(value.length === 0 ? [] : bytesField(recordFields.value, value)),
    ...(received === '' ? [] : bytesField(recordFields.received, utf8(received))),
  ])
}

function encodePeer({ id, addresses, connection }: KademliaPeer): Uint8Array {
  const number = kademliaConnections.indexOf(connection)
  return concat([
    ...bytesField(peerFields.id, id),
    ...addresses.flatMap(address => bytesField(peerFields.addresses, address)),
    ...(number === 0 ? [] : varintField(peerFields.connection, number)),
  ])
}

/**
 * The message in `bytes`; its parts are views of them. Fields may stand in any order, unknown ones are passed over, and of one that
 * stands twice the last holds, as protobuf wants it: nothing here is signed. Throws `wire.invalid` or `wire.limit`.
 */
export function decodeKademlia(bytes: Uint8Array): KademliaMessage {
  if (bytes.length > kademliaLimits.answerBytes)
    throw new PeerageError('wire.limit', `A Kademlia message has ${bytes.length} bytes.`)
  let type = 0
  let key: Uint8Array = none
  let record: KademliaRecord | undefined
  const closer: KademliaPeer[] = []
  const providers: KademliaPeer[] = []
  readFields(bytes, {
    [fields.type]: [wireTypes.varint, reader => (type = reader.varint())],
    [fields.key]: [wireTypes.bytes, reader => (key = reader.bytes(kademliaLimits.keyBytes))],
    [fields.record]: [wireTypes.bytes, reader => (record = decodeRecord(reader.bytes(bytes.length)))],
    [fields.closer]: [wireTypes.bytes, reader => readPeer(reader, closer, kademliaLimits.closer)],
    [fields.providers]: [wireTypes.bytes, reader => readPeer(reader, providers, kademliaLimits.providers)],
  })
  const name = kademliaTypes[type]
  if (name === undefined) throw new PeerageError('wire.invalid', 'A Kademlia message has an unknown type.')
  return { type: name, key, ...(record && { record }), closer, providers }
}

function decodeRecord(bytes: Uint8Array): KademliaRecord {
  let key: Uint8Array = none
  let value: Uint8Array = none
  let received: string | undefined = ''
  readFields(bytes, {
    [recordFields.key]: [wireTypes.bytes, reader => (key = reader.bytes(kademliaLimits.keyBytes))],
    [recordFields.value]: [wireTypes.bytes, reader => (value = reader.bytes(kademliaLimits.valueBytes))],
    [recordFields.received]: [
      wireTypes.bytes,
      reader => (received = fromUtf8(reader.bytes(kademliaLimits.receivedBytes))),
    ],
  })
  if (received === undefined) throw new PeerageError('wire.invalid', 'The time of a record is no text.')
  return { key, value, received }
}

function readPeer(reader: ProtobufReader, into: KademliaPeer[], most: number): void {
  const bytes = reader.bytes(kademliaLimits.answerBytes)
  if (into.length < most) into.push(decodePeer(bytes))
}

function decodePeer(bytes: Uint8Array): KademliaPeer {
  let id: Uint8Array = none
  let number = 0
  const addresses: Uint8Array[] = []
  readFields(bytes, {
    [peerFields.id]: [wireTypes.bytes, reader => (id = reader.bytes(kademliaLimits.idBytes))],
    [peerFields.addresses]: [wireTypes.bytes, reader => readAddress(reader, addresses)],
    [peerFields.connection]: [wireTypes.varint, reader => (number = reader.varint())],
  })
  if (id.length === 0) throw new PeerageError('wire.invalid', 'A peer is told of that has no name.')
  // A later version may know more of how it stands to a peer than we do.
  return { id, addresses, connection: kademliaConnections[number] ?? 'not-connected' }
}

/** One that is too long for us is of a kind that we do not know, too. */
function readAddress(reader: ProtobufReader, into: Uint8Array[]): void {
  const address = reader.bytes(kademliaLimits.answerBytes)
  const fits = address.length > 0 && address.length <= kademliaLimits.addressBytes
  if (fits && into.length < kademliaLimits.addresses) into.push(address)
}

type FieldReaders = Readonly<Record<number, readonly [type: number, read: (reader: ProtobufReader) => void]>>

function readFields(bytes: Uint8Array, known: FieldReaders): void {
  const reader = new ProtobufReader(bytes)
  for (let next = reader.next(); next !== undefined; next = reader.next()) {
    const [type, read] = known[next.field] ?? []
    if (read === undefined) reader.skip(next.type)
    else if (type === next.type) read(reader)
    else throw new PeerageError('wire.invalid', 'A field of a Kademlia message has another type.')
  }
}
