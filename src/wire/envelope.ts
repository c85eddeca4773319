import { concat, PeerageError, utf8 } from '../base/index.ts'
import { bytesField, encodeVarint, ProtobufReader, wireTypes } from './protobuf.ts'
import { decodePublicKey, encodePublicKey } from './public-key.ts'

/** A libp2p signed envelope (RFC 0002), here always signed with Ed25519. */
export interface Envelope {
  /** The raw Ed25519 key, 32 bytes. Whose PeerId that is, is for the receiver to compare. */
  readonly publicKey: Uint8Array
  /** What the payload is: a multicodec or a path, at most 256 bytes. */
  readonly payloadType: Uint8Array
  readonly payload: Uint8Array
  /** Ed25519, 64 bytes, over `envelopeSigningInput`. Unverified. */
  readonly signature: Uint8Array
}

/** Bounds of an envelope that comes from the network, in bytes; `total` unless the reader names another. */
export const envelopeLimits: Readonly<Record<'total' | 'payloadType', number>> = {
  total: 8_192,
  payloadType: 256,
}

// RFC 0002, "Wire Format". There is no field 4; empty fields are left out, as proto3 does.
const fields = { publicKey: 1, payloadType: 2, payload: 3, signature: 5 } as const

/**
 * What is signed (RFC 0002, "Signature Production"): domain, payload type and payload, each after its length as a varint.
 * The domain is not part of the envelope, so a signature made for one purpose is worth nothing for another.
 */
export function envelopeSigningInput(
  domain: string,
  payloadType: Uint8Array,
  payload: Uint8Array,
): Uint8Array {
  const parts: Uint8Array[] = []
  for (const part of [utf8(domain), payloadType, payload]) parts.push(encodeVarint(part.length), part)
  return concat(parts)
}

export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const { publicKey, payloadType, payload, signature } = envelope
  return concat([
    ...bytesField(fields.publicKey, encodePublicKey(publicKey)),
    ...(payloadType.length > 0 ? bytesField(fields.payloadType, payloadType) : []),
    ...(payload.length > 0 ? bytesField(fields.payload, payload) : []),
    ...bytesField(fields.signature, signature),
  ])
}

/**
 * The envelope in `bytes`; its parts are views of them. Only the one canonical encoding is accepted: what is not covered by
 * the signature cannot be varied. The signature is NOT checked here. Throws `wire.invalid` or `wire.limit`.
 */
export function decodeEnvelope(bytes: Uint8Array, maxBytes: number = envelopeLimits.total): Envelope {
  if (bytes.length > maxBytes)
    throw new PeerageError('wire.limit', `An envelope of ${bytes.length} bytes is too long.`)
  const parts = readParts(new ProtobufReader(bytes), maxBytes)
  const { publicKey, signature } = parts
  if (publicKey === undefined || signature?.length !== 64)
    throw new PeerageError('wire.invalid', 'An envelope lacks its key or its signature.')
  return {
    publicKey: decodePublicKey(publicKey),
    payloadType: parts.payloadType ?? new Uint8Array(0),
    payload: parts.payload ?? new Uint8Array(0),
    signature,
  }
}

type Parts = { -readonly [K in keyof Envelope]?: Envelope[K] }

function readParts(reader: ProtobufReader, maxBytes: number): Parts {
  const parts: Parts = {}
  for (;;) {
    const field = reader.field(wireTypes.bytes)
    if (field === undefined) return parts
    const value = reader.bytes(field === fields.payloadType ? envelopeLimits.payloadType : maxBytes)
    if (value.length === 0) throw new PeerageError('wire.invalid', 'An envelope has an empty field.')
    if (field === fields.publicKey) parts.publicKey = value
    else if (field === fields.payloadType) parts.payloadType = value
    else if (field === fields.payload) parts.payload = value
    else if (field === fields.signature) parts.signature = value
    else throw new PeerageError('wire.invalid', `An envelope has an unknown field ${field}.`)
  }
}
