import { createPublicKey, verify as verifyWithNode } from 'node:crypto'
import { verify } from '../../access/index.ts'
import { equalBytes, sha256 } from '../../base/index.ts'
import { keyOfName } from '../../content/index.ts'
import { decodePublicKey, ProtobufReader, wireTypes } from '../../wire/index.ts'

/** `KeyType.RSA` (libp2p specification `peer-ids`, "Keys"). */
const rsa = 0
/** Checking a signature of a larger key takes long (CVE-2023-39533). */
const maxRsaBits = 8_192
const minRsaBits = 2_048

/** Whether a key (libp2p protobuf) is the one that a multihash names. */
export function isKeyOf(multihash: Uint8Array, publicKey: Uint8Array): boolean {
  const [code, length] = multihash
  const digest = multihash.subarray(2)
  if (length !== digest.length) return false
  return equalBytes(digest, code === 0x12 ? sha256(publicKey) : code === 0 ? publicKey : new Uint8Array(0))
}

/**
 * Whether whoever a name (a multihash) belongs to signed a message. The key is in the name, or was sent along when the name is only its
 * hash: Ed25519 and RSA. False also for keys of other kinds.
 */
export function isSignedBy(
  multihash: Uint8Array,
  sent: Uint8Array | undefined,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const inName = keyOfName(multihash)
  if (inName !== undefined) return verify(inName, message, signature)
  if (sent === undefined || !isKeyOf(multihash, sent)) return false
  try {
    const der = rsaKey(sent)
    return der === undefined
      ? verify(decodePublicKey(sent), message, signature)
      : verifyRsa(der, message, signature)
  } catch {
    return false
  }
}

/** SubjectPublicKeyInfo of an RSA key. Throws `wire.invalid`. */
function rsaKey(protobuf: Uint8Array): Uint8Array | undefined {
  const reader = new ProtobufReader(protobuf)
  reader.expect(1, wireTypes.varint)
  if (reader.varint() !== rsa) return undefined
  reader.expect(2, wireTypes.bytes)
  const der = reader.bytes(protobuf.length)
  reader.end()
  return der
}

function verifyRsa(der: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const key = createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })
  const bits = key.asymmetricKeyType === 'rsa' ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : 0
  return bits >= minRsaBits && bits <= maxRsaBits && verifyWithNode('sha256', message, key, signature)
}
