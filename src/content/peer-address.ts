import { fromBase58 } from '../base/index.ts'

const maxAddressLength = 256

/** Whether `text` is a PeerId with an Ed25519 key in it, as all Peerage peers have (libp2p `peer-ids`). */
export function isEd25519PeerId(text: string): boolean {
  const bytes = base58(text)
  // identity multihash of 36 bytes; protobuf: key type 1 (Ed25519), 32 bytes of key
  return bytes?.length === 38 && [0x00, 0x24, 0x08, 0x01, 0x12, 0x20].every((byte, i) => bytes[i] === byte)
}

/** Whether `text` is any PeerId in base 58. */
export function isPeerId(text: string): boolean {
  const bytes = base58(text)
  if (bytes === undefined || bytes.length < 3 || bytes.length > 64) return false
  const hashed = bytes.length === 34 && bytes[0] === 0x12 && bytes[1] === 0x20
  return hashed || (bytes[0] === 0x00 && bytes[1] === bytes.length - 2)
}

/**
 * Whether `text` has the shape of a multiaddr: `/name/value/...` of printable characters, at most 256, and complete PeerIds
 * behind `/p2p/`. What its parts mean is for the network to say.
 */
export function isMultiaddr(text: string): boolean {
  if (text.length > maxAddressLength || !/^(\/[!-.0-~]+){2,}$/.test(text)) return false
  const parts = text.split('/')
  return (
    parts.every((part, i) => parts[i - 1] !== 'p2p' || isPeerId(part)) && parts[parts.length - 1] !== 'p2p'
  )
}

/** Whether `text` is `host:port`: an IPv4 address or host name, or an IPv6 address in brackets (BEP 9, "x.pe"). */
export function isHostAndPort(text: string): boolean {
  const match = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?):([1-9][0-9]{0,4})$/i.exec(
    text,
  )
  return match !== null && Number(match[1]) <= 65_535
}

function base58(text: string): Uint8Array | undefined {
  try {
    return fromBase58(text)
  } catch {
    return undefined
  }
}
