import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat } from '../base/index.ts'
import { bytesField, varintField } from './protobuf.ts'
import { fuzz } from './whereabouts.fuzz.ts'
import { decodeWhereabouts, encodeWhereabouts, type Whereabouts, whereaboutsLimits } from './whereabouts.ts'

const bytes = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength }).map(array => Uint8Array.from(array))
const message: fc.Arbitrary<Whereabouts> = fc.record({
  type: fc.constantFrom('find', 'found', 'announce', 'join', 'accept', 'refuse', 'shuffle', 'shuffled'),
  id: fc.oneof(bytes(8, 8), bytes(0, 0)),
  hops: fc.nat(whereaboutsLimits.hops),
  topics: fc.array(bytes(32, 32), { maxLength: 5 }),
  records: fc.array(bytes(0, 300), { maxLength: 5 }),
})
const empty: Whereabouts = { type: 'find', id: new Uint8Array(0), hops: 0, topics: [], records: [] }

test('what was written is read', () => {
  fc.assert(
    fc.property(message, value => {
      expect(decodeWhereabouts(encodeWhereabouts(value))).toEqual(value)
    }),
  )
})

test('random bytes reveal no defect', () => {
  fc.assert(fc.property(bytes(0, 400), input => fuzz.run(input)))
  for (const seed of fuzz.seeds) fuzz.run(seed)
})

test.each([
  ['hops', { hops: whereaboutsLimits.hops + 1 }],
  ['topics', { topics: Array.from({ length: whereaboutsLimits.topics + 1 }, () => new Uint8Array(32)) }],
  ['records', { records: Array.from({ length: whereaboutsLimits.records + 1 }, () => new Uint8Array(1)) }],
  ['bytes of a record', { records: [new Uint8Array(whereaboutsLimits.record + 1)] }],
  ['bytes', { records: Array.from({ length: 17 }, () => new Uint8Array(4_096)) }],
])('%s are bounded', (_name, more) => {
  expect(() => decodeWhereabouts(encodeWhereabouts({ ...empty, ...more }))).toThrow(
    expect.objectContaining({ code: 'wire.limit' }),
  )
})

test.each([
  ['an unknown type', concat(varintField(1, 99))],
  ['a topic of another length', concat(bytesField(4, new Uint8Array(31)))],
  ['an id of another length', concat(bytesField(2, new Uint8Array(7)))],
  ['a field of another type', concat(bytesField(1, new Uint8Array(7)))],
])('%s is refused', (_name, input) => {
  expect(() => decodeWhereabouts(input)).toThrow(expect.objectContaining({ code: 'wire.invalid' }))
})
