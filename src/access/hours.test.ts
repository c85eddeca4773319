import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileHours, openUntil } from './hours.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const at = (text: string): number => Date.parse(`${text}Z`)
/** Berlin, 2026: an hour ahead; two from 29 March, 1:00 UTC, to 25 October, 1:00 UTC. */
const berlin = (time: number): number =>
  time >= at('2026-03-29T01:00') && time < at('2026-10-25T01:00') ? 2 * hour : hour
const utc = (_: number): number => 0

const ends = (hours: string, now: string, zone = utc): string | undefined => {
  const end = openUntil(compileHours(hours), at(now), zone)
  return end === undefined ? undefined : new Date(end).toISOString().slice(0, 16)
}

describe('hours of the day', () => {
  test.each([
    ['08:00-18:00', '2026-01-10T07:59', undefined],
    ['08:00-18:00', '2026-01-10T08:00', '2026-01-10T18:00'],
    ['08:00-18:00', '2026-01-10T17:59', '2026-01-10T18:00'],
    ['08:00-18:00', '2026-01-10T18:00', undefined],
    ['22:00-06:00', '2026-01-10T23:00', '2026-01-11T06:00'],
    ['22:00-06:00', '2026-01-11T05:59', '2026-01-11T06:00'],
    ['22:00-06:00', '2026-01-11T06:00', undefined],
    ['00:00-24:00', '2026-01-10T12:00', '2026-01-11T00:00'],
    ['07:00-07:00', '2026-01-10T06:00', '2026-01-10T07:00'],
  ])('%s at %s', (hours, now, end) => expect(ends(hours, now)).toBe(end))

  test('are those of the clock on the wall, also when it is put forward or back', () => {
    expect(ends('08:00-18:00', '2026-01-10T07:00', berlin)).toBe('2026-01-10T17:00')
    expect(ends('08:00-18:00', '2026-07-10T06:00', berlin)).toBe('2026-07-10T16:00')
    // 22:00 to 6:00 is an hour shorter in March and longer in October.
    expect(ends('22:00-06:00', '2026-03-28T21:00', berlin)).toBe('2026-03-29T04:00')
    expect(ends('22:00-06:00', '2026-10-24T20:00', berlin)).toBe('2026-10-25T05:00')
    // 2:30 does not come in March: it is over when 2:00 becomes 3:00.
    expect(ends('01:00-02:30', '2026-03-29T00:10', berlin)).toBe('2026-03-29T01:00')
    // And a day that ends while the clock is put forward ends then, whether or not the next begins at once.
    expect(ends('02:00-02:00', '2026-03-28T22:59', berlin)).toBe('2026-03-29T01:00')
    expect(ends('02:50-02:30', '2026-03-28T02:00', berlin)).toBe('2026-03-29T01:00')
    expect(ends('03:01-02:30', '2026-03-28T03:00', berlin)).toBe('2026-03-29T01:00')
    // It comes twice in October.
    expect(ends('02:00-02:30', '2026-10-25T00:10', berlin)).toBe('2026-10-25T00:30')
    expect(ends('02:00-02:30', '2026-10-25T00:40', berlin)).toBeUndefined()
    expect(ends('02:00-02:30', '2026-10-25T01:10', berlin)).toBe('2026-10-25T01:30')
    expect(ends('01:30-02:15', '2026-10-25T00:00', berlin)).toBe('2026-10-25T00:15')
    expect(ends('01:30-02:50', '2026-10-25T00:00', berlin)).toBe('2026-10-25T00:50')
    expect(ends('01:30-03:00', '2026-10-25T00:00', berlin)).toBe('2026-10-25T02:00')
  })

  test('end exactly when a clock that is asked every minute says so', () => {
    const clock = fc
      .nat(1439)
      .map(n => `${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}`)
    const when = fc.oneof(
      fc.integer({ min: 0, max: 365 * 1440 }),
      ...['2026-03-29T01:00', '2026-10-25T01:00'].map(jump =>
        fc.integer({ min: -1600, max: 200 }).map(off => (at(jump) - at('2026-01-01T00:00')) / minute + off),
      ),
    )
    fc.assert(
      fc.property(clock, clock, when, (from, to, minutes) => {
        const now = at('2026-01-01T00:00') + minutes * minute
        const isIn = (time: number): boolean => {
          const text = new Date(time + berlin(time)).toISOString().slice(11, 16)
          if (from === to) return true
          return from < to ? from <= text && text < to : from <= text || text < to
        }
        const end = openUntil(compileHours(`${from}-${to}`), now, berlin)
        expect(end !== undefined).toBe(isIn(now))
        if (end === undefined) return
        expect(end).toBeGreaterThan(now)
        let first = now
        while (first < end && isIn(first)) first += minute
        expect(first).toBe(end)
        // One period follows another at once only where there is no pause, or where the clock skips all of it.
        const pauseSkipped = end === at('2026-03-29T01:00') && '02:00' <= to && to < from && from <= '03:00'
        expect(isIn(end)).toBe(from === to || pauseSkipped)
        expect(end - now).toBeLessThanOrEqual(day + hour)
      }),
      { numRuns: 300, examples: [['02:00', '02:00', 125_219]] },
    )
  })
})
