import * as dagCbor from '@ipld/dag-cbor'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { expect, it } from 'vitest'
import { concat, PeerageError, utf8 } from '../base/index.ts'
import { fuzz } from './dag-cbor-links.fuzz.ts'
import { dagCborLinks } from './dag-cbor-links.ts'

const cid = CID.parse('bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354')
const other = CID.parse('bafkqaaa')
const limits = { nesting: 128, links: 100 }

function codeOf(bytes: readonly number[] | Uint8Array): string | undefined {
  try {
    dagCborLinks(Uint8Array.from(bytes), limits)
    return undefined
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
}

const { value } = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(cid, other),
    fc.constantFrom(null, true, false, 1.5, -0.1),
    fc.maxSafeInteger(),
    fc.string(),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 30 }),
    fc.dictionary(fc.string(), tie('value'), { noNullPrototype: true }),
  ),
}))

it('links of whatever others write are those that others read', () => {
  fc.assert(
    fc.property(value, written => {
      fuzz.run(dagCbor.encode(written))
      expect(codeOf(dagCbor.encode(written))).toBeUndefined()
    }),
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), bytes => fuzz.run(Uint8Array.from(bytes))))
})

it('links come in the order in which they stand, also where a key is a number', () => {
  const bytes = dagCbor.encode({ 10: other, b: cid, aa: [other, cid] })
  expect(dagCborLinks(bytes, limits).map(one => CID.decode(one).toString())).toEqual(
    [cid, other, other, cid].map(String),
  )
})

it('a block of millions of values has its links without making them', () => {
  const zeros = new Uint8Array(4_000_000)
  const list = concat([Uint8Array.of(0x9a, 0, 0x3d, 9, 1), zeros, dagCbor.encode(cid)])
  expect(dagCborLinks(list, limits)).toEqual([cid.bytes])
})

it.each([
  ['nothing', []],
  ['something behind it', [0, 0]],
  ['a list that is cut off', [0x82, 0]],
  ['a list that is longer than all there is', [0x9b, 0, 0, 0, 255, 255, 255, 255, 255]],
  ['a list of unknown length', [0x9f, 0, 0xff]],
  ['a number that is longer than it need be', [0x18, 23]],
  ['a text that is cut off', [0x62, 0x61]],
  ['a key that is no text', [0xa1, 0, 0]],
  ['another tag', [0xc1, 0]],
  ['a link that is a text', [0xd8, 42, 0x61, 0]],
  ['a link without 0', [0xd8, 42, 0x41, 1]],
  ['a link without anything', [0xd8, 42, 0x40]],
  ['a number that is none', [0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0]],
  ['infinity', [0xf9, 0x7c, 0]],
  ['a value that there is not', [0xf8, 20]],
])('%s is refused', (_what, bytes) => {
  expect(codeOf(bytes)).toBe('wire.invalid')
})

it('what is beyond a bound is refused', () => {
  expect(codeOf(new Uint8Array(1_000).fill(0x81))).toBe('wire.limit')
  expect(codeOf(dagCbor.encode(Array.from({ length: 101 }, () => other)))).toBe('wire.limit')
  expect(codeOf(dagCbor.encode(Array.from({ length: 100 }, () => other)))).toBeUndefined()
  expect(codeOf(concat([Uint8Array.of(0x65), utf8('hello')]))).toBeUndefined()
})
