import { PeerageError } from '../base/index.ts'

/** Length of the handshake (BEP 3), in bytes. */
export const handshakeBytes = 68

const protocol = 'BitTorrent protocol'
const reservedAt = 1 + protocol.length
const hashAt = reservedAt + 8
const peerIdAt = hashAt + 20

/** What a side of a connection can do, by the reserved bits of its handshake. */
export interface HandshakeFlags {
  /** BEP 6. */
  readonly fast: boolean
  /** BEP 10. */
  readonly extended: boolean
  /** BEP 5: it has a DHT node. */
  readonly dht: boolean
  /** BEP 52: it knows v2, also where the info hash is that of v1 ("upgrade path"). */
  readonly v2: boolean
}

export interface Handshake {
  /** SHA-1 of the info dictionary, or the first 20 bytes of its SHA-256. */
  readonly infoHash: Uint8Array
  /** 20 bytes. */
  readonly peerId: Uint8Array
  readonly flags: HandshakeFlags
}

export function encodeHandshake({ infoHash, peerId, flags }: Handshake): Uint8Array {
  if (infoHash.length !== 20 || peerId.length !== 20)
    throw new TypeError('a hash and a peer id have 20 bytes')
  const out = new Uint8Array(handshakeBytes)
  out[0] = protocol.length
  for (let i = 0; i < protocol.length; i++) out[1 + i] = protocol.charCodeAt(i)
  if (flags.extended) out[reservedAt + 5]! |= 0x10
  if (flags.dht) out[reservedAt + 7]! |= 0x01
  if (flags.fast) out[reservedAt + 7]! |= 0x04
  if (flags.v2) out[reservedAt + 7]! |= 0x10
  out.set(infoHash, hashAt)
  out.set(peerId, peerIdAt)
  return out
}

/**
 * Whether the bytes begin a handshake as far as they go. Undefined: they are too few to tell, but agree.
 */
export function beginsHandshake(bytes: Uint8Array): boolean | undefined {
  if (bytes.length > 0 && bytes[0] !== protocol.length) return false
  for (let i = 1; i < Math.min(bytes.length, reservedAt); i++)
    if (bytes[i] !== protocol.charCodeAt(i - 1)) return false
  return bytes.length >= reservedAt ? true : undefined
}

/** Reads the first 68 bytes. Throws `wire.invalid` when they are no handshake; undefined when there are too few. */
export function decodeHandshake(bytes: Uint8Array): Handshake | undefined {
  if (beginsHandshake(bytes) === false)
    throw new PeerageError('wire.invalid', 'This is no BitTorrent handshake.')
  if (bytes.length < handshakeBytes) return undefined
  const options = bytes[reservedAt + 7]!
  return {
    infoHash: bytes.slice(hashAt, peerIdAt),
    peerId: bytes.slice(peerIdAt, handshakeBytes),
    flags: {
      extended: (bytes[reservedAt + 5]! & 0x10) !== 0,
      dht: (options & 0x01) !== 0,
      fast: (options & 0x04) !== 0,
      v2: (options & 0x10) !== 0,
    },
  }
}
