import { expect, test } from 'vitest'
import { fromHex, VirtualWorld } from '../../base/index.ts'
import { compareDistance, isSecureId, secureId, sharedBits } from './node-id.ts'

// BEP 42, "node id calculation": address, last byte, and an id that fits.
const vectors = [
  ['124.31.75.21', '5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401'],
  ['21.75.31.124', '5a3ce9c14e7a08645677bbd1cfe7d8f956d53256'],
  ['65.23.51.170', 'a5d43220bc8f112a3d426c84764f8c2a1150e616'],
  ['84.124.73.14', '1b0321dd1bb1fe518101ceef99462b947a01ff41'],
  ['43.213.53.83', 'e56f6cbf5b7c4be0237986d5243b87aa6d51305a'],
] as const

test.each(vectors)('the vector of BEP 42 for %s', (ip, id) => {
  expect(isSecureId(ip, fromHex(id))).toBe(true)
  const wrong = fromHex(id)
  wrong[0]! ^= 0x80
  expect(isSecureId(ip, wrong)).toBe(false)
})

test('an id that we make fits our address', () => {
  const { random } = new VirtualWorld(3)
  for (const ip of ['124.31.75.21', '2001:db8:1234:5678::1'])
    expect(isSecureId(ip, secureId(ip, random))).toBe(true)
  expect(isSecureId('192.168.1.2', random.bytes(20))).toBe(true)
})

test('distance and shared bits', () => {
  const zero = new Uint8Array(20)
  const one = Uint8Array.from({ length: 20 }, (_, i) => (i === 19 ? 1 : 0))
  const top = Uint8Array.from({ length: 20 }, (_, i) => (i === 0 ? 128 : 0))
  expect(sharedBits(zero, zero)).toBe(160)
  expect(sharedBits(zero, one)).toBe(159)
  expect(sharedBits(zero, top)).toBe(0)
  expect(compareDistance(zero, one, top)).toBeLessThan(0)
})
