import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeUtp, encodeUtp, isUtp, padUtp, type UtpHeader, writeUtpHeader } from './utp.ts'

const header: fc.Arbitrary<UtpHeader> = fc.record({
  type: fc.constantFrom('data', 'fin', 'state', 'reset', 'syn'),
  connection: fc.nat(0xffff),
  timestamp: fc.nat(0xffffffff),
  delay: fc.nat(0xffffffff),
  window: fc.nat(0xffffffff),
  seq: fc.nat(0xffff),
  ack: fc.nat(0xffff),
})
const syn: UtpHeader = {
  type: 'syn',
  connection: 0x1234,
  timestamp: 0x01020304,
  delay: 0,
  window: 0x00100000,
  seq: 1,
  ack: 0,
}

describe('packets of uTP', () => {
  test('have the layout of BEP 29', () => {
    expect(Buffer.from(encodeUtp(syn)).toString('hex')).toBe('4100123401020304000000000010000000010000')
  })

  test('come back as they were, with and without a selective acknowledgement', () => {
    // Not in words of four bytes only: libtorrent 2.0 does not keep to that.
    const mask = fc.uint8Array({ minLength: 1, maxLength: 255 })
    fc.assert(
      fc.property(header, fc.option(mask, { nil: undefined }), (fields, sack) => {
        const decoded = decodeUtp(encodeUtp(fields, sack))
        expect(decoded).toMatchObject(fields)
        expect(decoded?.sack).toEqual(sack)
        expect(decoded?.payload.length).toBe(0)
      }),
    )
  })

  test('made longer say the same', () => {
    fc.assert(
      fc.property(
        header,
        fc.uint8Array({ maxLength: 50 }),
        fc.integer({ min: 2, max: 3000 }),
        (fields, payload, more) => {
          const packet = new Uint8Array(20 + payload.length)
          writeUtpHeader(packet, fields)
          packet.set(payload, 20)
          const long = padUtp(packet, packet.length + more)
          expect(long.length).toBe(packet.length + more)
          expect(decodeUtp(long)).toEqual(decodeUtp(packet))
        },
      ),
    )
  })

  test('never throw, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), bytes => {
        bytes[0] = (bytes[0]! & 0x70) | 1
        const decoded = decodeUtp(bytes)
        if (decoded !== undefined) expect(decoded.payload.length).toBeLessThanOrEqual(bytes.length - 20)
      }),
    )
  })

  test.each([
    ['too short', encodeUtp(syn).subarray(0, 19)],
    ['of another version', changed(0, 0x42)],
    ['of a type that does not exist', changed(0, 0x51)],
    ['with an extension that is not there', changed(1, 1)],
    ['with an extension that is longer than the packet', Uint8Array.of(...changed(1, 2), 0, 3, 1, 2)],
    ['with an empty mask', Uint8Array.of(...changed(1, 1), 0, 0)],
    ['with two masks', Uint8Array.of(...changed(1, 1), 1, 4, 1, 2, 3, 4, 0, 4, 1, 2, 3, 4)],
  ])('are refused when %s', (_, bytes) => {
    expect(decodeUtp(bytes)).toBeUndefined()
  })

  test('are told from what else comes to the port', () => {
    expect(isUtp(encodeUtp(syn))).toBe(true)
    expect(isUtp(Buffer.from('d1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:t2:aa1:y1:qe'))).toBe(false)
    expect(isUtp(new Uint8Array(20))).toBe(false)
  })
})

function changed(at: number, value: number): Uint8Array {
  const bytes = encodeUtp(syn)
  bytes[at] = value
  return bytes
}
