import * as dagCbor from '@ipld/dag-cbor'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat, utf8 } from '../base/index.ts'
import { fuzz } from './ipns-record.fuzz.ts'
import { decodeIpnsRecord, encodeIpnsRecord, ipnsLimits } from './ipns-record.ts'
import { bytesField, varintField } from './protobuf.ts'

const sign = (): Uint8Array => new Uint8Array(64).fill(7)
const value = utf8('/ipfs/bafkqaddwgevxmmraojswg33smq')
const plain = { value, sequence: 3n, ttl: 300_000_000_000n, validUntil: 1_900_000_000_123_456_789n }
const bytes = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength }).map(array => Uint8Array.from(array))
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const record = fc.record({
  value: bytes(1, 500),
  sequence: uint64,
  ttl: uint64,
  // Until the year 9999.
  validUntil: fc.bigInt({ min: 0n, max: 253_402_300_799_999_999_999n }),
  more: fc.constantFrom({ _ih: new Uint8Array(32).fill(3) }, { _a: Uint8Array.of(1), _b: Uint8Array.of(2) }),
})

/** A record that somebody else made: fields of the protobuf around some data. */
function made(data: Readonly<Record<string, unknown>>, more: readonly Uint8Array[] = []): Uint8Array {
  return concat([...more, ...bytesField(8, sign()), ...bytesField(9, dagCbor.encode(data))])
}
const data = {
  Value: value,
  Validity: utf8('2100-01-01T00:00:00Z'),
  ValidityType: 0,
  Sequence: 1,
  TTL: 5,
}
const invalid = expect.objectContaining({ code: 'wire.invalid' })
const limit = expect.objectContaining({ code: 'wire.limit' })

test('what was written is read', () => {
  fc.assert(
    fc.property(record, what => {
      expect(decodeIpnsRecord(encodeIpnsRecord(what, sign))).toMatchObject(what)
    }),
  )
})

test('random bytes reveal no defect', () => {
  fc.assert(fc.property(bytes(0, 300), input => fuzz.run(input)))
  for (const seed of fuzz.seeds) fuzz.run(seed)
})

test('records of other programs: fields in any order, unknown ones, version 2 only', () => {
  expect(decodeIpnsRecord(made({ ...data, future: [1] }, varintField(12, 4)))).toMatchObject({
    value,
    sequence: 1n,
    ttl: 5n,
    validUntil: 4_102_444_800_000_000_000n,
  })
  const reversed = concat([...bytesField(9, dagCbor.encode(data)), ...bytesField(8, sign())])
  expect(decodeIpnsRecord(reversed).sequence).toBe(1n)
  const later = made({ ...data, Validity: utf8('2100-01-01T02:00:00.5+02:00') })
  expect(decodeIpnsRecord(later).validUntil).toBe(4_102_444_800_500_000_000n)
})

test('a record that is too long, or points at something too long, is refused and not made', () => {
  expect(() => decodeIpnsRecord(new Uint8Array(ipnsLimits.record + 1))).toThrow(limit)
  const long = new Uint8Array(ipnsLimits.value + 1)
  expect(() => decodeIpnsRecord(made({ ...data, Value: long }))).toThrow(invalid)
  expect(() => encodeIpnsRecord({ ...plain, value: long }, sign)).toThrow(limit)
  const key = bytesField(7, new Uint8Array(ipnsLimits.publicKey + 1))
  expect(() => decodeIpnsRecord(made(data, key))).toThrow(limit)
  const signature = concat([
    ...bytesField(8, new Uint8Array(ipnsLimits.signature + 1)),
    ...bytesField(9, dagCbor.encode(data)),
  ])
  expect(() => decodeIpnsRecord(signature)).toThrow(limit)
})

test('what is not signed by version 2 is refused', () => {
  const v1 = concat([
    ...bytesField(1, value),
    ...bytesField(2, sign()),
    ...varintField(3, 0),
    ...bytesField(4, data.Validity),
    ...varintField(5, 1),
  ])
  expect(() => decodeIpnsRecord(v1)).toThrow(invalid)
  expect(() => decodeIpnsRecord(new Uint8Array(0))).toThrow(invalid)
  expect(() => decodeIpnsRecord(concat(bytesField(9, dagCbor.encode(data))))).toThrow(invalid)
})

test.each([
  ['no value', { Value: undefined }],
  ['a text in place of bytes', { Value: '/ipfs/x' }],
  ['no validity', { Validity: undefined }],
  ['a validity that is no time', { Validity: utf8('tomorrow') }],
  ['a month 13', { Validity: utf8('2100-13-01T00:00:00Z') }],
  ['a time that is too long', { Validity: utf8(`2100-01-01T00:00:00.${'0'.repeat(60)}Z`) }],
  ['another type of validity', { ValidityType: 1 }],
  ['a negative sequence', { Sequence: -1 }],
  ['a sequence that is no number', { Sequence: 'x' }],
  ['a fraction', { TTL: 0.5 }],
])('data with %s is refused', (_, wrong) => {
  const all = Object.entries({ ...data, ...wrong }).filter(([, value]) => value !== undefined)
  expect(() => decodeIpnsRecord(made(Object.fromEntries(all)))).toThrow(invalid)
})

test('what old readers see must be what is signed', () => {
  const legacy = (
    over: Partial<Record<'value' | 'validity', Uint8Array>> & { sequence?: number; ttl?: number },
  ) =>
    made(data, [
      ...bytesField(1, over.value ?? value),
      ...bytesField(4, over.validity ?? data.Validity),
      ...varintField(5, over.sequence ?? 1),
      ...varintField(6, over.ttl ?? 5),
    ])
  expect(decodeIpnsRecord(legacy({})).sequence).toBe(1n)
  for (const over of [
    { value: utf8('/ipfs/y') },
    { validity: utf8('2101-01-01T00:00:00Z') },
    { sequence: 2 },
    { ttl: 6 },
  ])
    expect(() => decodeIpnsRecord(legacy(over))).toThrow(invalid)
})

test('a field that stands twice, of another type, or data that nests without end is refused', () => {
  expect(() => decodeIpnsRecord(made(data, bytesField(9, dagCbor.encode(data))))).toThrow(invalid)
  expect(() => decodeIpnsRecord(made(data, varintField(1, 4)))).toThrow(invalid)
  const deep = concat([...bytesField(8, sign()), ...bytesField(9, new Uint8Array(9_000).fill(0x81))])
  expect(() => decodeIpnsRecord(deep)).toThrow(invalid)
  const list = concat([...bytesField(8, sign()), ...bytesField(9, dagCbor.encode([1]))])
  expect(() => decodeIpnsRecord(list)).toThrow(invalid)
})

test('of fields that are not of the specification, as many are kept as the bound says', () => {
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`_${i}`, Uint8Array.of(i)]))
  expect(Object.keys(decodeIpnsRecord(made({ ...data, ...many })).more ?? {})).toHaveLength(ipnsLimits.more)
})
