import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Bencoded, decode, encode } from '../wire/index.ts'
import { decodeLimits, encodeLimits, isWithin, type Limits, limitsSchema, parseHours } from './limits.ts'

const minute = fc.nat(1439)
const clock = (at: number): string =>
  [Math.floor(at / 60), at % 60].map(part => String(part).padStart(2, '0')).join(':')
const hours = fc.tuple(minute, minute).map(([from, to]) => `${clock(from)}-${clock(to)}`)
const few = fc.nat(5)
const limits: fc.Arbitrary<Limits> = fc.record(
  {
    hours,
    bytes: few,
    bytesPerDay: few,
    bytesPerSecond: few.map(n => n + 1),
    uses: few,
    lanOnly: fc.constant(true),
  },
  { requiredKeys: [] },
)

/** Which minutes of the day are within `text`, one by one. */
function minutesOf(text: string | undefined): Set<number> {
  const { from, minutes } = text === undefined ? { from: 0, minutes: 1440 } : parseHours(text)!
  return new Set(Array.from({ length: minutes }, (_, i) => (from + i) % 1440))
}

describe('limits', () => {
  test('come out of a statement as they went in', () => {
    fc.assert(
      fc.property(limits, one => {
        const read = decodeLimits(decode(encode(encodeLimits(one))))
        expect(read).toEqual(Object.keys(one).length === 0 ? undefined : one)
      }),
    )
  })

  test.each<[string, Bencoded]>([
    ['no dictionary', 5],
    ['nothing', new Map()],
    ['an unknown name', new Map([['weather', 1]])],
    ['a negative number', new Map([['bytes', -1]])],
    ['a number as text', new Map<string, Bencoded>([['bytes', Buffer.from('1')]])],
    ['a rate of 0', new Map([['bytesPerSecond', 0]])],
    ['lanOnly that is not 1', new Map([['lanOnly', 0]])],
    ['hours that are none', new Map<string, Bencoded>([['hours', Buffer.from('9-5')]])],
  ])('are refused with %s', (_, value) => {
    expect(decodeLimits(value)).toBeUndefined()
  })

  test('hours have a beginning and a length, over midnight too', () => {
    expect(parseHours('08:00-18:30')).toEqual({ from: 480, minutes: 630 })
    expect(parseHours('22:00-06:00')).toEqual({ from: 1320, minutes: 480 })
    expect(parseHours('00:00-24:00')).toEqual({ from: 0, minutes: 1440 })
    expect(parseHours('07:00-07:00')).toEqual({ from: 420, minutes: 1440 })
    for (const text of ['8:00-9:00', '24:00-01:00', '08:00-24:30', '08:60-09:00', '08:00', ''])
      expect(parseHours(text)).toBeUndefined()
    expect(limitsSchema.safeParse({ hours: 'always' }).success).toBe(false)
  })

  test('are within others when no minute and no number goes beyond', () => {
    fc.assert(
      fc.property(limits, limits, (inner, outer) => {
        const outerMinutes = minutesOf(outer.hours)
        const numbers = ['bytes', 'bytesPerDay', 'bytesPerSecond', 'uses'] as const
        const expected =
          [...minutesOf(inner.hours)].every(one => outerMinutes.has(one)) &&
          (outer.hours === undefined || inner.hours !== undefined) &&
          (outer.lanOnly !== true || inner.lanOnly === true) &&
          numbers.every(name => (inner[name] ?? Infinity) <= (outer[name] ?? Infinity))
        expect(isWithin(inner, outer)).toBe(expected)
        expect(isWithin(inner, inner)).toBe(true)
        expect(isWithin(inner, {})).toBe(true)
      }),
    )
  })
})
