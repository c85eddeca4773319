import { CarReader as TheirReader, CarWriter as TheirWriter } from '@ipld/car'
import * as dagCbor from '@ipld/dag-cbor'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { concat, PeerageError, utf8 } from '../base/index.ts'
import { CarReader, carLimits, carSectionHead, carV2DataOffset, carV2Head, encodeCarHeader } from './car.ts'
import { encodeVarint } from './protobuf.ts'

const cid = CID.parse('bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e')
const v0 = CID.parse('QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn')
const section = (root: CID, block: Uint8Array): Uint8Array =>
  concat([carSectionHead(root.bytes, block.length), block])
const framed = (header: Uint8Array): Uint8Array => concat([encodeVarint(header.length), header])
const v1 = concat([encodeCarHeader([cid, v0]), section(cid, utf8('hello world')), section(v0, utf8('x'))])
const expected = [concat([cid.bytes, utf8('hello world')]), concat([v0.bytes, utf8('x')])]

function read(bytes: Uint8Array, size: number = bytes.length + 1) {
  const reader = new CarReader()
  const sections: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) sections.push(...reader.push(bytes.subarray(at, at + size)))
  reader.end()
  return { ...reader.header!, sections }
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
}

describe('archives', () => {
  it('are read from chunks of any size, in both versions', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.constantFrom(1, 2), (size, version) => {
        const index = utf8('an index that is passed over')
        const bytes = version === 1 ? v1 : concat([carV2Head(v1.length), v1, index])
        const roots = [cid.bytes, v0.bytes]
        expect(read(bytes, size)).toEqual({ version, roots, sections: expected })
      }),
    )
  })

  it('are given without a copy where what was not whole is pushed again with what follows', () => {
    const reader = new CarReader()
    const half = v1.length - 20
    const first = [...reader.push(v1.subarray(0, half))]
    const left = reader.takeBack()
    expect(reader.at).toBe(half - left)
    const again = v1.subarray(half - left)
    const sections = [...first, ...reader.push(again)]
    reader.end()
    expect(sections).toEqual(expected)
    expect(reader.at).toBe(v1.length)
    expect(sections.at(-1)!.buffer).toBe(again.buffer)
  })

  it('keep their roots when the chunk that these came in is used again', () => {
    const reader = new CarReader()
    const chunk = v1.slice()
    expect([...reader.push(chunk)]).toHaveLength(2)
    chunk.fill(0)
    expect(reader.header?.roots).toEqual([cid.bytes, v0.bytes])
  })

  it('of version 2 may have padding in front of their data', () => {
    const head = carV2Head(v1.length)
    new DataView(head.buffer).setBigUint64(11 + 16, BigInt(carV2DataOffset + 9), true)
    expect(read(concat([head, new Uint8Array(9).fill(255), v1]), 10).sections).toEqual(expected)
  })

  it('of ours are read by @ipld/car, and the other way round', async () => {
    for (const bytes of [v1, concat([carV2Head(v1.length), v1])]) {
      const theirs = await TheirReader.fromBytes(bytes)
      expect((await theirs.getRoots()).map(String)).toEqual([cid, v0].map(String))
      const blocks: Uint8Array[] = []
      for await (const block of theirs.blocks()) blocks.push(concat([block.cid.bytes, block.bytes]))
      expect(blocks).toEqual(expected)
    }
    const { writer, out } = TheirWriter.create([cid])
    const written = (async () => {
      await writer.put({ cid, bytes: utf8('hello world') })
      await writer.close()
    })()
    const chunks: Uint8Array[] = []
    for await (const chunk of out) chunks.push(chunk)
    await written
    expect(read(concat(chunks), 3)).toEqual({
      version: 1,
      roots: [cid.bytes],
      sections: expected.slice(0, 1),
    })
  })

  const v2 = (offset: number, size: number | bigint): Uint8Array => {
    const head = carV2Head(0)
    const view = new DataView(head.buffer, 11 + 16)
    view.setBigUint64(0, BigInt(offset), true)
    view.setBigUint64(8, BigInt(size), true)
    return concat([head, v1])
  }
  it.each([
    ['nothing', new Uint8Array(0)],
    ['something else', utf8('this is no archive at all')],
    ['one that is cut off', v1.subarray(0, -1)],
    ['a header that is cut off', v1.subarray(0, 20)],
    ['a length that is cut off', concat([v1, Uint8Array.of(0x80)])],
    ['a length without an end', new Uint8Array(20).fill(255)],
    ['a huge header', framed(new Uint8Array(carLimits.headerBytes + 1)).subarray(0, 20)],
    ['an empty header', Uint8Array.of(0)],
    ['a header that is no map', framed(dagCbor.encode([1]))],
    ['a header without roots', framed(dagCbor.encode({ version: 1 }))],
    ['roots that are none', framed(dagCbor.encode({ version: 1, roots: ['a'] }))],
    ['too many roots', encodeCarHeader(Array.from({ length: carLimits.roots + 1 }, () => cid))],
    ['version 3', framed(dagCbor.encode({ version: 3, roots: [] }))],
    ['a header of lists in lists', framed(new Uint8Array(carLimits.headerBytes).fill(0x81))],
    ['an empty section', concat([v1, Uint8Array.of(0)])],
    ['a huge section', concat([v1, encodeVarint(carLimits.sectionBytes + 1)])],
    ['version 2 in version 2', concat([carV2Head(100), carV2Head(100)])],
    ['version 2 that is shorter than it says', v2(carV2DataOffset, v1.length + 1)],
    ['version 2 whose data end within a block', v2(carV2DataOffset, v1.length - 1)],
    ['version 2 with data in its header', v2(carV2DataOffset - 1, v1.length)],
    ['version 2 with data far away', v2(carV2DataOffset + carLimits.paddingBytes + 1, v1.length)],
    ['version 2 without data', v2(carV2DataOffset, 0)],
    ['version 2 of more bytes than there are numbers', v2(carV2DataOffset, 2n ** 64n - 1n)],
  ])('%s is refused', (_what, bytes) => {
    expect(codeOf(() => read(bytes))).toBe('car.invalid')
    expect(codeOf(() => read(bytes, 5))).toBe('car.invalid')
  })
})
