import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressBytes, addressText, decodeCompactPeers, encodeCompactPeers } from './compact-peers.ts'

const v4 = fc.uint8Array({ minLength: 4, maxLength: 4 })
const v6 = fc.uint8Array({ minLength: 16, maxLength: 16 })

test('addresses go to text and back', () => {
  fc.assert(
    fc.property(fc.oneof(v4, v6), bytes => {
      const text = addressText(bytes)
      const back = addressBytes(text)
      // IPv4-mapped addresses come back as IPv4.
      expect(back).toEqual(bytes.length === 16 && !text.includes(':') ? bytes.subarray(12) : bytes)
    }),
  )
  for (const [long, short] of [
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
  ] as const)
    expect(addressText(addressBytes(long))).toBe(short)
  for (const wrong of ['1.2.3', '1.2.3.256', '::1::', 'x::', '1:2:3:4:5:6:7:8:9'])
    expect(() => addressBytes(wrong), wrong).toThrow(TypeError)
})

test('compact peers: port 0 and a rest are passed over, and no more than wanted are read', () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 0, 0, 5, 6, 7, 8, 1, 0, 9)
  expect(decodeCompactPeers(bytes, 4, 10)).toEqual([{ address: '5.6.7.8', port: 256 }])
  expect(encodeCompactPeers([{ address: '5.6.7.8', port: 256 }], 4)).toEqual(bytes.subarray(6, 12))
  expect(decodeCompactPeers(new Uint8Array(600).fill(1), 4, 3)).toHaveLength(3)
})
