import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, fromHex, PeerageError, toHex, utf8 } from '../base/index.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope, envelopeSigningInput } from './envelope.ts'
import { bytesField, encodeVarint, ProtobufReader, varintField, wireTypes } from './protobuf.ts'
import { decodePublicKey, encodePublicKey } from './public-key.ts'

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
const envelope: fc.Arbitrary<Envelope> = fc.record({
  publicKey: bytes(32, 32),
  payloadType: bytes(0, 256),
  payload: bytes(0, 500),
  signature: bytes(64, 64),
})

// Sealed by @libp2p/peer-record 9.0.16 with the Ed25519 seed 01 (32 times) for the domain "peerage-grant".
const publicKey = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c'
const signature =
  'b634a7cfb8aaa571dfeb8363aa1e1ef4468dfdf4324db41905211a9f275d4af4' +
  '4af8a93036e4b48eee305816fb4c81ad8a014e243d69c67b8dc1f81653e39407'
const sealed = `0a2408011220${publicKey}120e2f706565726167652f6772616e741a0e64373a7375626a656374333a69652a40${signature}`
const sealedEmpty =
  `0a2408011220${publicKey}2a408a3da38d840c5af8a1fe836934230b80f8912d242b846e6a52dde35f52b8ad76` +
  'b8127f7a12cb132443a0aafab6ad307b078a3f2b47d516fd2c3afcc06b7efb0b'

async function verifies(from: Envelope, domain: string): Promise<boolean> {
  const key = await crypto.subtle.importKey('raw', Uint8Array.from(from.publicKey), 'Ed25519', false, [
    'verify',
  ])
  const input = envelopeSigningInput(domain, from.payloadType, from.payload)
  return crypto.subtle.verify('Ed25519', key, Uint8Array.from(from.signature), Uint8Array.from(input))
}

describe('envelope', () => {
  it('reads, verifies and writes what libp2p sealed', async () => {
    const read = decodeEnvelope(fromHex(sealed))
    expect(toHex(read.publicKey)).toBe(publicKey)
    expect(read.payloadType).toEqual(utf8('/peerage/grant'))
    expect(read.payload).toEqual(utf8('d7:subject3:ie'))
    expect(toHex(encodeEnvelope(read))).toBe(sealed)
    expect(await verifies(read, 'peerage-grant')).toBe(true)
    expect(await verifies(read, 'peerage-other')).toBe(false)
  })

  it('leaves out empty fields as libp2p does', async () => {
    const read = decodeEnvelope(fromHex(sealedEmpty))
    expect([read.payloadType.length, read.payload.length]).toEqual([0, 0])
    expect(toHex(encodeEnvelope(read))).toBe(sealedEmpty)
    expect(await verifies(read, 'peerage-grant')).toBe(true)
  })

  it('round-trips', () => {
    fc.assert(
      fc.property(envelope, original => {
        expect(decodeEnvelope(encodeEnvelope(original))).toEqual(original)
      }),
    )
  })

  it('accepts one encoding only and throws nothing but PeerageError', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 })
    fc.assert(
      fc.property(envelope, edits, fc.nat(10), (original, edits, cut) => {
        const mutated = encodeEnvelope(original)
        for (const [at, byte] of edits) mutated[at % Math.min(60, mutated.length)] = byte
        const input = mutated.subarray(0, mutated.length - cut)
        const code = codeOf(() => {
          expect(encodeEnvelope(decodeEnvelope(input))).toEqual(input)
        })
        if (cut > 0) expect(code).toMatch(/^wire\./)
      }),
      { numRuns: 500 },
    )
  })

  it('refuses what is not canonical or too long', () => {
    const key = bytesField(1, encodePublicKey(fromHex(publicKey)))
    const sign = bytesField(5, fromHex(signature))
    const payload = bytesField(3, utf8('x'))
    const decode = (...parts: Uint8Array[][]): string | undefined =>
      codeOf(() => decodeEnvelope(concat(parts.flat())))
    expect(decode(key, payload, sign)).toBeUndefined()
    expect(decode(payload, key, sign)).toBe('wire.invalid')
    expect(decode(key, payload, payload, sign)).toBe('wire.invalid')
    expect(decode(key, bytesField(3, new Uint8Array(0)), sign)).toBe('wire.invalid')
    expect(decode(key, bytesField(4, utf8('x')), sign)).toBe('wire.invalid')
    expect(decode(key, varintField(3, 1), sign)).toBe('wire.invalid')
    expect(decode(key, payload)).toBe('wire.invalid')
    expect(decode(payload, sign)).toBe('wire.invalid')
    expect(decode(key, bytesField(5, new Uint8Array(63)))).toBe('wire.invalid')
    expect(decode(key, bytesField(2, new Uint8Array(257)), sign)).toBe('wire.limit')
    expect(decode(key, bytesField(3, new Uint8Array(8192)), sign)).toBe('wire.limit')
    expect(decode()).toBe('wire.invalid')
  })
})

describe('public key', () => {
  it('is the vector of the libp2p specification "peer-ids"', () => {
    const hex = '1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e'
    expect(toHex(encodePublicKey(fromHex(hex)))).toBe(`08011220${hex}`)
    expect(toHex(decodePublicKey(fromHex(`08011220${hex}`)))).toBe(hex)
  })

  it.each([
    '',
    '0801',
    '08021220',
    `0801121f${'00'.repeat(31)}`,
    `0802${'1220'}${'00'.repeat(32)}`,
    `1220${'00'.repeat(32)}0801`,
    `08011220${'00'.repeat(32)}00`,
    `0881001220${'00'.repeat(32)}`,
    '0801122000',
  ])('refuses %s', hex => expect(codeOf(() => decodePublicKey(fromHex(hex)))).toBe('wire.invalid'))

  it('takes 32 bytes only', () => {
    expect(() => encodePublicKey(new Uint8Array(31))).toThrow(TypeError)
  })
})

describe('protobuf', () => {
  it('round-trips varints', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), value => {
        const reader = new ProtobufReader(encodeVarint(value))
        expect(reader.varint()).toBe(value)
        expect(reader.done).toBe(true)
      }),
    )
    expect([...encodeVarint(300)]).toEqual([0xac, 2])
    expect(() => encodeVarint(-1)).toThrow(TypeError)
    expect(() => encodeVarint(2 ** 53)).toThrow(TypeError)
  })

  it.each(['', '80', '8000', 'ff00', '8080808080808010', 'ffffffffffffffffff01', 'ffffffffffffff7f'])(
    'refuses the varint %s',
    hex => {
      expect(codeOf(() => new ProtobufReader(fromHex(hex)).varint())).toBe('wire.invalid')
    },
  )

  it('checks lengths against what is left before anything else', () => {
    const reader = new ProtobufReader(fromHex('0affffffff0f00'))
    expect(reader.field(wireTypes.bytes)).toBe(1)
    expect(codeOf(() => reader.bytes(10))).toBe('wire.invalid')
    const long = new ProtobufReader(fromHex('0a02aabb'))
    long.expect(1, wireTypes.bytes)
    expect(codeOf(() => long.bytes(1))).toBe('wire.limit')
  })

  it('refuses field 0, falling fields and other wire types', () => {
    expect(codeOf(() => new ProtobufReader(fromHex('0200')).field(wireTypes.bytes))).toBe('wire.invalid')
    expect(codeOf(() => new ProtobufReader(fromHex('0d00000000')).field(wireTypes.bytes))).toBe(
      'wire.invalid',
    )
    const reader = new ProtobufReader(concat([...varintField(2, 1), ...varintField(2, 1)]))
    expect(reader.field(wireTypes.varint)).toBe(2)
    reader.varint()
    expect(codeOf(() => reader.field(wireTypes.varint))).toBe('wire.invalid')
    expect(codeOf(() => new ProtobufReader(fromHex('00')).end())).toBe('wire.invalid')
    expect(new ProtobufReader(new Uint8Array(0)).field(wireTypes.varint)).toBeUndefined()
  })
})
