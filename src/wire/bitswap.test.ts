import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, PeerageError } from '../base/index.ts'
import {
  type BitswapMessage,
  type BitswapPart,
  BitswapReader,
  type BlockRoom,
  bitswapLimits,
  encodeBitswap,
  encodeRawBlocks,
} from './bitswap.ts'
import { bytesField, encodeVarint, varintField } from './protobuf.ts'

const bytes = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength }).map(array => Uint8Array.from(array))
const cid = bytes(1, bitswapLimits.cidBytes)
const message: fc.Arbitrary<BitswapMessage> = fc.record({
  full: fc.boolean(),
  wants: fc.array(
    fc.record({
      cid,
      priority: fc.nat(0x7fff_ffff),
      cancel: fc.boolean(),
      type: fc.constantFrom('have', 'block'),
      sendDontHave: fc.boolean(),
    }),
    { maxLength: 8 },
  ),
  blocks: fc.array(fc.record({ prefix: bytes(0, 8), data: bytes(0, 600) }), { maxLength: 4 }),
  presences: fc.array(fc.record({ cid, has: fc.boolean() }), { maxLength: 8 }),
  pendingBytes: fc.nat(),
})
const empty: BitswapMessage = { full: false, wants: [], blocks: [], presences: [], pendingBytes: 0 }
const want = {
  cid: Uint8Array.of(1, 2),
  priority: 1,
  cancel: false,
  type: 'have',
  sendDontHave: true,
} as const

function read(wire: Uint8Array, chunkBytes = wire.length, room?: BlockRoom): BitswapPart[] {
  const reader = new BitswapReader(room)
  const parts: BitswapPart[] = []
  for (let at = 0; at < wire.length; at += chunkBytes)
    parts.push(...reader.push(wire.subarray(at, at + chunkBytes)))
  expect(reader.isInside).toBe(false)
  return parts
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

/** A message of these fields. */
const framed = (...fields: Uint8Array[]): Uint8Array => {
  const body = concat(fields)
  return concat([encodeVarint(body.length), body])
}

describe('messages', () => {
  it('come back as they went, in chunks of any size', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 64 }),
        (all, size) => {
          const wire = concat(all.flatMap(encodeBitswap))
          const parts = all.flatMap(({ blocks, ...notes }) => [
            ...blocks.map(block => ({ block })),
            { notes },
          ])
          const order = (part: object): number => ('notes' in part ? 1 : 0)
          expect(read(wire, size)).toEqual(parts)
          expect(parts.length).toBeGreaterThanOrEqual(order(parts.at(-1)!))
        },
      ),
    )
  })

  it('are those of the specification', () => {
    // By number, and without what is zero: as Go and JavaScript write them.
    const wire = concat(encodeBitswap({ ...empty, wants: [want] }))
    expect([...wire]).toEqual([14, 0x0a, 12, 0x0a, 10, 0x0a, 2, 1, 2, 0x10, 1, 0x20, 1, 0x28, 1])
    const block = { prefix: Uint8Array.of(9), data: Uint8Array.of(7, 8) }
    expect([...concat(encodeBitswap({ ...empty, blocks: [block] }))]).toEqual([
      9, 0x1a, 7, 0x0a, 1, 9, 0x12, 2, 7, 8,
    ])
  })

  it('of version 1.0 have blocks without a prefix', () => {
    const data = Uint8Array.of(1, 2, 3)
    expect(read(concat(encodeRawBlocks([data])), 1)).toEqual([
      { block: { prefix: new Uint8Array(0), data } },
      { notes: { full: false, wants: [], presences: [], pendingBytes: 0 } },
    ])
  })

  it('may have fields that nobody knows, and negative priorities', () => {
    const negative = concat([encodeVarint(16), new Uint8Array(9).fill(0xff), Uint8Array.of(1)])
    const entry = concat([...bytesField(1, want.cid), negative, ...varintField(4, 1), ...varintField(5, 1)])
    const list = concat([...bytesField(1, entry), ...varintField(9, 3)])
    const wire = framed(...varintField(77, 5), ...bytesField(78, list), ...bytesField(1, list))
    expect(read(wire, 3)).toEqual([
      { notes: { full: false, wants: [{ ...want, priority: 0 }], presences: [], pendingBytes: 0 } },
    ])
  })

  it('pass over a block that there is no room for', () => {
    const blocks = [1, 2].map(size => ({ prefix: Uint8Array.of(1), data: new Uint8Array(size * 1000) }))
    const wire = concat(encodeBitswap({ ...empty, blocks }))
    const parts = read(wire, 100, length => (length > 1000 ? undefined : new Uint8Array(length)))
    expect(parts.slice(0, 2)).toEqual([{ block: blocks[0] }, { refused: 2000 }])
  })

  it.each([
    ['longer than 4 MiB', encodeVarint(bitswapLimits.messageBytes + 1), 'wire.limit'],
    ['with a block that is longer', framed(encodeVarint(26), encodeVarint(100)), 'wire.invalid'],
    [
      'with data that are longer than their block',
      framed(...bytesField(3, Uint8Array.of(18, 9))),
      'wire.invalid',
    ],
    ['with two data in a block', framed(...bytesField(3, Uint8Array.of(18, 0, 18, 0))), 'wire.invalid'],
    ['with a field that is cut off', framed(Uint8Array.of(10)), 'wire.invalid'],
    ['with a block that is cut off', framed(...bytesField(3, Uint8Array.of(10))), 'wire.invalid'],
    ['with a group', framed(Uint8Array.of(3)), 'wire.invalid'],
    ['with a number without end', new Uint8Array(16).fill(0x80), 'wire.invalid'],
    ['with a long prefix', framed(...bytesField(3, concat(bytesField(1, new Uint8Array(41))))), 'wire.limit'],
    [
      'of very many fields',
      framed(new Uint8Array((bitswapLimits.fields + 1) * 2).map((_, at) => (at % 2 === 0 ? 80 : 0))),
      'wire.limit',
    ],
    ['that say nothing, very many', new Uint8Array(bitswapLimits.emptyMessages + 1), 'wire.limit'],
    [
      'with a want-list of 2 MiB',
      framed(...bytesField(1, new Uint8Array(2 * bitswapLimits.notesBytes))),
      'wire.limit',
    ],
  ])('%s are refused', (_, wire, code) => {
    expect(codeOf(() => read(wire))).toBe(code)
    expect(codeOf(() => read(wire, 1))).toBe(code)
  })

  it('are read as far as so many wants and presences', () => {
    const wants = Array.from({ length: bitswapLimits.wants + 10 }, () => want)
    const presences = Array.from({ length: bitswapLimits.presences + 10 }, () => ({
      cid: want.cid,
      has: false,
    }))
    const [part] = read(concat(encodeBitswap({ ...empty, wants, presences })))
    if (part === undefined || !('notes' in part)) throw new Error('there are no notes')
    expect(part.notes.wants.length).toBe(bitswapLimits.wants)
    expect(part.notes.presences.length).toBe(bitswapLimits.presences)
  })
})
