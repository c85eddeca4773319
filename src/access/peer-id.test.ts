import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, PeerageError, toBase32, toHex } from '../base/index.ts'
import { canonicalPeerId, peerIdOf, publicKeyOf } from './peer-id.ts'
import { identityFromSeed, verify } from './signing.ts'

/** libp2p spec `peer-ids`, "Test vectors" (protobufs) and "String representation". */
const specPublicKey = fromHex('1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e')
const specSeed = fromHex('7e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d')

function codeOf(run: () => unknown): string | undefined {
  try {
    run()
  } catch (error) {
    return error instanceof PeerageError ? error.code : String(error)
  }
  return undefined
}

describe('peer ids', () => {
  test('the spec vectors: seed, public key, id', () => {
    const identity = identityFromSeed(specSeed)
    expect(toHex(identity.publicKey)).toBe(toHex(specPublicKey))
    expect(identity.peerId).toBe('12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq')
    expect(toHex(publicKeyOf(identity.peerId))).toBe(toHex(specPublicKey))
  })

  test('the examples of the spec, in each text form', () => {
    expect(canonicalPeerId('bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe')).toBe(
      'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N',
    )
    const id = '12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA'
    expect(toHex(publicKeyOf(id))).toBe('2ffa35a99d3a3cfbb17bb7c1dc5561b18a8dcca4df38dc613ea859c37eb1336b')
    for (const form of [
      'bafzaajaiaejcahwr5d5ofrfbis4l5d6uwr57hu5tjodrypfm6yaq6dsc2r2pzyt6',
      'k51qzi5uqu5dgy8qsq67hbz73jqkw87l3fgf4a91qb0d9b5173tir7n4vxk1oe',
    ])
      expect(toHex(publicKeyOf(form))).toBe(toHex(specPublicKey))
  })

  test('an id that holds no Ed25519 key is refused as a key', () => {
    expect(codeOf(() => publicKeyOf('QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'))).toBe(
      'peer-id.invalid',
    )
    expect(codeOf(() => publicKeyOf('16Uiu2HAmLhLvBoYaoZfaMUKuibM6ac163GwKY74c5kiSLg5KvLpY'))).toBe(
      'peer-id.invalid',
    )
  })

  test('what is not an id is refused with one code', () => {
    const good = peerIdOf(specPublicKey)
    const dagPb = `b${toBase32(Uint8Array.of(1, 0x70, 0x12, 0x20, ...specPublicKey))}`
    const bad = [
      '',
      '1',
      'Qm',
      'b',
      'k',
      'z',
      good.slice(0, -1),
      `${good}1`,
      `1${good}`,
      good.replace('K', '0'),
      dagPb,
    ]
    for (const text of [...bad, 'x'.repeat(100_000), 'k'.repeat(128), '\u202e12D3'])
      expect(
        codeOf(() => canonicalPeerId(text)),
        text,
      ).toBe('peer-id.invalid')
  })

  test('any text gives an id or the one refusal', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 140 }), text => {
        expect([undefined, 'peer-id.invalid']).toContain(codeOf(() => canonicalPeerId(text)))
      }),
    )
  })

  test('any key round-trips', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), key => {
        expect(publicKeyOf(peerIdOf(key))).toEqual(key)
        expect(canonicalPeerId(peerIdOf(key))).toBe(peerIdOf(key))
      }),
    )
  })
})

describe('signatures', () => {
  test('RFC 8032, section 7.1, test 2', () => {
    const identity = identityFromSeed(
      fromHex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'),
    )
    const message = fromHex('72')
    expect(toHex(identity.sign(message))).toBe(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    )
  })

  test('only the right key, message and signature verify; wrong sizes are false', () => {
    const identity = identityFromSeed(specSeed)
    const message = Uint8Array.of(1, 2, 3)
    const signature = identity.sign(message)
    expect(verify(identity.publicKey, message, signature)).toBe(true)
    expect(verify(identity.publicKey, Uint8Array.of(1, 2), signature)).toBe(false)
    expect(verify(identityFromSeed(specPublicKey).publicKey, message, signature)).toBe(false)
    expect(verify(identity.publicKey, message, signature.subarray(1))).toBe(false)
    expect(verify(identity.publicKey.subarray(1), message, signature)).toBe(false)
    expect(verify(new Uint8Array(32).fill(255), message, signature)).toBe(false)
  })

  test('the private key stays out of JSON, spreads and listings', () => {
    const identity = identityFromSeed(specSeed)
    expect(Object.keys(identity)).not.toContain('seed')
    expect(JSON.stringify({ ...identity })).not.toContain('126,8,48')
    expect(toHex(identity.seed)).toBe(toHex(specSeed))
  })
})
