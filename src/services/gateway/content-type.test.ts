import { expect, test } from 'vitest'
import { concat, utf8 } from '../../base/index.ts'
import { sniffedBytes, typeByBytes, typeByName } from './content-type.ts'

const none = new Uint8Array(0)

test.each([
  ['a.css', none, 'text/css; charset=utf-8'],
  ['A.HTML', none, 'text/html'],
  ['x.constructor', utf8('plain'), 'text/plain; charset=utf-8'],
  [undefined, none, 'text/plain; charset=utf-8'],
  [undefined, Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), 'image/png'],
  [undefined, utf8('....ftypavif'), 'image/avif'],
  [undefined, utf8('\n <!DOCTYPE html><p>'), 'text/html; charset=utf-8'],
  [undefined, utf8('<?xml version="1.0"?><svg xmlns="">'), 'image/svg+xml'],
  [undefined, Uint8Array.of(1, 2, 3), 'application/octet-stream'],
  [undefined, Uint8Array.of(0xff, 0xfe, 0x41), 'application/octet-stream'],
  ['README', utf8('# a'), 'text/plain; charset=utf-8'],
  [undefined, utf8(' {"a": [1]}\n'), 'application/json'],
  [undefined, utf8(`[{"a\\"b" : "${'x'.repeat(600)}"}]`), 'application/json'],
  [undefined, utf8('{"a": [1]'), 'text/plain; charset=utf-8'],
  [undefined, utf8('[a](b) and more'), 'text/plain; charset=utf-8'],
  [undefined, utf8(`{${'x'.repeat(600)}`), 'text/plain; charset=utf-8'],
])('%j %s', (name, first, type) => {
  expect(typeByName(name ?? '') ?? typeByBytes(first)).toBe(type)
})

test('a character may be cut off where the looking ends', () => {
  expect(typeByBytes(concat([utf8('a'.repeat(sniffedBytes - 1)), utf8('\u00e4')]))).toBe(
    'text/plain; charset=utf-8',
  )
})
