import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encode } from './bencode-encode.ts'
import { key } from './bencoded.ts'
import { addressText } from './compact-peers.ts'
import { decodeHolepunch, encodeHolepunch, type Holepunch } from './holepunch.ts'
import { decodeUtPex, encodeUtPex, type PexPeer } from './ut-pex.ts'

const port = fc.integer({ min: 1, max: 65_535 })
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const address = fc.oneof(bytes(4), bytes(16)).map(addressText)
const endpoint = fc.record({ address, port })
const pexPeer: fc.Arbitrary<PexPeer> = fc.record({
  address,
  port,
  encryption: fc.boolean(),
  seed: fc.boolean(),
  utp: fc.boolean(),
  holepunch: fc.boolean(),
  reachable: fc.boolean(),
})
const isV6 = ({ address }: { address: string }): number => Number(address.includes(':'))

test('ut_pex: what is encoded is decoded', () => {
  fc.assert(
    fc.property(
      fc.array(pexPeer, { maxLength: 50 }),
      fc.array(endpoint, { maxLength: 50 }),
      (added, dropped) => {
        const sorted = <T extends { address: string }>(list: readonly T[]): T[] =>
          [...list].sort((a, b) => isV6(a) - isV6(b))
        expect(decodeUtPex(encodeUtPex({ added, dropped }))).toEqual({
          added: sorted(added),
          dropped: sorted(dropped),
        })
      },
    ),
  )
})

test('ut_pex: more than fifty are not believed, nor sent', () => {
  const added = encode(new Map([[key('added'), new Uint8Array(6 * 200).fill(1)]]))
  expect(decodeUtPex(added).added.length).toBe(50)
  const peer = {
    address: '1.1.1.1',
    port: 1,
    encryption: false,
    seed: false,
    utp: false,
    holepunch: false,
    reachable: false,
  }
  expect(() => encodeUtPex({ added: new Array(51).fill(peer), dropped: [] })).toThrow(TypeError)
})

test('ut_pex: flags may be missing, or too few', () => {
  const message = encode(
    new Map([
      [key('added'), Uint8Array.of(1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2)],
      [key('added.f'), Uint8Array.of(0x16)],
    ]),
  )
  expect(decodeUtPex(message).added).toMatchObject([
    { address: '1.1.1.1', seed: true, utp: true, reachable: true, encryption: false, holepunch: false },
    { address: '2.2.2.2', seed: false, utp: false, reachable: false },
  ])
})

test('holepunch: what is encoded is decoded', () => {
  const message: fc.Arbitrary<Holepunch> = fc.oneof(
    fc.record({ type: fc.constantFrom('rendezvous' as const, 'connect' as const), endpoint }),
    fc.record({
      type: fc.constant('error' as const),
      endpoint,
      error: fc.constantFrom('no-such-peer', 'not-connected', 'no-support', 'no-self', undefined),
    }),
  )
  fc.assert(
    fc.property(message, one => {
      expect(decodeHolepunch(encodeHolepunch(one))).toEqual(one)
    }),
  )
})

test('holepunch: the bytes of BEP 55', () => {
  const endpoint = { address: '192.0.2.1', port: 6881 }
  const bytes = Uint8Array.of(2, 0, 192, 0, 2, 1, 26, 225, 0, 0, 0, 3)
  expect(encodeHolepunch({ type: 'error', endpoint, error: 'no-support' })).toEqual(bytes)
  expect(decodeHolepunch(Uint8Array.of(1, 0, 192, 0, 2, 1, 26, 225))).toEqual({ type: 'connect', endpoint })
})

test.each([
  ['cut', Uint8Array.of(0, 0, 1, 2, 3)],
  ['of a strange family', Uint8Array.of(0, 2, 1, 2, 3, 4, 0, 1)],
  ['with port 0', Uint8Array.of(0, 0, 1, 2, 3, 4, 0, 0)],
  ['an error without a code', Uint8Array.of(2, 0, 1, 2, 3, 4, 0, 1)],
])('holepunch: a message %s is refused', (_, payload) => {
  expect(() => decodeHolepunch(payload)).toThrow(expect.objectContaining({ code: 'wire.invalid' }))
})

test('holepunch: an unknown type is passed over', () => {
  expect(decodeHolepunch(Uint8Array.of(9))).toBeUndefined()
})
