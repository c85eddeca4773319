import { xsalsa20 } from '@noble/ciphers/salsa.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maxStreamBytes, XSalsa20 } from './xsalsa20.ts'

const key = Uint8Array.from({ length: 32 }, (_, at) => at * 3)
const nonce = Uint8Array.from({ length: 24 }, (_, at) => at * 5)

test('pieces of any length make the stream that the whole makes', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(200), { maxLength: 12 }), lengths => {
      const stream = new XSalsa20(key, nonce)
      const pieces = lengths.map(length => stream.apply(new Uint8Array(length)))
      const total = lengths.reduce((sum, length) => sum + length, 0)
      expect(Buffer.concat(pieces)).toEqual(Buffer.from(xsalsa20(key, nonce, new Uint8Array(total))))
    }),
  )
})

test('what the key is good for has an end', () => {
  const stream = new XSalsa20(key, nonce, maxStreamBytes - 100)
  expect(stream.apply(new Uint8Array(36))).toHaveLength(36)
  expect(stream.apply(new Uint8Array(64))).toHaveLength(64)
  expect(() => stream.apply(new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'wire.limit' }))
})
