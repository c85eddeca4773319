import { expect, test } from 'vitest'
import { maxCues, srtCues } from './srt-cues.ts'

test('cues with their times; what makes no sense is left out', () => {
  const text =
    '1\r\n00:00:01,500 --> 00:00:02.250\r\nHello\r\n<i>there</i>\r\n\r\nnonsense\n\n2\n00:00:05,0 --> 00:00:04,0\nbackwards\n\n01:00:00,000 --> 01:00:01,000 X1:1\nlate'
  expect(srtCues(text)).toEqual([
    { from: 1.5, to: 2.25, text: 'Hello\n<i>there</i>' },
    { from: 3600, to: 3601, text: 'late' },
  ])
})

test('no more cues than any film has', () => {
  expect(srtCues('00:00:01,000 --> 00:00:02,000\nx\n\n'.repeat(maxCues + 5))).toHaveLength(maxCues)
})
