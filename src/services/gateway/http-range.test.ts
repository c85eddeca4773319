import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maxRanges, parseEntityBytes, readRanges, spanOf } from './http-range.ts'

test.each([
  ['bytes=6-16', [[6, 16]]],
  ['bytes=-3', [[28, 30]]],
  ['bytes=-300', [[0, 30]]],
  ['bytes=30-', [[30, 30]]],
  ['bytes=0-99999', [[0, 30]]],
  [
    'bytes=6-16,0-4',
    [
      [6, 16],
      [0, 4],
    ],
  ],
  [
    'bytes= 6-16 , 0-4,',
    [
      [6, 16],
      [0, 4],
    ],
  ],
  [
    'bytes=0-4,20-22,5-9',
    [
      [0, 9],
      [20, 22],
    ],
  ],
  ['bytes=20-22,0-4,3-21', [[0, 22]]],
  ['bytes=0-1,50-', [[0, 1]]],
  ['bytes=31-', 'beyond'],
  ['bytes=-0,40-50', 'beyond'],
  ['bytes=5-4', undefined],
  ['bytes=0-1,5-4', undefined],
  ['bytes=0-1,x', undefined],
  ['bytes=-', undefined],
  ['bytes=,', undefined],
  ['bytes=a-b', undefined],
  ['items=0-1', undefined],
  ['bytes=9999999999999999-', 'beyond'],
  ['bytes=3-9223372036854775807', [[3, 30]]],
  [`bytes=3-${'9'.repeat(400)}`, [[3, 30]]],
  [`bytes=-${'9'.repeat(400)}`, [[0, 30]]],
  ['BYTES=0-3', [[0, 3]]],
  [undefined, undefined],
])('the ranges %j of 31 bytes', (header, ranges) => {
  const spans = Array.isArray(ranges) ? ranges.map(([from, to]) => ({ from, to })) : ranges
  expect(readRanges(header, 31)).toEqual(spans)
})

test('an empty file is given as a whole', () => {
  expect(readRanges('bytes=0-', 0)).toBeUndefined()
  expect(readRanges('bytes=-1', 0)).toBeUndefined()
})

test('no more than so many ranges', () => {
  const header = (count: number): string =>
    `bytes=${Array.from({ length: count }, (_, i) => `${3 * i}-${3 * i}`).join()}`
  expect(readRanges(header(maxRanges), 1_000)).toHaveLength(maxRanges)
  expect(readRanges(header(maxRanges + 1), 1_000)).toBeUndefined()
})

test('each byte that is asked for is in one range, and no other is', () => {
  const spans = fc.array(fc.tuple(fc.nat(60), fc.nat(20)), { minLength: 1, maxLength: maxRanges })
  fc.assert(
    fc.property(spans, fc.integer({ min: 1, max: 70 }), (asked, size) => {
      const told = readRanges(`bytes=${asked.map(([from, more]) => `${from}-${from + more}`).join()}`, size)
      const bytes = (told === 'beyond' ? [] : told!).flatMap(({ from, to }) =>
        Array.from({ length: to - from + 1 }, (_, i) => from + i),
      )
      const wanted = new Set(
        asked.flatMap(([from, more]) => Array.from({ length: more + 1 }, (_, i) => from + i)),
      )
      expect(bytes.toSorted((a, b) => a - b)).toEqual(
        [...wanted].filter(at => at < size).sort((a, b) => a - b),
      )
    }),
  )
})

test.each([
  ['0:*', { from: 0, to: 1025 }],
  ['512:1023', { from: 512, to: 1023 }],
  ['512:-256', { from: 512, to: 770 }],
  ['-5:*', { from: 1021, to: 1025 }],
  ['-9999:*', { from: 0, to: 1025 }],
  ['-9999:-3', { from: 0, to: 1023 }],
  ['0:0', { from: 0, to: 0 }],
  ['5000:*', undefined],
  ['1000:-1000', undefined],
])('entity-bytes=%s of 1026 bytes', (text, span) => {
  expect(spanOf(parseEntityBytes(text)!, 1026)).toEqual(span)
})

test.each(['', '5', '5:', ':5', '*:5', '5:4', '-3:-4', '1e3:*', '5:**'])(
  'entity-bytes=%s is refused',
  text => {
    expect(parseEntityBytes(text)).toBeUndefined()
  },
)
