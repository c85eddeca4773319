import { PeerageError } from './errors.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 bytes of `text`. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** The text of UTF-8 `bytes`, or undefined when they are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

const hexOfByte: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
)

export function toHex(bytes: Uint8Array): string {
  let out = ''
  for (const byte of bytes) out += hexOfByte[byte]
  return out
}

/** Bytes of a hexadecimal text. Throws `link.invalid`. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text))
    throw new PeerageError('link.invalid', 'Not a hexadecimal number.')
  return Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(i * 2, i * 2 + 2), 16),
  )
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const out = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Byte order comparison, as bencode dictionaries and BEP 52 file trees sort. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

const base32Alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** RFC 4648 base 32, lower case, no padding. */
export function toBase32(bytes: Uint8Array): string {
  let out = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out += base32Alphabet[(value >> bits) & 31]
    }
  }
  return bits > 0 ? out + base32Alphabet[(value << (5 - bits)) & 31] : out
}

/** Bytes of an RFC 4648 base 32 text of either case, without padding. Throws `link.invalid`. */
export function fromBase32(text: string): Uint8Array {
  const out = new Uint8Array(Math.floor((text.length * 5) / 8))
  let bits = 0
  let value = 0
  let at = 0
  for (const char of text.toLowerCase()) {
    const digit = base32Alphabet.indexOf(char)
    if (digit < 0) throw new PeerageError('link.invalid', 'Not a base 32 number.')
    value = ((value << 5) | digit) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      out[at++] = (value >> bits) & 255
    }
  }
  return out
}

export function toBase64url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Bytes of an unpadded base64url text. Throws `link.invalid`. */
export function fromBase64url(text: string): Uint8Array {
  if (text.length % 4 === 1 || !/^[A-Za-z0-9_-]*$/.test(text))
    throw new PeerageError('link.invalid', 'Not a base64url text.')
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const out = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) out[i] = binary.charCodeAt(i)
  return out
}

const base58Alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** Base 58 with Bitcoin's alphabet, as PeerIds are written (libp2p `peer-ids`). */
export function toBase58(bytes: Uint8Array): string {
  let zeros = 0
  while (bytes[zeros] === 0) zeros++
  let value = bytes.length > zeros ? BigInt(`0x${toHex(bytes.subarray(zeros))}`) : 0n
  let out = ''
  for (; value > 0n; value /= 58n) out = base58Alphabet[Number(value % 58n)] + out
  return '1'.repeat(zeros) + out
}

/** Bytes of a base 58 text of at most 128 characters. Throws `link.invalid`. */
export function fromBase58(text: string): Uint8Array {
  if (text.length > 128) throw new PeerageError('link.invalid', 'Too long for a base 58 number.')
  let zeros = 0
  while (text[zeros] === '1') zeros++
  let value = 0n
  for (const char of text) {
    const digit = base58Alphabet.indexOf(char)
    if (digit < 0) throw new PeerageError('link.invalid', 'Not a base 58 number.')
    value = value * 58n + BigInt(digit)
  }
  const hex = value === 0n ? '' : value.toString(16)
  return concat([new Uint8Array(zeros), fromHex(hex.length % 2 === 0 ? hex : `0${hex}`)])
}
