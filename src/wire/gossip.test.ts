import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, PeerageError, toHex } from '../base/index.ts'
import { encode } from './bencode-encode.ts'
import { dictionary, type Encodable } from './bencoded.ts'
import { decodeGossip, encodeGossip, type GossipMessage, gossipFrameReader, gossipLimits } from './gossip.ts'

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
const digest = bytes(32, 32)
const peer = fc.stringMatching(/^[1-9A-HJ-NP-Za-km-z]{1,60}$/)
const topic = fc.stringMatching(/^[a-z]{1,16}:[0-9A-Za-z]{1,64}$/)
const address = fc.stringMatching(/^\/[\x21-\x7e]{1,100}$/)
const message: fc.Arbitrary<GossipMessage> = fc.oneof(
  fc
    .array(fc.tuple(topic, digest), { maxLength: 20 })
    .map(entries => ({ type: 'have' as const, topics: new Map(entries) })),
  fc.record({
    type: fc.constant('want' as const),
    topic,
    ids: fc.array(digest.map(toHex), { maxLength: 20 }),
  }),
  fc.record(
    {
      type: fc.constant('tell' as const),
      topic,
      statements: fc.array(bytes(1, 300), { minLength: 1, maxLength: 20 }),
      more: fc.constant(true),
    },
    { requiredKeys: ['type', 'topic', 'statements'] },
  ),
  fc
    .array(fc.tuple(peer, fc.array(address, { maxLength: 8 })), { maxLength: 20 })
    .map(entries => ({ type: 'where' as const, peers: new Map(entries) })),
)

/** All messages of a stream that comes in chunks of `size` bytes. */
function readAll(stream: Uint8Array, size: number): GossipMessage[] {
  const out: GossipMessage[] = []
  let reader = gossipFrameReader()
  for (let at = 0; at < stream.length; ) {
    const { consumed, frame } = reader.push(stream.subarray(at, at + size))
    at += consumed
    if (frame === undefined) continue
    out.push(decodeGossip(frame))
    reader = gossipFrameReader()
  }
  return out
}

describe('gossip messages', () => {
  it('round-trip one after the other, in chunks of any size', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 4 }), fc.integer({ min: 1, max: 500 }), (messages, size) => {
        expect(readAll(concat(messages.map(encodeGossip)), size)).toEqual(messages)
      }),
    )
  })

  it('throw nothing but PeerageError for mutations', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(message, edits, (message, edits) => {
        const bytes = encodeGossip(message)
        for (const [at, byte] of edits) bytes[at % bytes.length] = byte
        codeOf(() => readAll(bytes, 100))
      }),
    )
  })

  const read = (entries: Record<string, Encodable>): string | undefined =>
    codeOf(() => decodeGossip(encode(dictionary(entries))))
  const d = new Uint8Array(32)

  it('are refused when malformed', () => {
    expect(read({})).toBe('wire.invalid')
    expect(read({ have: new Map(), later: 1 })).toBe('wire.invalid')
    expect(read({ have: [] })).toBe('wire.invalid')
    expect(read({ have: dictionary({ 'circle:1': new Uint8Array(31) }) })).toBe('wire.invalid')
    expect(read({ have: dictionary({ circle: d }) })).toBe('wire.invalid')
    expect(read({ have: dictionary({ 'circle:\u202e': d }) })).toBe('wire.invalid')
    expect(read({ have: dictionary({ [`circle:${'a'.repeat(122)}`]: d }) })).toBe('wire.invalid')
    expect(read({ want: 'circle:1', ids: new Uint8Array(33) })).toBe('wire.invalid')
    expect(read({ want: 1, ids: d })).toBe('wire.invalid')
    expect(read({ tell: 'circle:1', statements: [] })).toBe('wire.invalid')
    expect(read({ tell: 'circle:1', statements: [''] })).toBe('wire.invalid')
    expect(read({ tell: 'circle:1', statements: [1] })).toBe('wire.invalid')
    expect(read({ tell: 'circle:1', statements: ['x'], more: 0 })).toBe('wire.invalid')
    expect(read({ where: dictionary({ peer: 'text' }) })).toBe('wire.invalid')
    expect(read({ where: dictionary({ '0': [] }) })).toBe('wire.invalid')
    expect(read({ where: dictionary({ peer: ['no slash'] }) })).toBe('wire.invalid')
    expect(read({ where: dictionary({ peer: ['/\u001b[2J'] }) })).toBe('wire.invalid')
    expect(read({ where: dictionary({ peer: [`/${'a'.repeat(256)}`] }) })).toBe('wire.invalid')
  })

  it('are refused beyond every bound', () => {
    const { frameBytes, topics, ids, statements, statementBytes, peers, addresses } = gossipLimits
    const many = <Value>(count: number, value: Value): Value[] => Array.from({ length: count }, () => value)
    const named = (count: number, value: Encodable): ReadonlyMap<string, Encodable> =>
      new Map(Array.from({ length: count }, (_, at) => [`t:${at + 10_000}`, value]))
    const places = (count: number): ReadonlyMap<string, Encodable> =>
      new Map(Array.from({ length: count }, (_, at) => [`p${at + 111}`.replaceAll('0', 'A'), ['/x']]))
    expect(read({ have: named(topics, d) })).toBeUndefined()
    expect(read({ have: named(topics + 1, d) })).toBe('wire.limit')
    expect(read({ want: 't:1', ids: new Uint8Array(ids * 32) })).toBeUndefined()
    expect(read({ want: 't:1', ids: new Uint8Array((ids + 1) * 32) })).toBe('wire.limit')
    expect(read({ tell: 't:1', statements: many(statements, 'x') })).toBeUndefined()
    expect(read({ tell: 't:1', statements: many(statements + 1, 'x') })).toBe('wire.limit')
    expect(read({ tell: 't:1', statements: [new Uint8Array(statementBytes)] })).toBeUndefined()
    expect(read({ tell: 't:1', statements: [new Uint8Array(statementBytes + 1)] })).toBe('wire.limit')
    expect(read({ where: places(peers) })).toBeUndefined()
    expect(read({ where: places(peers + 1) })).toBe('wire.limit')
    expect(read({ where: new Map([['p', many(addresses, '/x')]]) })).toBeUndefined()
    expect(read({ where: new Map([['p', many(addresses + 1, '/x')]]) })).toBe('wire.limit')
    expect(read({ tell: 't:1', statements: many(2, new Uint8Array(frameBytes / 2)) })).toBe('bencode.limit')
    expect(codeOf(() => gossipFrameReader().push(Uint8Array.of(4, 0, 1)))).toBe('wire.limit')
    expect(codeOf(() => gossipFrameReader().push(Uint8Array.of(0, 0, 0)))).toBe('wire.invalid')
  })

  it('cannot be written beyond them', () => {
    expect(() => encodeGossip({ type: 'tell', topic: 'circle:1', statements: [] })).toThrow(TypeError)
    expect(() => encodeGossip({ type: 'want', topic: 'nothing', ids: [] })).toThrow(TypeError)
  })
})
