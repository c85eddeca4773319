import { publicKeyFromProtobuf } from '@libp2p/crypto/keys'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat } from '../base/index.ts'

// Incidents of others (CVE numbers in the names), which must not become ours again with some version of what we depend on.

const der = (tag: number, ...parts: Uint8Array[]): Uint8Array => {
  const body = concat(parts)
  return concat([Uint8Array.of(tag, 0x83, body.length >> 16, body.length >> 8, body.length), body])
}
const rsaEncryption = Uint8Array.of(0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01)

/** A public key with a modulus of so many bits, as libp2p writes it. */
function rsaKey(bits: number): Uint8Array {
  const modulus = new Uint8Array(bits / 8 + 1).fill(0xff, 1)
  const numbers = der(0x30, der(0x02, modulus), Uint8Array.of(0x02, 3, 1, 0, 1))
  const spki = der(0x30, der(0x30, rsaEncryption, Uint8Array.of(5, 0)), der(0x03, Uint8Array.of(0), numbers))
  return protobuf(spki)
}

const protobuf = (data: Uint8Array): Uint8Array =>
  concat([Uint8Array.of(0x08, 0, 0x12, (data.length & 127) | 128, data.length >> 7), data])

/** Processor time, in milliseconds: what the machine does besides does not count. */
function msOf(act: () => unknown): number {
  const began = process.threadCpuUsage()
  try {
    act()
  } catch {
    // Refusing is what is hoped for; how long it takes is the question.
  }
  const { user, system } = process.threadCpuUsage(began)
  return (user + system) / 1_000
}

test('CVE-2023-39533: an RSA key of more than 8192 bits is refused before anything is computed with it', () => {
  expect(() => publicKeyFromProtobuf(rsaKey(2048))).not.toThrow()
  expect(() => publicKeyFromProtobuf(rsaKey(8200))).toThrow()
  expect(msOf(() => publicKeyFromProtobuf(rsaKey(16_384)))).toBeLessThan(500)
})

test('CVE-2026-110789: a small key with mad lengths takes no time', () => {
  for (const mad of [
    [0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
    [0x30, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x84, 0xff, 0xff, 0xff, 0xff],
    [0x30, 0x80, 0x02, 0x80],
    [0x03, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x06, 0x84, 0x7f, 0xff, 0xff, 0xff],
  ])
    expect(msOf(() => publicKeyFromProtobuf(protobuf(Uint8Array.from(mad))))).toBeLessThan(500)
  const tag = fc.constantFrom(0x02, 0x03, 0x04, 0x05, 0x06, 0x16, 0x30)
  const length = fc.oneof(
    fc.nat(127).map(n => [n]),
    fc.array(fc.nat(255), { minLength: 1, maxLength: 8 }).map(bytes => [0x80 | bytes.length, ...bytes]),
  )
  const element = fc.tuple(tag, length, fc.array(fc.nat(255), { maxLength: 6 })).map(parts => parts.flat())
  fc.assert(
    fc.property(fc.array(element, { maxLength: 10 }), elements => {
      const key = protobuf(Uint8Array.from(elements.flat().flat()))
      expect(msOf(() => publicKeyFromProtobuf(key))).toBeLessThan(500)
    }),
  )
})
