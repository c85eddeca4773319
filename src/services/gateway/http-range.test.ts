import { expect, test } from 'vitest'
import { parseEntityBytes, readRange, spanOf } from './http-range.ts'

test.each([
  ['bytes=6-16', { from: 6, to: 16 }],
  ['bytes=-3', { from: 28, to: 30 }],
  ['bytes=-300', { from: 0, to: 30 }],
  ['bytes=30-', { from: 30, to: 30 }],
  ['bytes=0-99999', { from: 0, to: 30 }],
  ['bytes=6-16,0-4', { from: 6, to: 16 }],
  ['bytes=31-', 'beyond'],
  ['bytes=-0', 'beyond'],
  ['bytes=5-4', undefined],
  ['bytes=-', undefined],
  ['bytes=a-b', undefined],
  ['items=0-1', undefined],
  ['bytes=9999999999999999-', undefined],
  [undefined, undefined],
])('the range %j of 31 bytes', (header, range) => {
  expect(readRange(header, 31)).toEqual(range)
})

test('an empty file has no range', () => {
  expect(readRange('bytes=0-', 0)).toBe('beyond')
  expect(readRange('bytes=-1', 0)).toBe('beyond')
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
