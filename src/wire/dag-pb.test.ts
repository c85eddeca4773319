import * as theirs from '@ipld/dag-pb'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { compareBytes, concat, fromHex, PeerageError, utf8 } from '../base/index.ts'
import { dagPbLimits, dagPbLinkBytes, decodeDagPb, encodeDagPb, type PbLink, type PbNode } from './dag-pb.ts'
import { bytesField, varintField } from './protobuf.ts'

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
}

const cid = CID.parse('bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354')
const link: fc.Arbitrary<PbLink> = fc.record(
  {
    hash: fc.constant(cid.bytes),
    name: fc.string({ unit: 'grapheme', maxLength: 12 }),
    size: fc.oneof(fc.nat(), fc.maxSafeNat()),
  },
  { requiredKeys: ['hash'] },
)
const node: fc.Arbitrary<PbNode> = fc.record(
  {
    links: fc
      .array(link, { maxLength: 8 })
      .map(links => links.toSorted((a, b) => compareBytes(utf8(a.name ?? ''), utf8(b.name ?? '')))),
    data: fc.uint8Array({ maxLength: 40 }).map(bytes => Uint8Array.from(bytes)),
  },
  { requiredKeys: ['links'] },
)
const hashField = concat(bytesField(1, cid.bytes))
const linkField = (body: Uint8Array): Uint8Array => concat(bytesField(2, body))

describe('nodes', () => {
  it('come back as they went, and are what @ipld/dag-pb makes of them', () => {
    fc.assert(
      fc.property(node, value => {
        const bytes = encodeDagPb(value)
        expect(decodeDagPb(bytes)).toEqual(value)
        const read = theirs.decode(bytes)
        expect(theirs.encode(read)).toEqual(bytes)
        expect(read.Links.map(({ Name, Tsize }) => [Name, Tsize])).toEqual(
          value.links.map(({ name, size }) => [name, size]),
        )
        expect(read.Data).toEqual(value.data)
      }),
    )
  })

  it('may have their data before their links', () => {
    const bytes = theirs.encode(
      { Data: utf8('x'), Links: [{ Hash: cid, Name: 'a' }] },
      { fieldOrder: 'data-first' },
    )
    expect(decodeDagPb(bytes)).toEqual({ links: [{ hash: cid.bytes, name: 'a' }], data: utf8('x') })
  })

  it('are as long as is foretold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.maxSafeNat(), (name, size) => {
        const bytes = encodeDagPb({ links: [{ hash: cid.bytes, name, size }] })
        expect(dagPbLinkBytes(cid.bytes.length, utf8(name).length, size)).toBe(bytes.length)
      }),
    )
  })

  it.each([
    ['a link without a hash', linkField(concat(bytesField(2, utf8('a'))))],
    ['an empty link', linkField(new Uint8Array(0))],
    ['a name before the hash', linkField(concat([...bytesField(2, utf8('a')), hashField]))],
    [
      'a size before the name',
      linkField(concat([hashField, ...varintField(3, 1), ...bytesField(2, utf8('a'))])),
    ],
    ['two names', linkField(concat([hashField, ...bytesField(2, utf8('a')), ...bytesField(2, utf8('a'))]))],
    ['an unknown field in a link', linkField(concat([hashField, ...varintField(4, 1)]))],
    ['an unknown field', concat(bytesField(3, utf8('a')))],
    ['a field of another type', concat(varintField(1, 1))],
    ['data twice', concat([...bytesField(1, utf8('a')), ...bytesField(1, utf8('a'))])],
    [
      'links on both sides of the data',
      concat([linkField(hashField), ...bytesField(1, utf8('a')), linkField(hashField)]),
    ],
    ['a length beyond the end', fromHex('0a05')],
    ['a length beyond the end of its link', fromHex('12020a05aaaaaaaaaa')],
    ['a number without an end', new Uint8Array(12).fill(255)],
    ['a name that is not UTF-8', linkField(concat([hashField, ...bytesField(2, fromHex('ff'))]))],
  ])('with %s are refused', (_what, bytes) => {
    expect(codeOf(() => decodeDagPb(bytes))).toBe('wire.invalid')
  })

  it.each([
    ['more bytes', new Uint8Array(dagPbLimits.blockBytes + 1)],
    ['more links', concat(Array.from({ length: dagPbLimits.links + 1 }, () => fromHex('12020a00')))],
    ['a longer hash', linkField(concat(bytesField(1, new Uint8Array(dagPbLimits.hashBytes + 1))))],
    [
      'a longer name',
      linkField(concat([hashField, ...bytesField(2, new Uint8Array(dagPbLimits.nameBytes + 1))])),
    ],
  ])('with %s than they may have are refused', (_what, bytes) => {
    expect(codeOf(() => decodeDagPb(bytes))).toBe('wire.limit')
  })

  it('of any bytes are refused or read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), bytes => {
        expect(['wire.invalid', undefined]).toContain(codeOf(() => decodeDagPb(Uint8Array.from(bytes))))
      }),
    )
  })
})
