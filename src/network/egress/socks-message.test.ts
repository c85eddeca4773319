import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  checkPasswordReply,
  decodeDatagram,
  decodeMethod,
  decodeReply,
  encodeDatagram,
  encodeGreeting,
  encodePassword,
  encodeRequest,
  replyLength,
  socksCommand,
} from './socks-message.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const addresses = fc.record({
  host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
  port: fc.nat({ max: 65_535 }),
})

test('what we say is as RFC 1928 and RFC 1929 have it', () => {
  expect(hex(encodeGreeting(false))).toBe('050100')
  expect(hex(encodeGreeting(true))).toBe('05020002')
  expect(hex(encodePassword({ user: 'me', password: 'abc' }))).toBe('01026d6503616263')
  expect(hex(encodeRequest(socksCommand.connect, { host: '192.0.2.1', port: 80 }))).toBe(
    '05010001c00002010050',
  )
  expect(hex(encodeRequest(socksCommand.connect, { host: 'a.b', port: 443 }))).toBe('0501000303612e6201bb')
  expect(hex(encodeDatagram({ host: '192.0.2.1', port: 80 }, Uint8Array.of(9)))).toBe(
    '00000001c0000201005009',
  )
})

test('a reply names its length at once, and the address', () => {
  fc.assert(
    fc.property(addresses, to => {
      const reply = Uint8Array.from(encodeRequest(0, to))
      expect(replyLength(reply.subarray(0, 5))).toBe(reply.length)
      expect(decodeReply(reply).port).toBe(to.port)
    }),
  )
})

test('a datagram comes out as it went in; a fragment and a name do not', () => {
  fc.assert(
    fc.property(addresses, fc.uint8Array({ maxLength: 50 }), (to, bytes) => {
      const packet = Uint8Array.from(encodeDatagram(to, bytes))
      const datagram = decodeDatagram(packet)
      if (packet[3] === 3) expect(datagram).toBeUndefined()
      else expect(Buffer.from(datagram!.bytes)).toEqual(Buffer.from(bytes))
      packet[2] = 1
      expect(decodeDatagram(packet)).toBeUndefined()
    }),
  )
})

test('a proxy that wants what we do not have, or is none, is refused', () => {
  expect(decodeMethod(Uint8Array.of(5, 0), true)).toBe(false)
  expect(decodeMethod(Uint8Array.of(5, 2), true)).toBe(true)
  expect(() => decodeMethod(Uint8Array.of(5, 2), false)).toThrow('wants a user name')
  expect(() => decodeMethod(Uint8Array.of(5, 255), true)).toThrow('accepts no password')
  expect(() => decodeMethod(Uint8Array.of(4, 0), true)).toThrow('does not speak SOCKS 5')
  expect(() => checkPasswordReply(Uint8Array.of(1, 1))).toThrow('refuses the user name or the password')
  expect(() => replyLength(Uint8Array.of(5, 5, 0, 1, 0))).toThrow('refused there')
  expect(() => replyLength(Uint8Array.of(5, 0, 0, 9, 0))).toThrow('unknown kind')
})
