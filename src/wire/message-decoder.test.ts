import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, PeerageError, toHex } from '../base/index.ts'
import { defaultWireConfig, wireConfig } from './config.ts'
import { MessageDecoder, type MessageDecoderOptions } from './message-decoder.ts'
import { encodeMessage, encodePieceHeader, type Message } from './peer-wire.ts'

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff })
const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ maxLength }).map(array => Uint8Array.from(array))
const root = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(array => Uint8Array.from(array))
const hashFields = { root, baseLayer: uint32, index: uint32, length: uint32, proofLayers: uint32 }
const blockLength = fc.integer({ min: 1, max: 1 << 20 })

const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    type: fc.constantFrom(
      'keepalive' as const,
      'choke' as const,
      'unchoke' as const,
      'interested' as const,
      'not-interested' as const,
      'have-all' as const,
      'have-none' as const,
    ),
  }),
  fc.record({
    type: fc.constantFrom('have' as const, 'suggest' as const, 'allowed-fast' as const),
    piece: uint32,
  }),
  fc.record({ type: fc.constant('bitfield' as const), bytes: bytes(100) }),
  fc.record({
    type: fc.constantFrom('request' as const, 'cancel' as const, 'reject' as const),
    piece: uint32,
    begin: uint32,
    length: blockLength,
  }),
  fc
    .record({
      piece: uint32,
      begin: uint32,
      data: bytes(300).filter(data => data.length > 0),
    })
    .map(({ piece, begin, data }) => ({ type: 'piece' as const, piece, begin, length: data.length, data })),
  fc.record({ type: fc.constant('port' as const), port: fc.nat(65535) }),
  fc.record({ type: fc.constant('extended' as const), id: fc.nat(255), payload: bytes(200) }),
  fc.record({ type: fc.constantFrom('hash-request' as const, 'hash-reject' as const), ...hashFields }),
  fc.record({
    type: fc.constant('hashes' as const),
    ...hashFields,
    hashes: fc.array(root, { maxLength: 5 }).map(concat),
  }),
)

interface Harness {
  readonly decoder: MessageDecoder
  readonly messages: Message[]
}

function harness(options: Partial<MessageDecoderOptions> = {}): Harness {
  const messages: Message[] = []
  const decoder = new MessageDecoder({
    place: (_piece, _begin, length) => new Uint8Array(length),
    onMessage: message => messages.push(message),
    ...options,
  })
  return { decoder, messages }
}

/** Pushes `stream` cut at random places, each chunk wiped afterwards: nothing may be kept of it. */
function pushInChunks(decoder: MessageDecoder, stream: Uint8Array, cuts: readonly number[]): void {
  let at = 0
  for (let i = 0; at < stream.length; i++) {
    const end = Math.min(stream.length, at + (cuts[i % cuts.length] ?? stream.length))
    const chunk = stream.slice(at, end)
    decoder.push(chunk)
    chunk.fill(0xaa)
    at = end
  }
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

const header = (length: number, id: number, ...rest: number[]): Uint8Array =>
  Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length, id, ...rest)

describe('MessageDecoder', () => {
  it('gives back what was encoded, wherever chunks end', () => {
    const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2000 })), {
      minLength: 1,
    })
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), cuts, (sent, cuts) => {
        const { decoder, messages } = harness()
        pushInChunks(decoder, concat(sent.map(encodeMessage)), cuts)
        expect(messages).toEqual(sent)
        expect(decoder.idle).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('throws nothing but PeerageError for mutated streams, and then refuses more', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 8 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.integer({ min: 1, max: 100 }),
        (sent, edits, cut) => {
          const stream = concat(sent.map(encodeMessage))
          for (const [at, byte] of edits) stream[at % stream.length] = byte
          const { decoder, messages } = harness()
          const code = codeOf(() => pushInChunks(decoder, stream, [cut]))
          const count = messages.length
          if (code === undefined) return
          expect(code).toMatch(/^wire\./)
          expect(codeOf(() => decoder.push(new Uint8Array(4)))).toBe('wire.invalid')
          expect(messages.length).toBe(count)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('copies a block once, into the place it was given', () => {
    const target = new Uint8Array(new SharedArrayBuffer(5))
    const asked: number[][] = []
    const { decoder, messages } = harness({
      place: (...fields) => {
        asked.push(fields)
        return target
      },
    })
    decoder.push(concat([encodePieceHeader(7, 16, 5), Uint8Array.of(1, 2, 3)]))
    expect(messages).toEqual([])
    expect(decoder.idle).toBe(false)
    decoder.push(Uint8Array.of(4, 5))
    expect(asked).toEqual([[7, 16, 5]])
    expect(messages).toEqual([{ type: 'piece', piece: 7, begin: 16, length: 5, data: target }])
    expect([...target]).toEqual([1, 2, 3, 4, 5])
  })

  it('skips a block that has no place', () => {
    const { decoder, messages } = harness({ place: () => undefined })
    const block = { type: 'piece', piece: 1, begin: 2, length: 3 } as const
    decoder.push(
      concat([
        encodeMessage({ ...block, data: Uint8Array.of(9, 9, 9) }),
        encodeMessage({ type: 'have', piece: 4 }),
      ]),
    )
    expect(messages).toEqual([block, { type: 'have', piece: 4 }])
  })

  it('uses the copy function it is given', () => {
    const calls: number[][] = []
    const { decoder, messages } = harness({
      copy: (from, start, end, to, toStart) => {
        calls.push([start, end, toStart])
        to.set(from.subarray(start, end), toStart)
      },
    })
    const data = Uint8Array.of(1, 2, 3, 4)
    const stream = encodeMessage({ type: 'piece', piece: 0, begin: 0, length: 4, data })
    pushInChunks(decoder, stream, [15])
    expect(calls).toEqual([
      [13, 15, 0],
      [0, 2, 2],
    ])
    expect(messages[0]).toMatchObject({ data })
  })

  it('refuses a place of another length, and then everything', () => {
    const { decoder } = harness({ place: () => new Uint8Array(2) })
    expect(() => decoder.push(encodePieceHeader(0, 0, 3))).toThrow(TypeError)
    expect(codeOf(() => decoder.push(new Uint8Array(1)))).toBe('wire.invalid')
  })

  it('ignores short messages of unknown kinds', () => {
    const { decoder, messages } = harness({ limits: { maxUnknownBytes: 3 } })
    const have = encodeMessage({ type: 'have', piece: 1 })
    const stream = concat([header(4, 99, 1, 2, 3), have, header(1, 200), have])
    pushInChunks(decoder, stream, [1])
    expect(messages.length).toBe(2)
    expect(codeOf(() => decoder.push(header(5, 99)))).toBe('wire.limit')
  })

  it('stops in the middle of a chunk when told so', () => {
    const messages: Message[] = []
    const decoder: MessageDecoder = new MessageDecoder({
      place: () => undefined,
      onMessage: message => {
        messages.push(message)
        decoder.stop()
      },
    })
    decoder.push(new Uint8Array(12))
    decoder.push(new Uint8Array(12))
    decoder.push(header(0xffff_ffff, 0))
    expect(messages.length).toBe(1)
  })

  it('lets errors of the callee through and does not call it again', () => {
    let calls = 0
    const { decoder } = harness({
      onMessage: () => {
        calls++
        throw new RangeError('mine')
      },
    })
    expect(() => decoder.push(new Uint8Array(8))).toThrow('mine')
    expect(codeOf(() => decoder.push(new Uint8Array(8)))).toBe('wire.invalid')
    expect(calls).toBe(1)
  })

  it('refuses to be called from inside', () => {
    const decoder: MessageDecoder = new MessageDecoder({
      place: () => undefined,
      onMessage: () => decoder.push(new Uint8Array(4)),
    })
    expect(() => decoder.push(new Uint8Array(4))).toThrow(TypeError)
  })

  it.each([
    ['a choke with payload', header(2, 0, 0), 'wire.invalid'],
    ['a short have', header(4, 4), 'wire.invalid'],
    ['a long have', header(6, 4), 'wire.invalid'],
    ['a short request', header(12, 6), 'wire.invalid'],
    ['an empty request', encodeMessage({ type: 'request', piece: 0, begin: 0, length: 0 }), 'wire.invalid'],
    ['a long request', encodeMessage({ type: 'request', piece: 0, begin: 0, length: 1025 }), 'wire.limit'],
    ['an empty block', encodePieceHeader(0, 0, 0), 'wire.invalid'],
    ['a cut block header', header(8, 7), 'wire.invalid'],
    ['a long block', encodePieceHeader(0, 0, 1025), 'wire.limit'],
    ['a long bitfield', header(12, 5), 'wire.limit'],
    ['an extended message without id', header(1, 20), 'wire.invalid'],
    ['a long extended message', header(103, 20), 'wire.limit'],
    ['a short hash request', header(48, 21), 'wire.invalid'],
    ['half a hash', concat([header(1 + 48 + 31, 22), new Uint8Array(79)]), 'wire.invalid'],
    ['many hashes', header(1 + 48 + 32 * 3, 22), 'wire.limit'],
    ['the longest length', header(0xffff_ffff, 7), 'wire.limit'],
  ])('refuses %s', (_name, input, code) => {
    const limits = { maxRequestBytes: 1024, maxBitfieldBytes: 10, maxExtendedBytes: 100, maxHashes: 2 }
    for (const cut of [1, 7, 1000]) {
      const { decoder, messages } = harness({ limits })
      expect(codeOf(() => pushInChunks(decoder, input, [cut]))).toBe(code)
      expect(messages).toEqual([])
    }
  })

  it('accepts what is just within its limits', () => {
    const limits = { maxRequestBytes: 1024, maxBitfieldBytes: 10, maxExtendedBytes: 100, maxHashes: 2 }
    const fields = { root: new Uint8Array(32), baseLayer: 0, index: 0, length: 2, proofLayers: 0 }
    const sent: Message[] = [
      { type: 'request', piece: 0, begin: 0, length: 1024 },
      { type: 'piece', piece: 0, begin: 0, length: 1024, data: new Uint8Array(1024) },
      { type: 'bitfield', bytes: new Uint8Array(10) },
      { type: 'extended', id: 1, payload: new Uint8Array(100) },
      { type: 'hashes', ...fields, hashes: new Uint8Array(64) },
    ]
    const { decoder, messages } = harness({ limits })
    pushInChunks(decoder, concat(sent.map(encodeMessage)), [50])
    expect(messages).toEqual(sent)
  })
})

describe('encodeMessage', () => {
  const fields = { root: new Uint8Array(32).fill(0xab), baseLayer: 1, index: 2, length: 4, proofLayers: 5 }
  const tail = `${'ab'.repeat(32)}00000001000000020000000400000005`

  it.each<[Message, string]>([
    [{ type: 'keepalive' }, '00000000'],
    [{ type: 'choke' }, '0000000100'],
    [{ type: 'unchoke' }, '0000000101'],
    [{ type: 'interested' }, '0000000102'],
    [{ type: 'not-interested' }, '0000000103'],
    [{ type: 'have', piece: 0x01020304 }, '000000050401020304'],
    [{ type: 'bitfield', bytes: Uint8Array.of(0xf0) }, '0000000205f0'],
    [{ type: 'request', piece: 1, begin: 16384, length: 16384 }, '0000000d06000000010000400000004000'],
    [
      { type: 'piece', piece: 1, begin: 2, length: 1, data: Uint8Array.of(7) },
      '0000000a07000000010000000207',
    ],
    [{ type: 'cancel', piece: 1, begin: 2, length: 3 }, '0000000d08000000010000000200000003'],
    [{ type: 'port', port: 6881 }, '00000003091ae1'],
    [{ type: 'suggest', piece: 1 }, '000000050d00000001'],
    [{ type: 'have-all' }, '000000010e'],
    [{ type: 'have-none' }, '000000010f'],
    [{ type: 'reject', piece: 1, begin: 2, length: 3 }, '0000000d10000000010000000200000003'],
    [{ type: 'allowed-fast', piece: 0xffffffff }, '0000000511ffffffff'],
    [{ type: 'extended', id: 3, payload: Uint8Array.of(1) }, '00000003140301'],
    [{ type: 'hash-request', ...fields }, `0000003115${tail}`],
    [{ type: 'hash-reject', ...fields }, `0000003117${tail}`],
    [{ type: 'hashes', ...fields, hashes: new Uint8Array(32) }, `0000005116${tail}${'00'.repeat(32)}`],
  ])('writes %o as BEP 3, 5, 6, 10 and 52 say', (message, hex) => {
    expect(toHex(encodeMessage(message))).toBe(hex)
  })

  it('refuses fields that do not fit', () => {
    const bad: Message[] = [
      { type: 'have', piece: -1 },
      { type: 'have', piece: 2 ** 32 },
      { type: 'have', piece: 0.5 },
      { type: 'port', port: 65536 },
      { type: 'extended', id: 256, payload: new Uint8Array(0) },
      { type: 'piece', piece: 0, begin: 0, length: 2, data: new Uint8Array(1) },
      { type: 'piece', piece: 0, begin: 0, length: 2 },
      { type: 'hash-request', ...fields, root: new Uint8Array(31) },
      { type: 'hashes', ...fields, hashes: new Uint8Array(33) },
    ]
    for (const message of bad) expect(() => encodeMessage(message)).toThrow(TypeError)
  })
})

describe('speed', () => {
  /** The best of a few rounds, in runs a second: the machine may be busy with other things. */
  function bestRate(rounds: number, run: () => void): number {
    const times = Array.from({ length: rounds }, () => {
      const before = process.threadCpuUsage()
      run()
      const { user, system } = process.threadCpuUsage(before)
      return (user + system) / 1_000
    })
    return 1000 / Math.min(...times)
  }

  it('takes 1 MiB blocks at over 2 GB/s in chunks of 64 KiB', () => {
    const length = 1 << 20
    const target = new Uint8Array(length)
    const { decoder, messages } = harness({ place: () => target })
    const frame = encodeMessage({ type: 'piece', piece: 0, begin: 0, length, data: target.slice() })
    const rate = bestRate(50, () => {
      for (let at = 0; at < frame.length; at += 65_536) decoder.push(frame.subarray(at, at + 65_536))
    })
    expect(messages.length).toBe(50)
    expect(rate * length).toBeGreaterThan(2e9)
  })

  it('takes over 500,000 small messages a second', () => {
    let count = 0
    const { decoder } = harness({ onMessage: () => count++ })
    const request = encodeMessage({ type: 'request', piece: 1, begin: 2, length: 3 })
    const chunk = concat(Array.from({ length: 5000 }, () => request))
    const rate = bestRate(20, () => decoder.push(chunk))
    expect(count).toBe(100_000)
    expect(rate * 5000).toBeGreaterThan(500_000)
  })
})

describe('wireConfig', () => {
  it('fills in defaults and refuses what is out of range', () => {
    expect(wireConfig.parse({ maxHashes: 512 })).toEqual({ ...defaultWireConfig, maxHashes: 512 })
    expect(wireConfig.safeParse({ maxRequestBytes: 1 }).success).toBe(false)
  })
})
