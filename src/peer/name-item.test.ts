import fc from 'fast-check'
import { expect, test } from 'vitest'
import { utf8 } from '../base/index.ts'
import { dictionary, type Encodable, encode } from '../wire/index.ts'
import { fuzz } from './name-item.fuzz.ts'
import { maxItemPath, pointerIn, pointerItem } from './name-item.ts'

const path = '/ipfs/bafkqaddwgevxmmraojswg33smq'
const [v1, v2] = [new Uint8Array(20).fill(1), new Uint8Array(32).fill(2)]
const read = (value: Readonly<Record<string, Encodable>>) => pointerIn(encode(dictionary(value)), 7n)

test('random items reveal no defect, and what is written is read', () => {
  for (const seed of fuzz.seeds) fuzz.run(seed)
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), input => fuzz.run(Uint8Array.from(input))))
  const hash = fc.constantFrom(undefined, v1, v2)
  const where = fc.option(fc.stringMatching(/^\/ip[fn]s\/[a-z0-9]{1,60}(?:\/[a-z ]{1,200})?$/), {
    nil: undefined,
  })
  fc.assert(
    fc.property(hash, where, fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (infoHash, path, sequence) => {
      const what = { ...(infoHash && { infoHash }), ...(path !== undefined && { path }) }
      const isNothing = infoHash === undefined && path === undefined
      expect(pointerIn(encode(pointerItem(what)), sequence)).toEqual(
        isNothing ? undefined : { ...what, sequence },
      )
    }),
  )
})

test('others read what BEP 46 says, we the whole hash and the path beside it', () => {
  const item = encode(pointerItem({ infoHash: v2, path }))
  expect(item).toEqual(encode(dictionary({ ih: v2.subarray(0, 20), ih2: v2, ipfs: utf8(path) })))
  expect(read({ ih: v1 })).toEqual({ infoHash: v1, sequence: 7n })
  // A hash of another length is none, and does not hide one that is right.
  expect(read({ ih: v1, ih2: v1 })).toEqual({ infoHash: v1, sequence: 7n })
  expect(read({ ih: v2, ipfs: utf8(path) })).toEqual({ path, sequence: 7n })
})

test('a path that is too long is not written, and not read', () => {
  const long = `${path}/${'x'.repeat(maxItemPath - path.length - 1)}`
  expect(read({ ipfs: utf8(long) })).toEqual({ path: long, sequence: 7n })
  expect(encode(pointerItem({ infoHash: v1, path: `${long}x` }))).toEqual(encode(dictionary({ ih: v1 })))
  expect(read({ ipfs: utf8(`${long}x`) })).toBeUndefined()
  // It is bytes that count.
  expect(encode(pointerItem({ infoHash: v1, path: `${long.slice(0, -1)}ü` }))).toEqual(
    encode(dictionary({ ih: v1 })),
  )
})

test.each<[string, Readonly<Record<string, Encodable>>]>([
  ['nothing', {}],
  ['hashes of other lengths', { ih: new Uint8Array(19), ih2: new Uint8Array(33) }],
  ['other types', { ih: 7, ih2: [v2], ipfs: dictionary({}) }],
  ['a path elsewhere', { ipfs: utf8('/etc/passwd') }],
  ['a path with nothing after its kind', { ipfs: utf8('/ipfs/') }],
  ['a path of two lines', { ipfs: utf8(`${path}/a\nb`) }],
  ['what is no text', { ipfs: Uint8Array.of(0x2f, 0xff, 0xfe) }],
])('an item with %s points nowhere', (_, value) => {
  expect(read(value)).toBeUndefined()
})

test('what is no dictionary points nowhere', () => {
  for (const bytes of [encode('x'), encode([v1]), encode(7), utf8('d2:ih'), new Uint8Array(0)])
    expect(pointerIn(bytes, 7n)).toBeUndefined()
})
