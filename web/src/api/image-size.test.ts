import fc from 'fast-check'
import { expect, test } from 'vitest'
import { imageSize } from './image-size.ts'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))

test.each([
  ['PNG', '89504e47 0d0a1a0a 0000000d 49484452 00000280 000001e0', 640, 480],
  ['GIF', '474946383961 8002 e001', 640, 480],
  ['WebP, lossy', '52494646 00000000 57454250 56503820 00000000 000000 9d012a 8002 e001', 640, 480],
  ['WebP, lossless', '52494646 00000000 57454250 5650384c 00000000 2f 7fc27700', 640, 480],
  ['WebP, extended', '52494646 00000000 57454250 56503858 00000000 00000000 7f0200 df0100', 640, 480],
  ['JPEG', 'ffd8 ffe0 0004 0000 ffc4 0003 00 ffc2 0011 08 01e0 0280 03', 640, 480],
])('%s', (_, hex, width, height) => {
  expect(imageSize(bytes(hex))).toEqual({ width, height })
})

test('anything else has none, wherever it ends', () => {
  expect(imageSize(bytes('ffd8 ffe0 0004 0000'))).toBeUndefined()
  expect(imageSize(bytes('ffd8 00'))).toBeUndefined()
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.constantFrom('', 'ffd8ff', '474946383961'),
      (rest, head) => {
        const size = imageSize(Uint8Array.from([...bytes(head), ...rest]))
        expect(size === undefined || (size.width >= 0 && size.height >= 0)).toBe(true)
      },
    ),
  )
})
