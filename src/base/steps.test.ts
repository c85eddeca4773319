import fc from 'fast-check'
import { expect, test } from 'vitest'
import { atOnce, sortBySteps } from './steps.ts'

test('what is sorted by steps is what is sorted at once, equal items in their order', () => {
  const lengths = fc.constantFrom(0, 1, 2047, 2048, 2049, 6000, 9000)
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 5000 }), fc.integer(), (length, values, seed) => {
      const items = Array.from({ length }, (_, i) => ({
        i,
        value: Math.imul(i + seed, 2_654_435_761) % values,
      }))
      const compare = (a: { value: number }, b: { value: number }): number => a.value - b.value
      expect(atOnce(sortBySteps(items, compare))).toEqual(items.toSorted(compare))
    }),
    { numRuns: 30 },
  )
})

test('a step deals with some thousand items, however many there are', () => {
  let compared = 0
  const count = 50_000
  const items = Array.from({ length: count }, (_, i) => Math.imul(i, 2_654_435_761) >>> 0)
  const work = sortBySteps(items, (a, b) => {
    compared++
    return a - b
  })
  let most = 0
  for (let before = 0; work.next().done !== true; before = compared) most = Math.max(most, compared - before)
  expect(most).toBeLessThan(30_000)
  expect(compared).toBeGreaterThan(count * 10)
})
