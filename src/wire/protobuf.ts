import { PeerageError } from '../base/index.ts'

/** Wire types of protobuf that occur in libp2p's records; all others are refused. */
export const wireTypes: Readonly<Record<'varint' | 'bytes', number>> = { varint: 0, bytes: 2 }
const fixed64 = 1
const fixed32 = 5
const maxUint64 = 2n ** 64n - 1n

/**
 * Strict reader of a protobuf message: varints are minimal and at most 2^53-1, lengths are checked against the bytes that
 * are left before anything else happens, field numbers rise. So every message has one encoding only, and a signature over
 * the content is a signature over the bytes. Every method throws `wire.invalid`.
 */
export class ProtobufReader {
  readonly #bytes: Uint8Array
  #at = 0
  #lastField = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at === this.#bytes.length
  }

  /** The number of the next field, of which the wire type must be `type`; undefined at the end. */
  field(type: number): number | undefined {
    if (this.done) return undefined
    const tag = this.varint()
    const field = Math.floor(tag / 8)
    if (tag % 8 !== type) throw malformed(this.#at, 'the field has another type')
    if (field <= this.#lastField || field > 0x1fff_ffff) throw malformed(this.#at, 'fields are not in order')
    this.#lastField = field
    return field
  }

  /** The next field of a message that nobody signs, in any order and of any type; undefined at the end. */
  next(): { readonly field: number; readonly type: number } | undefined {
    if (this.done) return undefined
    const tag = this.varint()
    const field = Math.floor(tag / 8)
    if (field === 0 || field > 0x1fff_ffff) throw malformed(this.#at, 'there is no such field')
    return { field, type: tag % 8 }
  }

  /** Passes over the value of a field that `next` told of. */
  skip(type: number): void {
    if (type === wireTypes.bytes) this.bytes(this.#bytes.length)
    else if (type === wireTypes.varint) this.#skipVarint()
    else if (type === fixed64 || type === fixed32) this.#skipBytes(type === fixed64 ? 8 : 4)
    else throw malformed(this.#at, 'there is no such type of fields')
  }

  /** Negative numbers have ten bytes. */
  #skipVarint(): void {
    for (let i = 0; i < 10; i++) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) throw malformed(this.#at, 'a number is cut off')
      this.#at++
      if (byte < 128) return
    }
    throw malformed(this.#at, 'a number is too large')
  }

  #skipBytes(count: number): void {
    if (count > this.#bytes.length - this.#at) throw malformed(this.#at, 'a number is cut off')
    this.#at += count
  }

  /** Like `field`, but throws unless the field has this very number. */
  expect(field: number, type: number): void {
    if (this.field(type) !== field) throw malformed(this.#at, `field ${field} should stand here`)
  }

  varint(): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 8; i++) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) throw malformed(this.#at, 'a number is cut off')
      this.#at++
      value += (byte & 127) * scale
      scale *= 128
      if (byte < 128) {
        if (byte === 0 && i > 0) throw malformed(this.#at, 'a number is longer than need be')
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
    }
    throw malformed(this.#at, 'a number is too large')
  }

  /** A number of up to 64 bits. */
  varint64(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) throw malformed(this.#at, 'a number is cut off')
      this.#at++
      value |= BigInt(byte & 127) << shift
      if (byte >= 128) continue
      if (byte === 0 && shift > 0n) throw malformed(this.#at, 'a number is longer than need be')
      if (value > maxUint64) break
      return value
    }
    throw malformed(this.#at, 'a number is too large')
  }

  /** The view of a length-delimited field of at most `maxBytes`. */
  bytes(maxBytes: number): Uint8Array {
    const length = this.varint()
    if (length > this.#bytes.length - this.#at)
      throw malformed(this.#at, 'a field is longer than what is left')
    if (length > maxBytes)
      throw new PeerageError('wire.limit', `A record has a field of ${length} bytes.`, {
        details: { length, bound: maxBytes },
      })
    const start = this.#at
    this.#at += length
    return this.#bytes.subarray(start, this.#at)
  }

  /** Throws unless everything has been read. */
  end(): void {
    if (!this.done) throw malformed(this.#at, 'something follows the record')
  }
}

/** One field of a message as it came. */
export interface ProtobufField {
  readonly field: number
  /** The value of a varint (what is above 2^53-1 counts as that), or the view of a length-delimited one. */
  readonly value: number | Uint8Array
}

/**
 * Reader of messages that programs of others write, as protobuf asks of readers: fields in any order and more than once, those of types
 * that no message of ours has are passed over. At most `maxFields`. Throws `wire.invalid`, `wire.limit`.
 */
export function* protobufFields(bytes: Uint8Array, maxFields: number): Generator<ProtobufField> {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let i = 0, scale = 1; i < 10; i++, scale *= 128) {
      const byte = bytes[at++]
      if (byte === undefined) throw malformed(at, 'a number is cut off')
      value += (byte & 127) * scale
      if (byte < 128) return Math.min(value, Number.MAX_SAFE_INTEGER)
    }
    throw malformed(at, 'a number is too long')
  }
  const skip = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw malformed(at, 'a field is longer than what is left')
    at += length
    return bytes.subarray(at - length, at)
  }
  for (let count = 0; at < bytes.length; count++) {
    if (count >= maxFields) throw new PeerageError('wire.limit', 'A record has too many fields.')
    const tag = varint()
    const [field, type] = [Math.floor(tag / 8), tag % 8]
    if (field === 0 || field > 0x1fff_ffff) throw malformed(at, 'a field has no number')
    if (type === wireTypes.varint) yield { field, value: varint() }
    else if (type === wireTypes.bytes) yield { field, value: skip(varint()) }
    else if (type === 1 || type === 5) skip(type === 1 ? 8 : 4)
    else throw malformed(at, 'a field has a type that is none')
  }
}

/** An unsigned varint as protobuf and multiformats write it. Throws `TypeError` for what is no safe unsigned integer. */
export function encodeVarint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`${value} is no unsigned integer`)
  const out: number[] = []
  let rest = value
  while (rest >= 128) {
    out.push((rest % 128) | 128)
    rest = Math.floor(rest / 128)
  }
  out.push(rest)
  return Uint8Array.from(out)
}

/** The bytes of a varint field: tag and value. */
export function varintField(field: number, value: number | bigint): Uint8Array[] {
  const bytes = typeof value === 'number' ? encodeVarint(value) : encodeVarint64(value)
  return [encodeVarint(field * 8 + wireTypes.varint), bytes]
}

function encodeVarint64(value: bigint): Uint8Array {
  if (value < 0n || value > maxUint64) throw new TypeError(`${value} is no unsigned integer of 64 bits`)
  const out: number[] = []
  let rest = value
  for (; rest >= 128n; rest >>= 7n) out.push(Number(rest & 127n) | 128)
  out.push(Number(rest))
  return Uint8Array.from(out)
}

/** The bytes of a length-delimited field: tag, length and value. */
export function bytesField(field: number, value: Uint8Array): Uint8Array[] {
  return [encodeVarint(field * 8 + wireTypes.bytes), encodeVarint(value.length), value]
}

function malformed(offset: number, reason: string): PeerageError {
  return new PeerageError('wire.invalid', `A record is malformed at byte ${offset}: ${reason}.`, {
    details: { offset },
  })
}
