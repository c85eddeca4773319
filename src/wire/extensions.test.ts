import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PeerageError, utf8 } from '../base/index.ts'
import { encode } from './bencode-encode.ts'
import { binaryString, bytesOfKey, dictionary, type Encodable } from './bencoded.ts'
import {
  decodeExtensionHandshake,
  type ExtensionHandshake,
  encodeExtensionHandshake,
} from './extension-handshake.ts'
import { decodeMetadataMessage, encodeMetadataMessage, type MetadataMessage } from './metadata-message.ts'
import { decodePeerExchange, encodePeerExchange } from './peer-exchange.ts'

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
}

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map(array => Uint8Array.from(array))
const ascii = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.integer({ min: 33, max: 126 }).map(code => String.fromCharCode(code)), maxLength })

/** Decodes `encoded` with some bytes changed, and cut short; only refusals are allowed. */
function mutate(
  encoded: Uint8Array,
  edits: readonly [number, number][],
  decode: (b: Uint8Array) => unknown,
): void {
  const bytes = encoded.slice()
  for (const [at, byte] of edits) bytes[at % bytes.length] = byte
  codeOf(() => decode(bytes))
  codeOf(() => decode(bytes.subarray(0, bytes.length - 1)))
}
const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })

describe('extension handshake', () => {
  const handshake: fc.Arbitrary<ExtensionHandshake> = fc.record(
    {
      messages: fc.dictionary(ascii(64), fc.nat(255), { maxKeys: 20, noNullPrototype: false }),
      metadataSize: fc.integer({ min: 1, max: 64 * 1024 * 1024 }),
      requestQueue: fc.integer({ min: 1, max: 1_000_000 }),
      clientVersion: ascii(100),
      uploadOnly: fc.boolean(),
      yourIp: fc.oneof(bytes(4), bytes(16)),
      port: fc.integer({ min: 1, max: 65535 }),
      maxRequestBytes: fc.integer({ min: 16_384, max: 16_777_216 }),
    },
    { requiredKeys: ['messages'] },
  )

  it('round-trips', () => {
    fc.assert(
      fc.property(handshake, original => {
        expect(decodeExtensionHandshake(encodeExtensionHandshake(original))).toEqual(original)
      }),
    )
  })

  it('throws nothing but PeerageError', () => {
    fc.assert(
      fc.property(handshake, edits, (original, edits) =>
        mutate(encodeExtensionHandshake(original), edits, decodeExtensionHandshake),
      ),
    )
  })

  it('reads the example of BEP 10', () => {
    const payload = bytesOfKey('d1:md11:LT_metadatai1e7:\xc2\xb5T_PEXi2ee1:pi6881e1:v13:\xc2\xb5Torrent 1.2e')
    const read = decodeExtensionHandshake(payload)
    expect(read).toEqual({
      messages: { LT_metadata: 1, µT_PEX: 2 },
      port: 6881,
      clientVersion: 'µTorrent 1.2',
    })
    expect(binaryString(encodeExtensionHandshake(read))).toBe(binaryString(payload))
  })

  it('takes what is unknown, mistyped or out of range as not said', () => {
    const from: Record<string, Encodable> = {
      m: dictionary({ ok: 1, big: 256, text: 'x', ['n'.repeat(65)]: 1, __proto__x: 2 }),
      metadata_size: 'x',
      reqq: 0,
      p: 65536,
      pg_max_request: 1000,
      yourip: 'abc',
      upload_only: 'yes',
      unknown: [1],
      v: 'name\u202e\n\u0000gpj',
    }
    expect(decodeExtensionHandshake(encode(dictionary(from)))).toEqual({
      messages: { ok: 1, __proto__x: 2 },
      uploadOnly: false,
      clientVersion: 'namegpj',
    })
    expect(decodeExtensionHandshake(utf8('de'))).toEqual({ messages: {} })
  })

  it('does not let names reach the prototype', () => {
    const m = new Map<string, Encodable>([['__proto__', 7]])
    const { messages } = decodeExtensionHandshake(encode(dictionary({ m })))
    expect(Object.entries(messages)).toEqual([['__proto__', 7]])
    expect(messages.constructor).toBeUndefined()
  })

  it('is bounded', () => {
    const many = Object.fromEntries(Array.from({ length: 129 }, (_, i) => [`x${i}`, 1]))
    expect(codeOf(() => decodeExtensionHandshake(encodeExtensionHandshake({ messages: many })))).toBe(
      'wire.limit',
    )
    const large = encodeExtensionHandshake({ messages: {}, metadataSize: 101 })
    expect(codeOf(() => decodeExtensionHandshake(large, { maxMetadataBytes: 100 }))).toBe('wire.limit')
    expect(codeOf(() => decodeExtensionHandshake(large, { maxMetadataBytes: 101 }))).toBeUndefined()
    expect(codeOf(() => decodeExtensionHandshake(new Uint8Array(131_073)))).toBe('bencode.limit')
    const long = decodeExtensionHandshake(
      encodeExtensionHandshake({ messages: {}, clientVersion: 'x'.repeat(500) }),
    )
    expect(long.clientVersion).toBe('x'.repeat(100))
    expect(codeOf(() => decodeExtensionHandshake(utf8('le')))).toBe('bencode.invalid')
  })
})

describe('metadata message', () => {
  const message: fc.Arbitrary<MetadataMessage> = fc.oneof(
    fc.record({
      type: fc.constantFrom('request' as const, 'reject' as const),
      piece: fc.integer({ min: 0, max: 0xffff_ffff }),
    }),
    fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 16_384 })).map(([piece, length]) => ({
      type: 'data' as const,
      piece,
      totalSize: piece * 16_384 + length,
      data: new Uint8Array(length).fill(length),
    })),
  )

  it('round-trips', () => {
    fc.assert(
      fc.property(message, original => {
        expect(decodeMetadataMessage(encodeMetadataMessage(original))).toEqual(original)
      }),
    )
  })

  it('throws nothing but PeerageError', () => {
    fc.assert(
      fc.property(message, edits, (original, edits) =>
        mutate(encodeMetadataMessage(original), edits, decodeMetadataMessage),
      ),
    )
  })

  it('has the form of BEP 9', () => {
    const write = (message: MetadataMessage): string => binaryString(encodeMetadataMessage(message))
    expect(write({ type: 'request', piece: 0 })).toBe('d8:msg_typei0e5:piecei0ee')
    expect(write({ type: 'reject', piece: 0 })).toBe('d8:msg_typei2e5:piecei0ee')
    expect(write({ type: 'data', piece: 0, totalSize: 34256, data: utf8('xxxx') })).toBe(
      'd8:msg_typei1e5:piecei0e10:total_sizei34256eexxxx',
    )
  })

  it('ignores unknown kinds and refuses data of a wrong length', () => {
    expect(decodeMetadataMessage(utf8('d8:msg_typei3e5:piecei0ee'))).toBeUndefined()
    for (const bad of [
      'd8:msg_typei1e5:piecei0e10:total_sizei4eexxx',
      'd8:msg_typei1e5:piecei0e10:total_sizei4eexxxxx',
      'd8:msg_typei1e5:piecei1e10:total_sizei4ee',
      'd8:msg_typei1e5:piecei0eexxxx',
      'd8:msg_typei0e5:piecei-1ee',
      'd5:piecei0ee',
      'd8:msg_typei0ee',
      'le',
    ])
      expect(codeOf(() => decodeMetadataMessage(utf8(bad)))).toBe('wire.invalid')
  })
})

describe('peer exchange', () => {
  const address = ascii(255).map(text => `/${text}x`.slice(0, 256))
  const list = fc.array(address, { maxLength: 50 })
  const message = fc.record({ added: list, dropped: list })

  it('round-trips', () => {
    fc.assert(
      fc.property(message, original => {
        expect(decodePeerExchange(encodePeerExchange(original))).toEqual(original)
      }),
    )
  })

  it('throws nothing but PeerageError', () => {
    fc.assert(
      fc.property(message, edits, (original, edits) =>
        mutate(encodePeerExchange(original), edits, decodePeerExchange),
      ),
    )
  })

  it('is bounded', () => {
    const full = Array.from({ length: 51 }, () => '/ip4/127.0.0.1')
    const write = (added: Encodable): Uint8Array => encode(dictionary({ added }))
    expect(decodePeerExchange(write(full.slice(1)))).toEqual({ added: full.slice(1), dropped: [] })
    expect(codeOf(() => decodePeerExchange(write(full)))).toBe('wire.limit')
    expect(() => encodePeerExchange({ added: full, dropped: [] })).toThrow(TypeError)
    expect(() => encodePeerExchange({ added: [], dropped: ['no slash'] })).toThrow(TypeError)
    for (const bad of [
      'x',
      ['x'],
      [1],
      [`/${'x'.repeat(256)}`],
      ['/a b'],
      ['/é'],
      ['/a\n'],
      [new Uint8Array([0x2f, 255])],
    ])
      expect(codeOf(() => decodePeerExchange(write(bad)))).toBe('wire.invalid')
    expect(codeOf(() => decodePeerExchange(new Uint8Array(32_769)))).toBe('bencode.limit')
  })
})
