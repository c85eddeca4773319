import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, PeerageError, toHex } from '../base/index.ts'
import { encode } from './bencode-encode.ts'
import { dictionary, type Encodable } from './bencoded.ts'
import { encodeFrame, FrameReader } from './frame-reader.ts'
import { MessageDecoder } from './message-decoder.ts'
import { encodeMessage, type Message } from './peer-wire.ts'
import {
  decodeSwarmAnswer,
  decodeSwarmHello,
  encodeSwarmAnswer,
  encodeSwarmHello,
  type SwarmAnswer,
  type SwarmHello,
  swarmFrameReader,
} from './swarm-hello.ts'

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
const hello: fc.Arbitrary<SwarmHello> = fc.record(
  { infoHash: digest, proof: digest, grants: fc.array(bytes(0, 300), { minLength: 1, maxLength: 4 }) },
  { requiredKeys: ['infoHash'] },
)
const answer: fc.Arbitrary<SwarmAnswer> = fc.oneof(
  fc.record(
    { ok: fc.constant(true as const), proof: digest, grant: bytes(0, 300) },
    { requiredKeys: ['ok'] },
  ),
  fc.constant({ ok: false as const }),
)

/** Reads one frame from chunks of `size` bytes; gives it and what is left of the stream. */
function readFrame(stream: Uint8Array, size: number): { frame: Uint8Array | undefined; rest: Uint8Array } {
  const reader = swarmFrameReader()
  let at = 0
  while (at < stream.length) {
    const chunk = stream.slice(at, at + size)
    const { consumed, frame } = reader.push(chunk)
    chunk.fill(0xaa)
    at += consumed
    if (frame !== undefined) return { frame, rest: stream.subarray(at) }
  }
  return { frame: undefined, rest: stream.subarray(at) }
}

const infoHash = new Uint8Array(32).fill(7)

describe('swarm hello and answer', () => {
  it('round-trip in chunks of any size and leave what follows', () => {
    const tail = encodeMessage({ type: 'have', piece: 3 })
    fc.assert(
      fc.property(hello, answer, fc.integer({ min: 1, max: 2000 }), (hello, answer, size) => {
        const first = readFrame(concat([encodeSwarmHello(hello), tail]), size)
        expect(decodeSwarmHello(first.frame!)).toEqual(hello)
        expect(first.rest).toEqual(tail)
        const second = readFrame(concat([encodeSwarmAnswer(answer), tail]), size)
        expect(decodeSwarmAnswer(second.frame!)).toEqual(answer)
        expect(second.rest).toEqual(tail)
      }),
    )
  })

  it('hand over to a MessageDecoder', () => {
    const messages: Message[] = []
    const decoder = new MessageDecoder({
      place: () => undefined,
      onMessage: message => messages.push(message),
    })
    const stream = concat([encodeSwarmHello({ infoHash }), encodeMessage({ type: 'have-all' })])
    decoder.push(readFrame(stream, 1000).rest)
    expect(messages).toEqual([{ type: 'have-all' }])
  })

  it('throw nothing but PeerageError for mutations', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(hello, answer, edits, (hello, answer, edits) => {
        for (const bytes of [encodeSwarmHello(hello), encodeSwarmAnswer(answer)]) {
          for (const [at, byte] of edits) bytes[at % bytes.length] = byte
          codeOf(() => readFrame(bytes, 10))
          codeOf(() => decodeSwarmHello(bytes.subarray(2)))
          codeOf(() => decodeSwarmAnswer(bytes.subarray(2)))
        }
      }),
    )
  })

  it('refuse in one way only', () => {
    expect(toHex(encodeSwarmAnswer({ ok: false }))).toBe(
      toHex(encodeFrame(encode(dictionary({ ok: 0, v: 1 })), 20)),
    )
  })

  it('refuse what is malformed or too much', () => {
    const h = infoHash
    const read = (entries: Record<string, Encodable>): string | undefined =>
      codeOf(() => decodeSwarmHello(encode(dictionary(entries))))
    expect(read({ v: 1, h })).toBeUndefined()
    expect(read({ v: 1, h, later: 'x' })).toBeUndefined()
    expect(read({ v: 2, h })).toBe('wire.invalid')
    expect(read({ h })).toBe('wire.invalid')
    expect(read({ v: 1 })).toBe('wire.invalid')
    expect(read({ v: 1, h: new Uint8Array(20) })).toBe('wire.invalid')
    expect(read({ v: 1, h, proof: 'short' })).toBe('wire.invalid')
    expect(read({ v: 1, h, proof: 1 })).toBe('wire.invalid')
    expect(read({ v: 1, h, grants: 'x' })).toBe('wire.invalid')
    expect(read({ v: 1, h, grants: [1] })).toBe('wire.invalid')
    expect(read({ v: 1, h, grants: ['', '', '', '', ''] })).toBe('wire.limit')
    expect(read({ v: 1, h, pad: new Uint8Array(8192) })).toBe('bencode.limit')
    const readAnswer = (entries: Record<string, Encodable>): string | undefined =>
      codeOf(() => decodeSwarmAnswer(encode(dictionary(entries))))
    expect(readAnswer({ v: 1, ok: 1 })).toBeUndefined()
    expect(readAnswer({ v: 1 })).toBe('wire.invalid')
    expect(readAnswer({ v: 1, ok: 2 })).toBe('wire.invalid')
    expect(readAnswer({ v: 1, ok: 1, grant: 1 })).toBe('wire.invalid')
  })

  it('cannot be written too long', () => {
    const grant = new Uint8Array(9000)
    expect(() => encodeSwarmHello({ infoHash, grants: [grant] })).toThrow(TypeError)
    expect(() => encodeSwarmHello({ infoHash: new Uint8Array(20) })).toThrow(TypeError)
    expect(() => encodeSwarmHello({ infoHash, grants: Array.from({ length: 5 }, () => infoHash) })).toThrow(
      TypeError,
    )
    expect(() => encodeSwarmAnswer({ ok: true, proof: new Uint8Array(1) })).toThrow(TypeError)
  })
})

describe('FrameReader', () => {
  it('refuses empty and long frames as soon as it sees the length', () => {
    expect(codeOf(() => new FrameReader(10).push(Uint8Array.of(0, 0)))).toBe('wire.invalid')
    expect(codeOf(() => new FrameReader(10).push(Uint8Array.of(0, 11)))).toBe('wire.limit')
    expect(new FrameReader(10).push(Uint8Array.of(0, 10))).toEqual({ consumed: 2 })
    expect(new FrameReader(10).push(new Uint8Array(0))).toEqual({ consumed: 0 })
  })

  it('reads one frame only', () => {
    const reader = new FrameReader(10)
    expect(reader.push(Uint8Array.of(0, 1, 5, 6))).toEqual({ consumed: 3, frame: Uint8Array.of(5) })
    expect(() => reader.push(Uint8Array.of(1))).toThrow(TypeError)
  })
})
