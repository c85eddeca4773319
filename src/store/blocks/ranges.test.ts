import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Ranges } from './ranges.ts'

test('holds just what was added, packed and unpacked', () => {
  const stretch = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 8 }))
  fc.assert(
    fc.property(fc.array(stretch), stretch, (added, [from, length]) => {
      const ranges = new Ranges()
      const bits = new Set<number>()
      for (const [at, size] of added) {
        ranges.add(at, at + size)
        for (let i = at; i < at + size; i++) bits.add(i)
      }
      const again = Ranges.unpack(ranges.packed)
      expect(again.bytes).toBe(bits.size)
      const expected = Array.from({ length }, (_, i) => bits.has(from + i)).every(Boolean)
      expect(again.has(from, from + length)).toBe(expected)
    }),
  )
})

test('reads nothing out of damaged rows', () => {
  expect(Ranges.unpack(new Uint8Array(7)).bytes).toBe(0)
  expect(new Ranges([0, 10, 5, 20]).bytes).toBe(0)
  expect(new Ranges([0, Number.NaN]).bytes).toBe(0)
  expect(new Ranges([-5, 10]).bytes).toBe(0)
})
