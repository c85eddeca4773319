import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, PeerageError, toBase32, toBase58, toHex } from '../base/index.ts'
import { decodePublicKey } from '../wire/index.ts'
import { canonicalPeerId, peerIdOf, publicKeyOf } from './peer-id.ts'
import { identityFromSeed, verify } from './signing.ts'

/** libp2p spec `peer-ids`, "Test vectors" (protobufs) and "String representation". */
const specPublicKey = fromHex('1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e')
const specSeed = fromHex('7e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d')

/** Of the same "Test vectors": the public keys of secp256k1, ECDSA and RSA. */
const otherPublicKeys: readonly string[] = [
  '08021221037777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca99',
  '0803125b3059301306072a8648ce3d020106082a8648ce3d03010703420004de3d300fa36ae0e8f5d530899d83abab44abf3161f162a4bc901d8e6ecda020e8b6d5f8da30525e71d6851510c098e5c47c646a597fb4dcec034e9f77c409e62',
  '080012a60430820222300d06092a864886f70d01010105000382020f003082020a0282020100e1beab071d08200bde24eef00d049449b07770ff9910257b2d7d5dda242ce8f0e2f12e1af4b32d9efd2c090f66b0f29986dbb645dae9880089704a94e5066d594162ae6ee8892e6ec70701db0a6c445c04778eb3de1293aa1a23c3825b85c6620a2bc3f82f9b0c309bc0ab3aeb1873282bebd3da03c33e76c21e9beb172fd44c9e43be32e2c99827033cf8d0f0c606f4579326c930eb4e854395ad941256542c793902185153c474bed109d6ff5141ebf9cd256cf58893a37f83729f97e7cb435ec679d2e33901d27bb35aa0d7e20561da08885ef0abbf8e2fb48d6a5487047a9ecb1ad41fa7ed84f6e3e8ecd5d98b3982d2a901b4454991766da295ab78822add5612a2df83bcee814cf50973e80d7ef38111b1bd87da2ae92438a2c8cbcc70b31ee319939a3b9c761dbc13b5c086d6b64bf7ae7dacc14622375d92a8ff9af7eb962162bbddebf90acb32adb5e4e4029f1c96019949ecfbfeffd7ac1e3fbcc6b6168c34be3d5a2e5999fcbb39bba7adbca78eab09b9bc39f7fa4b93411f4cc175e70c0a083e96bfaefb04a9580b4753c1738a6a760ae1afd851a1a4bdad231cf56e9284d832483df215a46c1c21bdf0c6cfe951c18f1ee4078c79c13d63edb6e14feaeffabc90ad317e4875fe648101b0864097e998f0ca3025ef9638cd2b0caecd3770ab54a1d9c6ca959b0f5dcbc90caeefc4135baca6fd475224269bbe1b0203010001',
]

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

  test('the ids of the other keys of the spec are ids, but of no key that Peerage knows', () => {
    for (const hex of otherPublicKeys) {
      const protobuf = fromHex(hex)
      // "Peer Ids": up to 42 bytes they are the id themselves, longer ones are hashed.
      const multihash =
        protobuf.length <= 42
          ? Uint8Array.of(0, protobuf.length, ...protobuf)
          : Uint8Array.of(0x12, 32, ...createHash('sha256').update(protobuf).digest())
      const id = toBase58(multihash)
      expect(id).toMatch(/^(16Uiu2|Qm)/)
      expect(canonicalPeerId(id)).toBe(id)
      expect(canonicalPeerId(`b${toBase32(Uint8Array.of(1, 0x72, ...multihash))}`)).toBe(id)
      expect(codeOf(() => publicKeyOf(id))).toBe('peer-id.invalid')
      expect(codeOf(() => decodePublicKey(protobuf))).toBe('wire.invalid')
    }
    expect(toHex(decodePublicKey(fromHex(`08011220${toHex(specPublicKey)}`)))).toBe(toHex(specPublicKey))
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
