import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseBounds } from '../../../src/access/index.ts'
import { givenLimits, limitsOf, subjectsOf } from './audience.ts'

const clock = { wallTime: () => Date.UTC(2026, 10, 27), localOffset: () => 3_600_000 }

test('limits of a rule are understood again as what they were', () => {
  const amount = fc.oneof(
    fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    fc.integer({ min: 1, max: 9_999 }).map(count => count * 1e8),
  )
  const bounds = fc.record(
    {
      from: fc.integer({ min: 0, max: clock.wallTime() }),
      expires: fc.integer({ min: clock.wallTime() + 1, max: Date.UTC(2999, 0) }),
      hours: fc.constant('08:00-18:00'),
      bytes: amount,
      bytesPerDay: amount,
      bytesPerSecond: amount,
      uses: fc.nat(),
      lanOnly: fc.constant(true),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(bounds, before => {
      expect(parseBounds(limitsOf(before), clock)).toEqual(before)
    }),
  )
})

test('amounts are written as a person would', () => {
  expect(limitsOf({ bytes: 1_500_000_000, bytesPerDay: 1234, bytesPerSecond: 1_000_000 })).toEqual({
    bytes: '1.5GB',
    bytesADay: '1.234kB',
    rate: '1MB/s',
  })
})

test('who is chosen, and what is left empty', () => {
  expect(subjectsOf({ who: 'people', people: ['contacts'], limits: {} })).toEqual(['contacts'])
  expect(subjectsOf({ who: 'secret', people: ['contacts'], limits: {} })).toEqual(['secret'])
  expect(givenLimits({ until: '', hours: '', bytes: '1GB', lanOnly: false, uses: 0 })).toEqual({
    bytes: '1GB',
    uses: 0,
  })
})
