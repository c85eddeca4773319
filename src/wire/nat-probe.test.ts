import fc from 'fast-check'
import { expect, it } from 'vitest'
import { concat } from '../base/index.ts'
import { addressBytes, addressText } from './compact-peers.ts'
import { fuzz } from './nat-probe.fuzz.ts'
import { decodeNatProbe, encodeNatProbe, isNatProbe, type NatProbe } from './nat-probe.ts'

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map(array => Uint8Array.from(array))
const probe: fc.Arbitrary<NatProbe> = fc.oneof(
  fc.record({ type: fc.constant('question' as const), token: bytes(8) }),
  fc.record({
    type: fc.constant('answer' as const),
    token: bytes(8),
    seen: fc.record({
      address: fc.oneof(bytes(4), bytes(16)).map(addressText),
      port: fc.integer({ min: 1, max: 65_535 }),
    }),
  }),
)

it('reads what it writes, and no answer is larger than its question', () => {
  const question = encodeNatProbe({ type: 'question', token: new Uint8Array(8) })
  fc.assert(
    fc.property(probe, probe => {
      const written = encodeNatProbe(probe)
      expect(isNatProbe(written)).toBe(true)
      expect(decodeNatProbe(written)).toEqual(probe)
      expect(written.length).toBeLessThanOrEqual(question.length)
    }),
  )
})

it('what a router looks for in packets does not stand in them', () => {
  const seen = { address: '192.0.2.1', port: 4001 }
  const written = encodeNatProbe({ type: 'answer', token: Uint8Array.of(9, 8, 7, 6, 5, 4, 3, 2), seen })
  expect(Buffer.from(written).includes(Buffer.from(addressBytes(seen.address)))).toBe(false)
})

it.each([
  ['another beginning', Uint8Array.of(0xb7, 0x6e, 0x61, 0x75, 1)],
  ['an unknown type', Uint8Array.of(0xb7, 0x6e, 0x61, 0x74, 3, ...new Uint8Array(26))],
  ['a short question', fuzz.seeds[0]!.subarray(0, -1)],
  ['a long question', concat([fuzz.seeds[0]!, new Uint8Array(1)])],
  ['a short answer', fuzz.seeds[1]!.subarray(0, -1)],
  ['nothing', new Uint8Array(0)],
])('%s is refused', (_what, bytes) => {
  expect(() => decodeNatProbe(bytes)).toThrow(expect.objectContaining({ code: 'wire.invalid' }))
})

it('random and changed probes reveal no defect', () => {
  for (const seed of fuzz.seeds) fuzz.run(seed)
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), input => fuzz.run(input)))
  fc.assert(
    fc.property(fc.constantFrom(...fuzz.seeds), fc.nat(40), fc.nat(255), (seed, at, byte) => {
      const changed = seed.slice()
      changed[at % changed.length] = byte
      fuzz.run(changed)
    }),
  )
})
