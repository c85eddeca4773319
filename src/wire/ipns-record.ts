import * as dagCbor from '@ipld/dag-cbor'
import { concat, equalBytes, fromUtf8, PeerageError, utf8 } from '../base/index.ts'
import { bytesField, ProtobufReader, varintField, wireTypes } from './protobuf.ts'

/** What a record says (IPNS specification `ipns-record`, "Record Fields"). */
export interface IpnsFields {
  /** A content path, such as `/ipfs/CID`. */
  readonly value: Uint8Array
  /** Until when it holds: nanoseconds since the Unix epoch. */
  readonly validUntil: bigint
  /** Of 64 bits; the higher one holds. */
  readonly sequence: bigint
  /** For how long it need not be asked for again, in nanoseconds. */
  readonly ttl: bigint
  /** Fields beyond those of the specification; their names begin with `_`. */
  readonly more?: Readonly<Record<string, Uint8Array>>
}

/** A record as it came. Nothing in it is to be believed before the signature of `signed` is checked. */
export interface IpnsRecord extends IpnsFields {
  /** The whole record, a view. */
  readonly bytes: Uint8Array
  readonly signed: Uint8Array
  readonly signature: Uint8Array
  /** The libp2p protobuf of a key that the name holds only the hash of. */
  readonly publicKey?: Uint8Array
}

/** Bounds in bytes, but for `more`: fields that are not of the specification. Longer values are refused; a record may have 10 KiB. */
export const ipnsLimits: Readonly<
  Record<'record' | 'value' | 'validity' | 'signature' | 'publicKey' | 'more', number>
> = { record: 10_240, value: 4_096, validity: 64, signature: 1_024, publicKey: 2_048, more: 16 }

const fields = {
  value: 1,
  signatureV1: 2,
  validityType: 3,
  validity: 4,
  sequence: 5,
  ttl: 6,
  publicKey: 7,
  signatureV2: 8,
  data: 9,
} as const
const varints: ReadonlySet<number> = new Set([fields.validityType, fields.sequence, fields.ttl])
const signaturePrefix = utf8('ipns-signature:')
const maxUint64 = 2n ** 64n - 1n
const nanosPerMs = 1_000_000n

/**
 * The bytes of a record, with the fields of version 1 beside those of version 2 ("Record Creation with Legacy SignatureV1"): there still
 * are programs that want them. Throws `wire.limit` for what is longer than a record may be.
 */
export function encodeIpnsRecord(what: IpnsFields, sign: (message: Uint8Array) => Uint8Array): Uint8Array {
  const validity = utf8(formatValidity(what.validUntil))
  const data = dagCbor.encode({
    ...what.more,
    Value: what.value,
    Validity: validity,
    ValidityType: 0,
    Sequence: what.sequence,
    TTL: what.ttl,
  })
  const bytes = concat([
    ...bytesField(fields.value, what.value),
    ...bytesField(fields.signatureV1, sign(concat([what.value, validity, utf8('EOL')]))),
    ...varintField(fields.validityType, 0),
    ...bytesField(fields.validity, validity),
    ...varintField(fields.sequence, what.sequence),
    ...varintField(fields.ttl, what.ttl),
    ...bytesField(fields.signatureV2, sign(concat([signaturePrefix, data]))),
    ...bytesField(fields.data, data),
  ])
  if (bytes.length > ipnsLimits.record || what.value.length > ipnsLimits.value)
    throw new PeerageError('wire.limit', 'What the name shall point at is too long for a record.')
  return bytes
}

/**
 * The record in `bytes`; its parts are views. Steps 1, 2, 4 and 7 of "Record Verification"; whose signature it is and whether it still
 * holds is for the caller to say. Throws `wire.invalid`, `wire.limit`.
 */
export function decodeIpnsRecord(bytes: Uint8Array): IpnsRecord {
  if (bytes.length > ipnsLimits.record)
    throw new PeerageError('wire.limit', `A record of a name has ${bytes.length} bytes.`)
  const entry = readEntry(bytes)
  const data = bytesIn(entry, fields.data, ipnsLimits.record)
  const signature = bytesIn(entry, fields.signatureV2, ipnsLimits.signature)
  // Records with a signature of version 1 only are refused since 2022.
  if (data === undefined || signature === undefined)
    throw invalid('it is not signed, or in a way that is refused by now')
  const what = readData(data)
  if (entry.has(fields.signatureV1) || entry.has(fields.value)) compareLegacy(entry, what)
  const publicKey = bytesIn(entry, fields.publicKey, ipnsLimits.publicKey)
  const { validity: _, ...rest } = what
  return {
    ...rest,
    bytes,
    signature,
    signed: concat([signaturePrefix, data]),
    ...(publicKey && { publicKey }),
  }
}

type Entry = ReadonlyMap<number, Uint8Array | bigint>

/** Fields in any order, as protobuf wants it, but none twice: readers would differ in which of them holds. */
function readEntry(bytes: Uint8Array): Entry {
  const entry = new Map<number, Uint8Array | bigint>()
  const reader = new ProtobufReader(bytes)
  for (let next = reader.next(); next !== undefined; next = reader.next()) {
    const { field, type } = next
    if (field > fields.data) {
      reader.skip(type)
      continue
    }
    const wanted = varints.has(field) ? wireTypes.varint : wireTypes.bytes
    if (type !== wanted) throw invalid('a field has another type')
    if (entry.has(field)) throw invalid('a field stands twice')
    entry.set(field, type === wireTypes.varint ? reader.varint64() : reader.bytes(ipnsLimits.record))
  }
  return entry
}

/** Undefined for what is absent or empty. */
function bytesIn(entry: Entry, field: number, maxBytes: number): Uint8Array | undefined {
  const value = entry.get(field)
  if (!(value instanceof Uint8Array) || value.length === 0) return undefined
  if (value.length > maxBytes) throw new PeerageError('wire.limit', 'A field of a record is too long.')
  return value
}

function readData(bytes: Uint8Array): IpnsFields & { readonly validity: Uint8Array } {
  const data = mapIn(bytes)
  const value = data.get('Value')
  const validity = data.get('Validity')
  if (!(value instanceof Uint8Array) || value.length > ipnsLimits.value) throw invalid('it points at nothing')
  if (!(validity instanceof Uint8Array)) throw invalid('it does not say until when it holds')
  if (data.get('ValidityType') !== 0) throw invalid('it holds under a condition that is not known')
  const more = moreOf(data)
  return {
    value,
    validity,
    validUntil: parseValidity(validity),
    sequence: uint64(data.get('Sequence')),
    ttl: uint64(data.get('TTL') ?? 0),
    ...(more && { more }),
  }
}

function mapIn(bytes: Uint8Array): ReadonlyMap<string, unknown> {
  let data: unknown
  try {
    data = dagCbor.decode(bytes)
  } catch (cause) {
    // Also what nests so deep that the stack ends.
    throw new PeerageError('wire.invalid', 'A record of a name holds no DAG-CBOR.', { cause })
  }
  if (data === null || typeof data !== 'object' || Array.isArray(data)) throw invalid('it holds no map')
  return new Map(Object.entries(data))
}

function moreOf(data: ReadonlyMap<string, unknown>): Record<string, Uint8Array> | undefined {
  const more = [...data].filter(
    (field): field is [string, Uint8Array] => field[0].startsWith('_') && field[1] instanceof Uint8Array,
  )
  return more.length === 0 ? undefined : Object.fromEntries(more.slice(0, ipnsLimits.more))
}

function uint64(value: unknown): bigint {
  const isNumber = typeof value === 'bigint' || Number.isSafeInteger(value)
  const number = isNumber ? BigInt(value as number | bigint) : -1n
  if (number < 0n || number > maxUint64) throw invalid('a number is none')
  return number
}

/** What readers of version 1 see must be what was signed. A number that is zero may be left out, as protobuf has it. */
function compareLegacy(entry: Entry, what: ReturnType<typeof readData>): void {
  const sameBytes = (field: number, other: Uint8Array): boolean => {
    const value = entry.get(field)
    return equalBytes(value instanceof Uint8Array ? value : new Uint8Array(0), other)
  }
  const isSame =
    sameBytes(fields.value, what.value) &&
    sameBytes(fields.validity, what.validity) &&
    (entry.get(fields.validityType) ?? 0n) === 0n &&
    (entry.get(fields.sequence) ?? 0n) === what.sequence &&
    (entry.get(fields.ttl) ?? 0n) === what.ttl
  if (!isSame) throw invalid('it says one thing to old readers and another to new ones')
}

const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])(\d{2}):(\d{2}))$/

/** Nanoseconds since the Unix epoch of a time as RFC 3339 writes it. */
function parseValidity(bytes: Uint8Array): bigint {
  const text = bytes.length > ipnsLimits.validity ? undefined : fromUtf8(bytes)
  const match = rfc3339.exec(text ?? '')
  if (match === null) throw invalid('the time until which it holds is none')
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const ms = Date.UTC(year, month - 1, day, hour, minute, second)
  const isDate =
    month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 24 && minute <= 59 && second <= 60
  if (!isDate) throw invalid('the time until which it holds is none')
  const sign = match[8] === '-' ? -1 : 1
  const offsetMs = sign * (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * 60_000
  return BigInt(ms - offsetMs) * nanosPerMs + BigInt((match[7] ?? '').padEnd(9, '0'))
}

function formatValidity(nanos: bigint): string {
  const ms = nanos / nanosPerMs
  const text = new Date(Number(ms)).toISOString()
  return `${text.slice(0, -1)}${`${nanos % nanosPerMs}`.padStart(6, '0')}Z`
}

function invalid(why: string): PeerageError {
  return new PeerageError('wire.invalid', `A record of a name is refused: ${why}.`)
}
