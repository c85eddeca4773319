import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat, fromHex, toHex, utf8 } from '../base/index.ts'
import { bytesField, varintField } from './protobuf.ts'
import { fuzz } from './rendezvous.fuzz.ts'
import { decodeRendezvous, encodeRendezvous, type RendezvousMessage, rendezvousLimits } from './rendezvous.ts'

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map(array => Uint8Array.from(array))
const namespace = fc.string({ maxLength: 40, unit: 'grapheme-ascii' })
const ttl = fc.option(fc.maxSafeNat(), { nil: undefined })
const registration = fc.record({ namespace, record: bytes(300), ttl })
const cookie = fc.option(bytes(rendezvousLimits.cookie), { nil: undefined })
const message: fc.Arbitrary<RendezvousMessage> = fc.oneof(
  registration.map(one => ({ type: 'register' as const, ...one })),
  fc.record({ type: fc.constant('registered' as const), status: fc.nat(500), ttl }),
  fc.record({ type: fc.constant('unregister' as const), namespace }),
  fc.record({
    type: fc.constant('discover' as const),
    namespace: fc.option(namespace, { nil: undefined }),
    limit: ttl,
    cookie,
  }),
  fc.record({
    type: fc.constant('discovered' as const),
    status: fc.nat(500),
    registrations: fc.array(registration, { maxLength: 5 }),
    cookie,
  }),
)
const refusal = (input: Uint8Array) => () => decodeRendezvous(input)

test('what was written is read', () => {
  fc.assert(
    fc.property(message, value => {
      expect(decodeRendezvous(encodeRendezvous(value))).toEqual(value)
    }),
  )
})

test('it is written as the specification numbers it', () => {
  // type = REGISTER, register = { ns = "ab", signedPeerRecord = 01 02, ttl = 7200 }
  expect(
    toHex(encodeRendezvous({ type: 'register', namespace: 'ab', record: fromHex('0102'), ttl: 7_200 })),
  ).toBe(`0800120b0a02616212020102${'18a038'}`)
  // type = DISCOVER_RESPONSE, discoverResponse = { cookie = 07, status = 103 }
  expect(
    toHex(encodeRendezvous({ type: 'discovered', status: 103, registrations: [], cookie: fromHex('07') })),
  ).toBe('080432051201071867')
})

test('random bytes reveal no defect', () => {
  fc.assert(fc.property(bytes(400), input => fuzz.run(input)))
})

test('each bound holds', () => {
  const limit = expect.objectContaining({ code: 'wire.limit' })
  const long = utf8('x'.repeat(rendezvousLimits.namespace + 1))
  expect(refusal(concat([...varintField(1, 2), ...bytesField(4, concat(bytesField(1, long)))]))).toThrow(
    limit,
  )
  const register = (field: Uint8Array[]) => concat([...varintField(1, 0), ...bytesField(2, concat(field))])
  expect(refusal(register(bytesField(2, new Uint8Array(rendezvousLimits.record + 1))))).toThrow(limit)
  const many = Array.from({ length: rendezvousLimits.registrations + 9 }, () => ({
    namespace: 'x',
    record: new Uint8Array(1),
  }))
  expect(
    decodeRendezvous(encodeRendezvous({ type: 'discovered', status: 0, registrations: many })),
  ).toMatchObject({ registrations: { length: rendezvousLimits.registrations } })
  const flood = Array.from({ length: rendezvousLimits.fields + 1 }, () => varintField(9, 1)).flat()
  expect(refusal(concat(flood))).toThrow(limit)
  expect(refusal(concat(varintField(1, 77)))).toThrow(expect.objectContaining({ code: 'wire.invalid' }))
})
