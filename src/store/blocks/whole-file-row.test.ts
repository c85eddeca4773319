import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeRow, encodeRow, findInRow } from './whole-file-row.ts'

const file = fc.record({
  start: fc.nat({ max: 2 ** 48 - 1 }),
  dag: fc.oneof(fc.constant(1), fc.nat({ max: 2 ** 40 })),
  file: fc.nat({ max: 10_000_000 }),
  length: fc.integer({ min: 1, max: 16_384 }),
})
const files = fc
  .uniqueArray(file, { maxLength: 100, selector: ({ dag, file }) => `${dag} ${file}` })
  .map(some => some.toSorted((a, b) => a.start - b.start))

test('files are found again in what they are packed to, and no others', () => {
  fc.assert(
    fc.property(files, fc.nat({ max: 2 ** 48 - 1 }), (some, other) => {
      const first = some[0]?.start ?? 0
      const row = encodeRow(first, some)
      expect(decodeRow(first, row)).toEqual(some)
      for (const start of [other, ...some.map(one => one.start)])
        expect(findInRow(first, row, start)).toEqual(some.filter(one => one.start === start))
    }),
  )
})

test('the ends of what there is', () => {
  const some = [
    { start: 0, dag: 1, file: 0, length: 1 },
    { start: 2 ** 48 - 1, dag: 2 ** 47, file: 2 ** 32, length: 16_384 },
  ]
  expect(decodeRow(0, encodeRow(0, some))).toEqual(some)
  expect(decodeRow(7, encodeRow(7, []))).toEqual([])
})

test('a file of a large content takes eight bytes', () => {
  const many = Array.from({ length: 60 }, (_, i) => ({
    start: Math.floor((i * 2 ** 48) / 100_000),
    dag: 1,
    file: (i * 7919) % 100_000,
    length: 1 + ((i * 37) % 2047),
  }))
  expect(encodeRow(0, many).length / many.length).toBeLessThan(8)
})

test('what is damaged holds none, or others, and takes no time', () => {
  expect(decodeRow(0, new Uint8Array(0))).toHaveLength(0)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      expect(decodeRow(0, bytes).length).toBeLessThanOrEqual(bytes.length * 8)
      findInRow(0, bytes, 5)
    }),
  )
})
