import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseContentRange, parseRetryAfter } from './http-range.ts'

it('a range is read as it is written (RFC 9110)', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.nat(), (first, length, rest) => {
      const last = first + length
      const size = last + 1 + rest
      expect(parseContentRange(`bytes ${first}-${last}/${size}`)).toEqual({ first, last, size })
      expect(parseContentRange(`bytes ${first}-${last}/*`)).toEqual({ first, last, size: undefined })
    }),
  )
})

it.each(['', 'bytes */1234', 'bytes 5-4/10', 'bytes 0-10/10', 'lines 0-1/2', 'bytes 0-9999999999999999/*'])(
  'no range: %s',
  text => {
    expect(parseContentRange(text)).toBeUndefined()
  },
)

it.each([
  ['120', 120_000],
  ['0', 0],
  ['999999999', 86_400_000],
  ['Thu, 01 Jan 1970 00:01:00 GMT', 59_000],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['soon', undefined],
  ['-5', undefined],
])('waits after %s', (text, ms) => {
  expect(parseRetryAfter(text, 1_000)).toBe(ms)
})
