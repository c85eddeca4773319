import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  verify as verifySignature,
} from 'node:crypto'
import { concat, equalBytes, fromHex } from '../base/index.ts'
import { peerIdOf } from './peer-id.ts'

/** Who this peer is: an Ed25519 key pair (RFC 8032) and the PeerId that names it. */
export interface Identity {
  readonly peerId: string
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  /** 32 bytes, the private key. Only `network/` may ask for it; never to be logged, stored or sent. */
  readonly seed: Uint8Array
  /** The 64-byte Ed25519 signature of `message`. */
  sign(message: Uint8Array): Uint8Array
}

/** DER in front of the 32 raw bytes of an Ed25519 key: PKCS#8 and SubjectPublicKeyInfo (RFC 8410, section 7 and 4). */
const pkcs8Head = fromHex('302e020100300506032b657004220420')
const spkiHead = fromHex('302a300506032b6570032100')

/** The identity that a 32-byte seed stands for. */
export function identityFromSeed(seed: Uint8Array): Identity {
  if (seed.length !== 32) throw new TypeError('An Ed25519 seed has 32 bytes.')
  const copy = seed.slice()
  const key = createPrivateKey({
    key: Buffer.from(concat([pkcs8Head, copy])),
    format: 'der',
    type: 'pkcs8',
  })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  const publicKey = new Uint8Array(spki.subarray(spkiHead.length))
  const identity = {
    peerId: peerIdOf(publicKey),
    publicKey,
    sign: (message: Uint8Array) => new Uint8Array(sign(null, message, key)),
  }
  // Not enumerable, so that no logger, JSON or spread copies the private key by accident.
  return Object.defineProperty(identity, 'seed', { get: () => copy.slice() }) as Identity
}

/** Whether `signature` is the holder of `publicKey`'s signature of `message`. False also for keys and signatures of a wrong size. */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  try {
    return verifySignature(null, message, keyObjectOf(publicKey), signature)
  } catch {
    return false
  }
}

/** Many statements by one signer come together, and making this takes half as long as a check. */
let lastKey: { readonly publicKey: Uint8Array; readonly object: KeyObject } | undefined

function keyObjectOf(publicKey: Uint8Array): KeyObject {
  if (lastKey !== undefined && equalBytes(lastKey.publicKey, publicKey)) return lastKey.object
  const object = createPublicKey({
    key: Buffer.from(concat([spkiHead, publicKey])),
    format: 'der',
    type: 'spki',
  })
  lastKey = { publicKey: publicKey.slice(), object }
  return object
}
