import { createPublicKey, generateKeyPairSync, sign as signWithNode } from 'node:crypto'
import {
  createIPNSRecord,
  IPNSEntry,
  ipnsSelector,
  ipnsValidator,
  multihashToIPNSRoutingKey,
} from '@helia/ipns'
import { generateKeyPair, publicKeyFromProtobuf } from '@libp2p/crypto/keys'
import * as Digest from 'multiformats/hashes/digest'
import { expect, test } from 'vitest'
import { identityFromSeed } from '../../access/index.ts'
import { concat, sha256, systemWorld, utf8 } from '../../base/index.ts'
import { formatName, nameOfKey, parseName, routingKeyOfName } from '../../content/index.ts'
import { bytesField, encodeIpnsRecord, varintField } from '../../wire/index.ts'
import { openRecord, recordValidators } from './opened-record.ts'
import { isSignedBy } from './record-key.ts'

const path = '/ipfs/bafkqaddwgevxmmraojswg33smq'
const { publicKey, sign } = identityFromSeed(new Uint8Array(32).fill(3))
const world = systemWorld
const validUntil = BigInt(world.wallTime() + 3_600_000) * 1_000_000n
const refused = expect.objectContaining({ code: 'name.refused' })

function multihashOf(name: string): Uint8Array {
  const parsed = parseName(name)
  if (parsed.kind !== 'key') throw new Error('no key')
  return parsed.multihash
}

test('Helia believes our records, and of two the one that we would', async () => {
  const multihash = multihashOf(nameOfKey(publicKey))
  const made = (sequence: bigint) =>
    encodeIpnsRecord({ value: utf8(path), validUntil, sequence, ttl: 5n }, message => sign(message))
  const key = multihashToIPNSRoutingKey(Digest.decode(multihash) as never)
  expect(key).toEqual(routingKeyOfName(multihash))
  const keychain = { loadPublicKeyFromProtobuf: async (bytes: Uint8Array) => publicKeyFromProtobuf(bytes) }
  await ipnsValidator(key, made(1n), keychain as never)
  expect(
    ipnsSelector(
      key,
      [1n, 9n, 2n].map(sequence => IPNSEntry.decode(made(sequence))),
    ),
  ).toBe(1)
})

test('we believe records that Helia made', async () => {
  const key = await generateKeyPair('Ed25519')
  const record = await createIPNSRecord(key as never, path, 7n, 3_600_000)
  const bytes = IPNSEntry.encode(record)
  const multihash = key.publicKey.toMultihash().bytes
  const opened = openRecord(multihash, bytes, world.wallTime())
  expect(opened).toMatchObject({ target: { path }, sequence: 7n, ttlMs: 300_000 })
  expect(() => openRecord(multihash, bytes, world.wallTime() + 4_000_000)).toThrow(refused)
  const { ipns } = recordValidators(world)
  expect(ipns!.isValid(routingKeyOfName(multihash), bytes)).toBe(true)
  expect(ipns!.isValid(routingKeyOfName(multihashOf(nameOfKey(publicKey))), bytes)).toBe(false)
})

/** A record under the hash of an RSA key, as older names are. */
function rsaRecord(bits: number): { multihash: Uint8Array; key: Uint8Array; bytes: Uint8Array } {
  const pair = generateKeyPairSync('rsa', { modulusLength: bits })
  const der = new Uint8Array(pair.publicKey.export({ format: 'der', type: 'spki' }))
  const key = concat([...varintField(1, 0), ...bytesField(2, der)])
  const multihash = concat([Uint8Array.of(0x12, 32), sha256(key)])
  const record = encodeIpnsRecord(
    { value: utf8(path), validUntil, sequence: 1n, ttl: 0n },
    message => new Uint8Array(signWithNode('sha256', message, pair.privateKey)),
  )
  return { multihash, key, bytes: concat([record, ...bytesField(7, key)]) }
}

test('a name that is the hash of an RSA key is read with the key that comes along, unless it is weak', () => {
  const { multihash, key, bytes } = rsaRecord(2_048)
  expect(formatName(multihash)).toMatch(/^k2/)
  expect(openRecord(multihash, bytes, world.wallTime())).toMatchObject({ target: { path } })
  const other = multihash.slice()
  other[5]! ^= 1
  expect(() => openRecord(other, bytes, world.wallTime())).toThrow(refused)
  const weak = rsaRecord(1_024)
  expect(() => openRecord(weak.multihash, weak.bytes, world.wallTime())).toThrow(refused)
  const { pk } = recordValidators(world)
  expect(pk!.isValid(concat([utf8('/pk/'), multihash]), key)).toBe(true)
  expect(pk!.isValid(concat([utf8('/pk/'), other]), key)).toBe(false)
})

/** RSA with e = 1: whoever knows the key can sign, so that only the length of the key speaks against it. */
function signedWithout(bits: number, message: Uint8Array): { key: Uint8Array; signature: Uint8Array } {
  const n = `f${'5'.repeat(bits / 4 - 2)}7`
  const jwk = { kty: 'RSA', n: Buffer.from(n, 'hex').toString('base64url'), e: 'AQ' }
  const der = new Uint8Array(
    createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'der', type: 'spki' }),
  )
  // EMSA-PKCS1-v1_5 (RFC 8017, section 9.2) of a SHA-256.
  const info = concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), sha256(message)])
  const padding = new Uint8Array(bits / 8 - info.length - 3).fill(0xff)
  return {
    key: concat([...varintField(1, 0), ...bytesField(2, der)]),
    signature: concat([Uint8Array.of(0, 1), padding, Uint8Array.of(0), info]),
  }
}

test('a signature of an RSA key over 8,192 bits is not even checked (CVE-2023-39533)', () => {
  const message = utf8('a record')
  const isBelieved = (bits: number): boolean => {
    const { key, signature } = signedWithout(bits, message)
    return isSignedBy(concat([Uint8Array.of(0x12, 32), sha256(key)]), key, message, signature)
  }
  expect([2_048, 8_192].map(isBelieved)).toEqual([true, true])
  expect([8_200, 16_384].map(isBelieved)).toEqual([false, false])
})
