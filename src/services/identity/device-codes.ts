import { fromBase64url, PeerageError, toBase64url } from '../../base/index.ts'
import { type Bencoded, decode, encode } from '../../wire/index.ts'

/** Texts that go from one device to the other by hand, paste or QR code. */
const consentHead = 'peerage-device:'
const listHead = 'peerage-devices:'
/** A person's statements at their longest, in base 64. */
const maxCodeLength = 64 * 1024
const maxStatements = 80

/** The consent of a new device, for its main device. */
export function encodeConsent(consent: Uint8Array): string {
  return consentHead + toBase64url(consent)
}

/** Throws `usage.invalid`. What is in it is not judged here. */
export function decodeConsent(code: string): Uint8Array {
  return bytesOf(code, consentHead, '`peerage device join`')
}

/** What the main device answers: all that it has signed about its devices. */
export function encodeStatements(statements: readonly Uint8Array[]): string {
  return listHead + toBase64url(encode(statements))
}

/** Throws `usage.invalid`. */
export function decodeStatements(code: string): Uint8Array[] {
  const bytes = bytesOf(code, listHead, '`peerage device add`')
  const list = decodeList(bytes)
  if (list === undefined) throw incomplete('`peerage device add`')
  return list
}

function decodeList(bytes: Uint8Array): Uint8Array[] | undefined {
  let value: Bencoded
  try {
    value = decode(bytes, { maxDepth: 1, maxItems: maxStatements })
  } catch {
    return undefined
  }
  return Array.isArray(value) && value.every(one => one instanceof Uint8Array) ? value : undefined
}

function bytesOf(code: string, head: string, from: string): Uint8Array {
  // Terminals and mails break long lines.
  const text = code.slice(0, maxCodeLength + 1).replaceAll(/\s/g, '')
  if (!text.startsWith(head) || text.length > maxCodeLength) throw incomplete(from)
  try {
    return fromBase64url(text.slice(head.length))
  } catch (cause) {
    throw incomplete(from, cause)
  }
}

function incomplete(from: string, cause?: unknown): PeerageError {
  return new PeerageError('usage.invalid', `That is not the whole text that ${from} printed.`, { cause })
}
