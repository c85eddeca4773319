import { concat, PeerageError } from '../base/index.ts'
import { encodeDelimited } from './delimited.ts'
import { bytesField, ProtobufReader, protobufFields, varintField, wireTypes } from './protobuf.ts'

/** Bounds of what is said to and by relays (libp2p specs `relay/circuit-v2.md`), in bytes and pieces. */
export const circuitLimits: Readonly<
  Record<'message' | 'peerId' | 'address' | 'addresses' | 'voucher' | 'fields', number>
> = {
  /** Without its prefix; the same bound as that of other implementations. */
  message: 4_096,
  peerId: 64,
  address: 512,
  /** Of a relay; more are passed over. */
  addresses: 16,
  voucher: 1_024,
  fields: 64,
}

/** `Status` of the specification. */
export const circuitStatus: Readonly<
  Record<
    | 'ok'
    | 'reservationRefused'
    | 'resourceLimitExceeded'
    | 'permissionDenied'
    | 'connectionFailed'
    | 'noReservation'
    | 'malformedMessage'
    | 'unexpectedMessage',
    number
  >
> = {
  ok: 100,
  reservationRefused: 200,
  resourceLimitExceeded: 201,
  permissionDenied: 202,
  connectionFailed: 203,
  noReservation: 204,
  malformedMessage: 400,
  unexpectedMessage: 401,
}

/** What a relay allows one relayed connection. 0: as much as there is. */
export interface CircuitLimit {
  readonly seconds: number
  /** In each direction. */
  readonly bytes: number
}

export interface CircuitReservation {
  /** Seconds since the Unix epoch. */
  readonly expires: number
  /** Multiaddrs of the relay, binary. */
  readonly addresses: readonly Uint8Array[]
  /** A signed envelope around a `Voucher`. */
  readonly voucher?: Uint8Array | undefined
}

/** What is said to a relay, and its answers. PeerIds are multihashes. */
export type HopMessage =
  | { readonly type: 'reserve' }
  | { readonly type: 'connect'; readonly peer: Uint8Array }
  | {
      readonly type: 'status'
      readonly status: number
      readonly reservation?: CircuitReservation | undefined
      readonly limit?: CircuitLimit | undefined
    }

/** What a relay says to whom it connects somebody with, and the answer. */
export type StopMessage =
  | { readonly type: 'connect'; readonly peer: Uint8Array; readonly limit?: CircuitLimit | undefined }
  | { readonly type: 'status'; readonly status: number }

/** That a relay reserved: payload of the envelope with domain `voucherDomain`. PeerIds are multihashes. */
export interface Voucher {
  readonly relay: Uint8Array
  readonly peer: Uint8Array
  /** Seconds since the Unix epoch. */
  readonly expires: number
}

export const voucherDomain = 'libp2p-relay-rsvp'
/** The multicodec 0x0302 as all implementations write it. */
export const voucherType: Uint8Array = Uint8Array.of(0x03, 0x02)

const hopTypes = ['reserve', 'connect', 'status'] as const
const stopTypes = ['connect', 'status'] as const

/** With its length in front. */
export function encodeHopMessage(message: HopMessage): Uint8Array {
  const parts = varintField(1, hopTypes.indexOf(message.type))
  if (message.type === 'connect') parts.push(...peerField(message.peer))
  if (message.type === 'status') {
    const { status, reservation, limit } = message
    if (reservation !== undefined) parts.push(...bytesField(3, encodeReservation(reservation)))
    if (limit !== undefined) parts.push(...bytesField(4, encodeLimit(limit)))
    parts.push(...varintField(5, status))
  }
  return encodeDelimited(concat(parts))
}

/** With its length in front. */
export function encodeStopMessage(message: StopMessage): Uint8Array {
  const parts = varintField(1, stopTypes.indexOf(message.type))
  if (message.type === 'connect') {
    parts.push(...peerField(message.peer))
    if (message.limit !== undefined) parts.push(...bytesField(3, encodeLimit(message.limit)))
  } else parts.push(...varintField(4, message.status))
  return encodeDelimited(concat(parts))
}

/** `bytes` come without their length. Throws `wire.invalid`, `wire.limit`. */
export function decodeHopMessage(bytes: Uint8Array): HopMessage {
  const fields = fieldsOf(bytes)
  const type = hopTypes[numberAt(fields, 1) ?? 0]
  if (type === 'reserve') return { type }
  if (type === 'connect') return { type, peer: peerAt(fields) }
  if (type === undefined) throw malformed('its type is unknown')
  const [reservation, limit] = [bytesAt(fields, 3), bytesAt(fields, 4)]
  return {
    type,
    status: numberAt(fields, 5) ?? 0,
    ...(reservation && { reservation: decodeReservation(reservation) }),
    ...(limit && { limit: decodeLimit(limit) }),
  }
}

/** `bytes` come without their length. Throws `wire.invalid`, `wire.limit`. */
export function decodeStopMessage(bytes: Uint8Array): StopMessage {
  const fields = fieldsOf(bytes)
  const type = stopTypes[numberAt(fields, 1) ?? 0]
  if (type === undefined) throw malformed('its type is unknown')
  if (type === 'status') return { type, status: numberAt(fields, 4) ?? 0 }
  const limit = bytesAt(fields, 3)
  return { type, peer: peerAt(fields), ...(limit && { limit: decodeLimit(limit) }) }
}

export function encodeVoucher({ relay, peer, expires }: Voucher): Uint8Array {
  return concat([...bytesField(1, relay), ...bytesField(2, peer), ...varintField(3, expires)])
}

/** Only its one canonical encoding. Throws `wire.invalid`, `wire.limit`. */
export function decodeVoucher(bytes: Uint8Array): Voucher {
  const reader = new ProtobufReader(bytes)
  reader.expect(1, wireTypes.bytes)
  const relay = reader.bytes(circuitLimits.peerId)
  reader.expect(2, wireTypes.bytes)
  const peer = reader.bytes(circuitLimits.peerId)
  reader.expect(3, wireTypes.varint)
  const expires = reader.varint()
  reader.end()
  return { relay, peer, expires }
}

function encodeReservation({ expires, addresses, voucher }: CircuitReservation): Uint8Array {
  return concat([
    ...varintField(1, expires),
    ...addresses.flatMap(address => bytesField(2, address)),
    ...(voucher === undefined ? [] : bytesField(3, voucher)),
  ])
}

function decodeReservation(bytes: Uint8Array): CircuitReservation {
  const fields = fieldsOf(bytes)
  const addresses = (fields.get(2) ?? [])
    .filter(value => value instanceof Uint8Array)
    .filter(({ length }) => length > 0 && length <= circuitLimits.address)
  const voucher = bytesAt(fields, 3)
  if (voucher !== undefined && voucher.length > circuitLimits.voucher)
    throw new PeerageError('wire.limit', `A voucher of ${voucher.length} bytes is too long.`)
  return {
    expires: numberAt(fields, 1) ?? 0,
    addresses: addresses.slice(0, circuitLimits.addresses),
    ...(voucher && { voucher }),
  }
}

function encodeLimit({ seconds, bytes }: CircuitLimit): Uint8Array {
  return concat([...varintField(1, seconds), ...varintField(2, bytes)])
}

function decodeLimit(bytes: Uint8Array): CircuitLimit {
  const fields = fieldsOf(bytes)
  return { seconds: numberAt(fields, 1) ?? 0, bytes: numberAt(fields, 2) ?? 0 }
}

function peerField(peer: Uint8Array): Uint8Array[] {
  return bytesField(2, concat(bytesField(1, peer)))
}

/** The addresses beside it are for a kind of relay that nobody offers any more ("active relay"). */
function peerAt(fields: Fields): Uint8Array {
  const peer = bytesAt(fieldsOf(bytesAt(fields, 2) ?? new Uint8Array(0)), 1)
  if (peer === undefined || peer.length === 0 || peer.length > circuitLimits.peerId)
    throw malformed('it names no peer')
  return peer
}

type Fields = ReadonlyMap<number, readonly (number | Uint8Array)[]>

function fieldsOf(bytes: Uint8Array): Fields {
  if (bytes.length > circuitLimits.message)
    throw new PeerageError('wire.limit', `A message of ${bytes.length} bytes to a relay is too long.`)
  const fields = new Map<number, (number | Uint8Array)[]>()
  for (const { field, value } of protobufFields(bytes, circuitLimits.fields))
    fields.set(field, [...(fields.get(field) ?? []), value])
  return fields
}

/** Of a field that may stand once only the last counts (protobuf, "Last One Wins"). */
function numberAt(fields: Fields, field: number): number | undefined {
  const value = fields.get(field)?.at(-1)
  if (value instanceof Uint8Array) throw malformed(`field ${field} has another type`)
  return value
}

function bytesAt(fields: Fields, field: number): Uint8Array | undefined {
  const value = fields.get(field)?.at(-1)
  if (typeof value === 'number') throw malformed(`field ${field} has another type`)
  return value
}

function malformed(reason: string): PeerageError {
  return new PeerageError('wire.invalid', `A message of a relay is malformed: ${reason}.`)
}
