import fc from 'fast-check'
import { expect, test } from 'vitest'
import { alignTable, displayWidth } from './table.ts'
import { formatBytes, formatDuration, safeText, shorten, shortPeer } from './text.ts'
import { asTransferView, progressLine } from './transfer-view.ts'

test('control, bidi and invisible characters never reach the terminal', () => {
  expect(safeText('a\u001b[31mred\u0007\r\nb\u202egpj.exe\u200b\u0085\ud800')).toBe(
    'a?[31mred???b?gpj.exe???',
  )
  expect(safeText('Grüße 日本 🙂')).toBe('Grüße 日本 🙂')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      expect(safeText(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
    }),
  )
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [12_345, '12.3 kB'],
  [999_600, '1.00 MB'],
  [123_456_789, '123 MB'],
  [5e18, '5000 PB'],
])('%s bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test('durations are told in two units at most', () => {
  expect([0.4, 59.4, 125, 4_320, 100_000].map(formatDuration)).toEqual([
    '0 s',
    '59 s',
    '2 min 05 s',
    '1 h 12 min',
    '1 d 3 h',
  ])
})

test('long texts lose their middle', () => {
  expect(shorten('abcdefghij', 5)).toBe('ab…ij')
  expect(shorten('abc', 5)).toBe('abc')
  expect(shortPeer('12D3KooWGRUVhk9o3jTRr4vuPDvuHsJbE3tWyXJtVdX8x7Qp')).toBe('12D3KooW…X8x7Qp')
})

test('tables are aligned for wide characters too', () => {
  const lines = alignTable(
    [{ title: 'Name' }, { title: 'Size', right: true }],
    [
      ['日本', '1 B'],
      ['abc', '10 kB'],
    ],
  )
  expect(lines).toEqual(['Name   Size', '日本    1 B', 'abc   10 kB'])
  expect(displayWidth('é🙂')).toBe(3)
})

test('a transfer that nobody has told of yet is not said to be complete', () => {
  const told = { name: 'film', bytes: 0, totalBytes: 0, etaSeconds: 0, peers: [] }
  expect(progressLine(asTransferView({ ...told, state: 'finding' })!, 0, 79)).toBe('Finding film 0 peers')
  expect(progressLine(asTransferView({ ...told, state: 'complete' })!, 0, 79)).toContain('100%')
})

test('a progress line fits its width and tells what matters', () => {
  const view = {
    state: 'fetching',
    name: `Summer\u001b[2J${'x'.repeat(50)}`,
    bytes: 420_000_000,
    totalBytes: 1_000_000_000,
    downBytesPerSecond: 20_000_000,
    etaSeconds: 29,
    peers: [{ path: 'lan' }, { path: 'direct' }, { path: 'lan' }],
    files: 10,
  }
  const wide = progressLine(view, undefined, 140)
  for (const part of ['Fetching', ' 42%', '420 MB/1.00 GB', '20.0 MB/s', '29 s left', '2 LAN + 1 direct'])
    expect(wide).toContain(part)
  expect(wide).not.toContain('\u001b')
  expect(progressLine(view, undefined, 79)).toContain('2 LAN + 1 direct')
  expect(progressLine({ ...view, bytes: 77_300_000, totalBytes: 350_000_000 }, undefined, 79)).toContain(
    '77.3/350 MB',
  )
  for (const width of [20, 40, 60, 79, 100])
    expect(displayWidth(progressLine(view, undefined, width))).toBeLessThanOrEqual(width)
})

test('who waits for what nobody gives sees whom was asked', () => {
  const view = asTransferView({ phase: 'looking', name: 'bafy', asked: 3, quietMs: 12_400 })!
  expect(progressLine(view, undefined, 79)).toBe('Looking for bafy 3 peers asked · 12 s without an answer')
})
