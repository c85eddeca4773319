import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'

// RFC 8410: what stands before the 32 bytes of a key in SubjectPublicKeyInfo and PKCS #8.
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex')
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Whether `signature` (64 bytes) of `message` is of `publicKey` (32 bytes). Never throws. */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    const key = Buffer.concat([publicPrefix, publicKey])
    return verify(null, message, createPublicKey({ key, format: 'der', type: 'spki' }), signature)
  } catch {
    return false
  }
}

/** A key pair of a seed of 32 bytes: the public key, and what signs with the private one. */
export function ed25519KeyPair(seed: Uint8Array): {
  readonly publicKey: Uint8Array
  readonly sign: (message: Uint8Array) => Uint8Array
} {
  const key = Buffer.concat([privatePrefix, seed])
  const privateKey: KeyObject = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return {
    publicKey: new Uint8Array(spki.subarray(publicPrefix.length)),
    sign: message => new Uint8Array(sign(null, message, privateKey)),
  }
}
