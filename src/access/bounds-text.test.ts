import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PeerageError } from '../base/index.ts'
import { type BoundsText, describeBounds, parseBounds } from './bounds-text.ts'
import { parsePolicy } from './policy.ts'

const hour = 3_600_000
const now = Date.UTC(2026, 10, 26, 12)
/** An hour ahead of UTC, two from April to October. */
const localOffset = (at: number): number => {
  const month = new Date(at).getUTCMonth()
  return month >= 3 && month < 9 ? 2 * hour : hour
}
const clock = { wallTime: () => now, localOffset }

describe('bounds of a permission', () => {
  it.each<[BoundsText, object, string[]]>([
    [{ until: '2026-12-24' }, { expires: Date.UTC(2026, 11, 24, 23) }, ['until 2026-12-25 00:00']],
    [{ until: '2026-12-24 18:30' }, { expires: Date.UTC(2026, 11, 24, 17, 30) }, ['until 2026-12-24 18:30']],
    [{ from: '2027-07-01' }, { from: Date.UTC(2027, 5, 30, 22) }, ['from 2027-07-01 00:00']],
    [{ from: '2h', until: '3 d' }, { from: now + 2 * hour, expires: now + 72 * hour }, expect.anything()],
    [
      { until: '2026-12-24T17:30:00.500Z' },
      { expires: Date.UTC(2026, 11, 24, 17, 30, 0, 500) },
      ['until 2026-12-24 18:30'],
    ],
    [{ hours: '08:00 - 18:00' }, { hours: '08:00-18:00' }, ['at 08:00-18:00']],
    [
      { bytes: '10GB', bytesADay: '1.5 GB' },
      { bytes: 1e10, bytesPerDay: 1.5e9 },
      ['10 GB in all', '1.5 GB a day'],
    ],
    [{ bytes: '700MiB' }, { bytes: 734_003_200 }, ['734.003 MB in all']],
    [{ bytes: '0' }, { bytes: 0 }, ['0 B in all']],
    [{ rate: '1MB/s' }, { bytesPerSecond: 1e6 }, ['1 MB/s']],
    [{ rate: '64 k' }, { bytesPerSecond: 64_000 }, ['64 kB/s']],
    [{ uses: 1 }, { uses: 1 }, ['once']],
    [{ uses: 3, lanOnly: true }, { uses: 3, lanOnly: true }, ['3 times', 'on the local network only']],
    [{ lanOnly: false }, {}, []],
  ])('%j', (text, bounds, words) => {
    expect(parseBounds(text, clock)).toEqual(bounds)
    expect(describeBounds(parseBounds(text, clock), localOffset)).toEqual(words)
  })

  it.each<BoundsText>([
    { until: '2026-11-25' },
    { until: 'tomorrow' },
    { until: '2026-02-30' },
    { until: '2026-13-01T00:00:00.000Z' },
    { until: '2026-02-30T00:00:00.000Z' },
    { from: '2026-12-24', until: '2026-12-23' },
    { hours: '8-18' },
    { bytes: '10 apples' },
    { bytes: '-1' },
    { bytes: '1e3' },
    { bytes: '999999999TB' },
    { rate: '0' },
    { rate: '1MB/h' },
  ])('%j is refused', text => {
    expect(() => parseBounds(text, clock)).toThrow(PeerageError)
  })

  it('are what a policy takes, whatever was written', () => {
    const field = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.stringMatching(/^\d{1,4}(\.\d)? ?[kMGT]?i?B?(\/s)?$/),
    )
    const fields = { from: field, until: field, hours: field, bytes: field, bytesADay: field, rate: field }
    fc.assert(
      fc.property(fc.record(fields, { requiredKeys: [] }), text => {
        try {
          const bounds = parseBounds(text, clock)
          expect(parsePolicy({ subjects: [], actions: ['read'], ...bounds })).toMatchObject(bounds)
        } catch (error) {
          if (!(error instanceof PeerageError) || error.code !== 'usage.invalid') throw error
        }
      }),
    )
  })
})
