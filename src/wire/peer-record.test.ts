import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat } from '../base/index.ts'
import { fuzz } from './peer-record.fuzz.ts'
import { decodePeerRecord, encodePeerRecord, peerRecordLimits } from './peer-record.ts'
import { bytesField, encodeVarint, varintField } from './protobuf.ts'

const bytes = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength }).map(array => Uint8Array.from(array))
const record = fc.record({
  peer: bytes(1, peerRecordLimits.peer),
  seq: fc.maxSafeNat(),
  addresses: fc.array(bytes(1, peerRecordLimits.address), { maxLength: peerRecordLimits.addresses }),
})

test('what was written is read', () => {
  fc.assert(
    fc.property(record, value => {
      expect(decodePeerRecord(encodePeerRecord(value))).toEqual(value)
    }),
  )
})

test('random bytes reveal no defect', () => {
  fc.assert(fc.property(bytes(0, 300), input => fuzz.run(input)))
})

test('addresses beyond the bounds are passed over', () => {
  const peer = new Uint8Array(38)
  const many = Array.from({ length: 40 }, () => new Uint8Array(8).fill(1))
  expect(decodePeerRecord(encodePeerRecord({ peer, seq: 1, addresses: many })).addresses).toHaveLength(
    peerRecordLimits.addresses,
  )
  const long = [new Uint8Array(peerRecordLimits.address + 1)]
  expect(decodePeerRecord(encodePeerRecord({ peer, seq: 1, addresses: long })).addresses).toEqual([])
})

test('a record of nobody, of too many fields or of other types is refused', () => {
  const code = (input: Uint8Array) => () => decodePeerRecord(input)
  expect(code(concat(varintField(2, 1)))).toThrow(expect.objectContaining({ code: 'wire.invalid' }))
  expect(code(concat(varintField(1, 1)))).toThrow(expect.objectContaining({ code: 'wire.invalid' }))
  const flood = Array.from({ length: peerRecordLimits.fields + 1 }, () => varintField(9, 1)).flat()
  expect(code(concat(flood))).toThrow(expect.objectContaining({ code: 'wire.limit' }))
})

test('the sequence numbers of programs that count in nanoseconds are understood', () => {
  const nanoseconds = Uint8Array.of(0x80, 0x80, 0xc0, 0xf2, 0x9b, 0x8f, 0xf3, 0xcb, 0x17)
  const input = concat([...bytesField(1, new Uint8Array(38)), encodeVarint(2 * 8), nanoseconds])
  expect(decodePeerRecord(input).seq).toBe(Number.MAX_SAFE_INTEGER)
})
