import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, fromHex, PeerageError, utf8 } from '../base/index.ts'
import { DelimitedReader, encodeDelimited } from './delimited.ts'
import {
  decodeKademlia,
  encodeKademlia,
  type KademliaMessage,
  type KademliaPeer,
  kademliaConnections,
  kademliaLimits,
  kademliaTypes,
} from './kademlia.ts'
import { bytesField, encodeVarint, varintField } from './protobuf.ts'

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
}

const bytes = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength }).map(array => Uint8Array.from(array))
const peer: fc.Arbitrary<KademliaPeer> = fc.record({
  id: bytes(1, kademliaLimits.idBytes),
  addresses: fc.array(bytes(1, kademliaLimits.addressBytes), { maxLength: kademliaLimits.addresses }),
  connection: fc.constantFrom(...kademliaConnections),
})
const message: fc.Arbitrary<KademliaMessage> = fc.record(
  {
    type: fc.constantFrom(...kademliaTypes),
    key: bytes(0, kademliaLimits.keyBytes),
    record: fc.record({
      key: bytes(0, kademliaLimits.keyBytes),
      value: bytes(0, 1_000),
      received: fc.string({ maxLength: 16 }),
    }),
    closer: fc.array(peer, { maxLength: kademliaLimits.closer }),
    providers: fc.array(peer, { maxLength: 40 }),
  },
  { requiredKeys: ['type', 'key', 'closer', 'providers'] },
)
const one: KademliaPeer = { id: Uint8Array.of(1), addresses: [], connection: 'connected' }
const question: KademliaMessage = { type: 'FIND_NODE', key: utf8('k'), closer: [], providers: [] }

describe('messages', () => {
  it('come back as they went', () => {
    fc.assert(
      fc.property(message, value => {
        expect(decodeKademlia(encodeKademlia(value))).toEqual(value)
      }),
    )
  })

  it('are those of the specification', () => {
    // As Go and JavaScript write them: by number; what is zero is left out.
    expect(encodeKademlia(question)).toEqual(fromHex('080412016b'))
    expect(encodeKademlia({ ...question, type: 'PUT_VALUE', closer: [one] })).toEqual(
      fromHex('12016b42050a01011801'),
    )
  })

  it('may have their fields in any order, twice, and others besides', () => {
    const level = concat([encodeVarint(80), fromHex('ffffffffffffffffff01')])
    const turned = concat([
      ...bytesField(2, utf8('a')),
      level,
      ...bytesField(2, utf8('k')),
      ...varintField(1, 4),
    ])
    expect(decodeKademlia(turned)).toEqual(question)
    expect(decodeKademlia(concat([turned, ...bytesField(77, utf8('later'))]))).toEqual(question)
  })

  it.each([
    ['a type that there is not', concat(varintField(1, 6)), 'wire.invalid'],
    ['a type that is no number', concat(bytesField(1, utf8('x'))), 'wire.invalid'],
    ['a key that is a number', concat(varintField(2, 1)), 'wire.invalid'],
    ['a peer without a name', concat(bytesField(8, concat(varintField(3, 1)))), 'wire.invalid'],
    ['a length beyond the end', fromHex('4205'), 'wire.invalid'],
    ['a time that is no text', concat(bytesField(3, concat(bytesField(5, fromHex('ff'))))), 'wire.invalid'],
    ['a type of fields that there is not', fromHex('5e'), 'wire.invalid'],
    ['a field without a number', fromHex('0000'), 'wire.invalid'],
    ['a number of eleven bytes', concat([encodeVarint(80), new Uint8Array(11).fill(255)]), 'wire.invalid'],
    ['too many bytes', new Uint8Array(kademliaLimits.answerBytes + 1), 'wire.limit'],
    ['a long key', concat(bytesField(2, new Uint8Array(kademliaLimits.keyBytes + 1))), 'wire.limit'],
    [
      'a long name',
      concat(bytesField(9, concat(bytesField(1, new Uint8Array(kademliaLimits.idBytes + 1))))),
      'wire.limit',
    ],
    [
      'a large value',
      concat(bytesField(3, concat(bytesField(2, new Uint8Array(kademliaLimits.valueBytes + 1))))),
      'wire.limit',
    ],
  ])('with %s are refused', (_what, wire, code) => {
    expect(codeOf(() => decodeKademlia(wire))).toBe(code)
  })

  it('with more peers or addresses than we want are read as far as we want', () => {
    const generous = { ...one, addresses: Array.from({ length: 40 }, (_, i) => Uint8Array.of(i)) }
    const long = { ...one, addresses: [new Uint8Array(kademliaLimits.addressBytes + 1), Uint8Array.of(7)] }
    const many = {
      ...question,
      closer: [generous, long, ...Array.from({ length: 100 }, () => one)],
      providers: Array.from({ length: 300 }, () => one),
    }
    const { closer, providers } = decodeKademlia(encodeKademlia(many))
    expect(closer).toHaveLength(kademliaLimits.closer)
    expect(closer[0]!.addresses).toHaveLength(kademliaLimits.addresses)
    expect(closer[1]!.addresses).toEqual([Uint8Array.of(7)])
    expect(providers).toHaveLength(kademliaLimits.providers)
  })
})

describe('frames behind their length', () => {
  it('are read from chunks of any size', () => {
    fc.assert(
      fc.property(
        fc.array(bytes(0, 600), { maxLength: 5 }),
        fc.integer({ min: 1, max: 700 }),
        (all, size) => {
          const stream = concat(all.map(encodeDelimited))
          const reader = new DelimitedReader(600)
          const out: Uint8Array[] = []
          for (let at = 0; at < stream.length; at += size)
            out.push(...reader.push(stream.subarray(at, at + size)))
          expect(out).toEqual(all)
        },
      ),
    )
  })

  it.each([
    ['one too long', encodeVarint(601), 'wire.limit'],
    ['a length that does not end', fromHex('ffffffff01'), 'wire.limit'],
    ['a length that is longer than need be', fromHex('8000'), 'wire.invalid'],
  ])('%s is refused', (_what, wire, code) => {
    expect(codeOf(() => [...new DelimitedReader(600).push(wire)])).toBe(code)
  })
})
