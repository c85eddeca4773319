import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fuzz } from './device-codes.fuzz.ts'
import { decodeConsent, decodeStatements, encodeConsent, encodeStatements } from './device-codes.ts'

test('a code survives the line breaks of mails and terminals', () => {
  const code = encodeConsent(new Uint8Array(200).fill(7))
  expect(decodeConsent(`  ${code.match(/.{1,40}/g)!.join('\r\n')}\n`)).toEqual(new Uint8Array(200).fill(7))
})

test('any statements come back, and parts of a code or the other kind are refused', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { minLength: 1, maxLength: 5 }),
      statements => {
        const code = encodeStatements(statements)
        expect(decodeStatements(code)).toEqual(statements)
        expect(() => decodeStatements(code.slice(0, -2))).toThrow('not the whole text')
        expect(() => decodeConsent(code)).toThrow('not the whole text')
      },
    ),
  )
  expect(() => decodeConsent(`peerage-device:${'A'.repeat(100_000)}`)).toThrow('not the whole text')
})

test('the fuzz target holds on its seeds and on random changes of them', () => {
  for (const seed of fuzz.seeds) fuzz.run(seed)
  const change = fc.record({
    seed: fc.constantFrom(...fuzz.seeds),
    at: fc.nat(40),
    bytes: fc.uint8Array({ maxLength: 4 }),
  })
  fc.assert(
    fc.property(change, ({ seed, at, bytes }) => {
      const mutant = seed.slice()
      mutant.set(bytes.subarray(0, Math.max(0, mutant.length - at)), Math.min(at, mutant.length))
      fuzz.run(mutant)
    }),
  )
})
