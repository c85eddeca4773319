import { concat, PeerageError } from '../base/index.ts'
import { bytesField, ProtobufReader, varintField, wireTypes } from './protobuf.ts'

/** `KeyType.Ed25519` of the libp2p specification `peer-ids`, "Keys". */
const ed25519 = 1

/** The libp2p protobuf (36 bytes) of an Ed25519 public key (32 bytes). */
export function encodePublicKey(publicKey: Uint8Array): Uint8Array {
  if (publicKey.length !== 32) throw new TypeError('an Ed25519 public key has 32 bytes')
  return concat([...varintField(1, ed25519), ...bytesField(2, publicKey)])
}

/** The Ed25519 public key (a view, 32 bytes) in a libp2p protobuf. Throws `wire.invalid` for all other kinds of keys. */
export function decodePublicKey(bytes: Uint8Array): Uint8Array {
  const reader = new ProtobufReader(bytes)
  reader.expect(1, wireTypes.varint)
  if (reader.varint() !== ed25519) throw new PeerageError('wire.invalid', 'The key is not an Ed25519 key.')
  reader.expect(2, wireTypes.bytes)
  const key = reader.bytes(bytes.length)
  reader.end()
  if (key.length !== 32) throw new PeerageError('wire.invalid', 'An Ed25519 key has 32 bytes.')
  return key
}
