import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromHex, toHex } from '../base/index.ts'
import { Rc4 } from './rc4.ts'

// RFC 6229, section 2.
test.each([
  ['0102030405', 0, 'b2396305f03dc027ccc3524a0a1118a86982944f18fc82d589c403a47a0d0919'],
  ['0102030405', 1024, '30abbcc7c20b01609f23ee2d5f6bb7df73262dec31a8a8ff5f9f977001c90b72'],
  ['0102030405', 4096, 'ff25b58995996707e51fbdf08b34d875'],
  [
    '0102030405060708090a0b0c0d0e0f10',
    1024,
    'bdf0324e6083dcc6d3cedd3ca8c53c167e5cb90bc6802a7a3df2ddec55017396',
  ],
])('the key stream of %s from byte %i on', (key, drop, stream) => {
  const long = new Uint8Array(8192 + stream.length / 2)
  expect(toHex(new Rc4(fromHex(key), drop).apply(new Uint8Array(stream.length / 2)))).toBe(stream)
  expect(toHex(new Rc4(fromHex(key), drop).apply(long)).slice(0, stream.length)).toBe(stream)
})

test('any pieces at any place give the same bytes, and what is read stays as it was', () => {
  const piece = fc.record({
    length: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 5000 })),
    from: fc.integer({ min: 0, max: 9 }),
    to: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
  })
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 32 }),
      fc.array(piece, { maxLength: 8 }),
      (key, pieces) => {
        const total = pieces.reduce((sum, { length }) => sum + length, 0)
        const plain = Uint8Array.from({ length: total }, (_, i) => i * 7)
        const expected = byBook(key, plain)
        const cipher = new Rc4(key)
        let at = 0
        for (const { length, from, to } of pieces) {
          const input = new Uint8Array(length + from).subarray(from)
          input.set(plain.subarray(at, at + length))
          const output = to === undefined ? input : new Uint8Array(length + to).subarray(to)
          expect(cipher.apply(input, output)).toBe(output)
          expect(toHex(output)).toBe(toHex(expected.subarray(at, at + length)))
          if (output !== input) expect(toHex(input)).toBe(toHex(plain.subarray(at, at + length)))
          at += length
        }
      },
    ),
  )
})

test('long ones from shared memory are as others, and so is what comes behind them', () => {
  const key = Uint8Array.of(1, 2, 3)
  for (const length of [4096, 65_535, 65_536, 65_553, 200_001]) {
    const plain = Uint8Array.from({ length }, (_, i) => i * 3)
    const shared = new Uint8Array(new SharedArrayBuffer(length))
    shared.set(plain)
    const [one, other] = [new Rc4(key), new Rc4(key)]
    for (let turn = 0; turn < 2; turn++) {
      const expected = one.apply(plain, new Uint8Array(length))
      expect(Buffer.compare(other.apply(shared, new Uint8Array(length)), expected)).toBe(0)
    }
    expect(Buffer.compare(new Rc4(key).apply(plain.slice()), byBook(key, plain))).toBe(0)
  }
})

test('what is not possible is a mistake of the caller', () => {
  expect(() => new Rc4(new Uint8Array(0))).toThrow(TypeError)
  expect(() => new Rc4(new Uint8Array(257))).toThrow(TypeError)
  expect(() => new Rc4(Uint8Array.of(1)).apply(new Uint8Array(3), new Uint8Array(2))).toThrow(TypeError)
})

/** As it is described everywhere, byte by byte. */
function byBook(key: Uint8Array, plain: Uint8Array): Uint8Array {
  const s = Array.from({ length: 256 }, (_, i) => i)
  const swap = (a: number, b: number): void => {
    ;[s[a], s[b]] = [s[b]!, s[a]!]
  }
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + s[i]! + key[i % key.length]!) % 256
    swap(i, j)
  }
  let i = 0
  let j = 0
  return plain.map(byte => {
    i = (i + 1) % 256
    j = (j + s[i]!) % 256
    swap(i, j)
    return byte ^ s[(s[i]! + s[j]!) % 256]!
  })
}
