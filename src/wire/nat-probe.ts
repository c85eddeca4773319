import { equalBytes, PeerageError } from '../base/index.ts'
import { addressBytes, addressText, type CompactPeer } from './compact-peers.ts'

/** Asks a peer under which UDP endpoint it sees us, and its answer. The token ties them together. */
export type NatProbe =
  | { readonly type: 'question'; readonly token: Uint8Array }
  | { readonly type: 'answer'; readonly token: Uint8Array; readonly seen: CompactPeer }

/** No KRPC ('d'), uTP (its second nibble is 1), UDX (0xff) or answer of a tracker (0) begins like this. */
const magic = Uint8Array.of(0xb7, 0x6e, 0x61, 0x74)
export const natTokenBytes = 8
const headBytes = magic.length + 1 + natTokenBytes
/** A question is as long as the longest answer: nobody gets more sent by us than was sent to us. */
const questionBytes = headBytes + 2 + 16

export function isNatProbe(bytes: Uint8Array): boolean {
  return equalBytes(bytes.subarray(0, magic.length), magic)
}

/**
 * The endpoint is XORed with the token, because routers are known to change addresses that they find inside of packets (RFC 8489
 * section 14.2).
 */
export function encodeNatProbe(probe: NatProbe): Uint8Array {
  const isQuestion = probe.type === 'question'
  const address = isQuestion ? new Uint8Array(16) : addressBytes(probe.seen.address)
  const out = new Uint8Array(headBytes + 2 + address.length)
  out.set(magic)
  out[magic.length] = isQuestion ? 1 : 2
  out.set(probe.token, magic.length + 1)
  if (isQuestion) return out
  out.set([probe.seen.port >> 8, probe.seen.port & 255], headBytes)
  out.set(address, headBytes + 2)
  mask(out, probe.token)
  return out
}

/** Throws `wire.invalid`. */
export function decodeNatProbe(bytes: Uint8Array): NatProbe {
  const type = bytes[magic.length]
  const token = bytes.slice(magic.length + 1, headBytes)
  if (!isNatProbe(bytes) || (type !== 1 && type !== 2)) throw malformed('it is none')
  if (type === 1) {
    if (bytes.length !== questionBytes) throw malformed('a question has another length')
    return { type: 'question', token }
  }
  const length = bytes.length - headBytes - 2
  if (length !== 4 && length !== 16) throw malformed('an answer has another length')
  const plain = bytes.slice()
  mask(plain, token)
  const port = plain[headBytes]! * 256 + plain[headBytes + 1]!
  if (port === 0) throw malformed('there is no port 0')
  return { type: 'answer', token, seen: { address: addressText(plain.subarray(headBytes + 2)), port } }
}

function mask(bytes: Uint8Array, token: Uint8Array): void {
  for (let at = headBytes; at < bytes.length; at++) bytes[at]! ^= token[(at - headBytes) % natTokenBytes]!
}

function malformed(reason: string): PeerageError {
  return new PeerageError('wire.invalid', `A question for an endpoint is malformed: ${reason}.`)
}
