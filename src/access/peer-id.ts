import { concat, fromBase32, fromBase58, PeerageError, toBase58 } from '../base/index.ts'

/**
 * PeerIds (libp2p spec `peer-ids`): a multihash of the public key's protobuf. The protobuf of an Ed25519 key has 36 bytes,
 * so its multihash is the "identity" one and the key can be read back from the id.
 */
const ed25519Head = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)
const sha256Head = Uint8Array.of(0x12, 0x20)
/** CIDv1, multicodec `libp2p-key` (0x72). */
const cidHead = Uint8Array.of(0x01, 0x72)
const base36Alphabet = '0123456789abcdefghijklmnopqrstuvwxyz'
const maxTextLength = 128

/** The PeerId ("12D3KooW...") of a 32-byte Ed25519 public key. */
export function peerIdOf(publicKey: Uint8Array): string {
  if (publicKey.length !== 32) throw new TypeError('An Ed25519 public key has 32 bytes.')
  return toBase58(concat([ed25519Head, publicKey]))
}

/** The 32-byte Ed25519 public key in a PeerId of any text form. Throws `peer-id.invalid`. */
export function publicKeyOf(peerId: string): Uint8Array {
  const multihash = multihashOf(peerId)
  if (!isEd25519(multihash))
    throw invalid(peerId, 'is not of an Ed25519 key, and Peerage knows no other kind')
  return multihash.slice(ed25519Head.length)
}

/**
 * The one text form that Peerage compares and stores (base 58) of a PeerId written in any form that the spec allows:
 * base 58 of the multihash, or a CIDv1 with multicodec `libp2p-key`. Throws `peer-id.invalid`.
 */
export function canonicalPeerId(text: string): string {
  return toBase58(multihashOf(text))
}

function multihashOf(text: string): Uint8Array {
  if (typeof text !== 'string' || text.length === 0 || text.length > maxTextLength)
    throw invalid('', 'has a wrong length')
  // "String representation": a leading `1` or `Qm` means bare base 58; all else is a multibase CID.
  const bare = text.startsWith('1') || text.startsWith('Qm')
  const bytes = bare ? attempt(text, fromBase58) : cidBytes(text)
  const multihash = bare ? bytes : bytes.subarray(cidHead.length)
  if (!bare && !startsWith(bytes, cidHead)) throw invalid(text, 'is a CID, but not of a key')
  const sha256 = multihash.length === 34 && startsWith(multihash, sha256Head)
  if (!sha256 && !isIdentity(multihash)) throw invalid(text, 'does not hold the hash of a key')
  return multihash
}

function cidBytes(text: string): Uint8Array {
  const digits = text.slice(1)
  switch (text[0]) {
    case 'b':
      if (digits !== digits.toLowerCase()) throw invalid(text, 'is written in mixed case')
      return attempt(digits, fromBase32)
    case 'z':
      return attempt(digits, fromBase58)
    case 'k':
      return fromBase36(digits)
    default:
      throw invalid(text, 'starts like no known form; it should start with 12D3KooW')
  }
}

function fromBase36(digits: string): Uint8Array {
  let value = 0n
  for (const char of digits) {
    const digit = base36Alphabet.indexOf(char)
    if (digit < 0) throw invalid(digits, 'has characters that are not base 36')
    value = value * 36n + BigInt(digit)
  }
  const hex = value.toString(16)
  // A CIDv1 starts with 0x01, so there are no leading zero bytes to restore.
  return Uint8Array.from({ length: Math.ceil(hex.length / 2) }, (_, i) =>
    Number.parseInt(hex.padStart(hex.length + (hex.length % 2), '0').slice(i * 2, i * 2 + 2), 16),
  )
}

/** An identity multihash of a key's protobuf of at most 42 bytes. */
function isIdentity(multihash: Uint8Array): boolean {
  return (
    multihash[0] === 0 &&
    multihash.length > 4 &&
    multihash.length <= 44 &&
    multihash[1] === multihash.length - 2
  )
}

function isEd25519(multihash: Uint8Array): boolean {
  return multihash.length === 38 && startsWith(multihash, ed25519Head)
}

function startsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  return head.every((byte, i) => bytes[i] === byte)
}

function attempt(text: string, decode: (text: string) => Uint8Array): Uint8Array {
  try {
    return decode(text)
  } catch (cause) {
    throw new PeerageError('peer-id.invalid', `"${printable(text)}" is not a peer id.`, { cause })
  }
}

function invalid(text: string, why: string): PeerageError {
  return new PeerageError('peer-id.invalid', `The peer id "${printable(text)}" ${why}.`)
}

/** Ids come from links and messages: show a harmless part of them. */
function printable(text: string): string {
  const plain = text.replaceAll(/[^A-Za-z0-9]/g, '?')
  return plain.length <= 60 ? plain : `${plain.slice(0, 57)}...`
}
