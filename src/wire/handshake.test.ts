import fc from 'fast-check'
import { expect, test } from 'vitest'
import { utf8 } from '../base/index.ts'
import { beginsHandshake, decodeHandshake, encodeHandshake, handshakeBytes } from './handshake.ts'

const twenty = fc.uint8Array({ minLength: 20, maxLength: 20 })
const flags = fc.record({
  fast: fc.boolean(),
  extended: fc.boolean(),
  dht: fc.boolean(),
  v2: fc.boolean(),
})

test('what is said is what is understood, from any prefix on', () => {
  fc.assert(
    fc.property(twenty, twenty, flags, fc.nat(67), (infoHash, peerId, given, cut) => {
      const bytes = encodeHandshake({ infoHash, peerId, flags: given })
      expect(bytes.length).toBe(handshakeBytes)
      expect(decodeHandshake(bytes)).toEqual({ infoHash, peerId, flags: given })
      expect(decodeHandshake(bytes.subarray(0, cut))).toBeUndefined()
      expect(beginsHandshake(bytes.subarray(0, cut))).toBe(cut >= 20 ? true : undefined)
    }),
  )
})

test('the reserved bits stand where BEP 5, 6, 10 and 52 put them', () => {
  const zero = new Uint8Array(20)
  const of = (name: string): Uint8Array =>
    encodeHandshake({
      infoHash: zero,
      peerId: zero,
      flags: { fast: false, extended: false, dht: false, v2: false, [name]: true },
    }).subarray(20, 28)
  expect(of('extended')).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0x10, 0, 0))
  expect(of('dht')).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x01))
  expect(of('fast')).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x04))
  expect(of('v2')).toEqual(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x10))
})

test('anything else is refused at its first wrong byte', () => {
  for (const text of ['GET / HTTP/1.1', '\x13BitTorrent protocoL', '\x13/multistream/1.0.0\n'])
    expect(() => decodeHandshake(utf8(text))).toThrow('no BitTorrent handshake')
})
