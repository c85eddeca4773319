import { createHash } from 'node:crypto'
import { type ErrorCode, equalBytes, PeerageError, toHex, utf8 } from '../base/index.ts'
import {
  type Dictionary,
  decodeDictionary,
  decodeEnvelope,
  dictionary,
  type Encodable,
  encode,
  encodeEnvelope,
  envelopeSigningInput,
} from '../wire/index.ts'
import { peerIdOf } from './peer-id.ts'
import { type Identity, verify } from './signing.ts'

/** How statements of one kind look. A signature for one kind is worth nothing as another. */
export interface StatementKind {
  /** Lower case; the payload type is the path `/peerage/NAME`, the signing domain `peerage-NAME`. */
  readonly name: string
  /** The longest envelope that is looked at. */
  readonly maxBytes: number
  /** Every field of the payload but `v`. */
  readonly fields: ReadonlySet<string>
  readonly maxDepth: number
  readonly maxItems: number
  /** What a refusal throws. */
  readonly code: ErrorCode
}

/** Something that a peer signed. On the wire a libp2p signed envelope (RFC 0002) whose payload is a bencoded dictionary with `v` = 1. */
export interface Statement {
  /** SHA-256 of what was signed, in hex: the same however the envelope or the signature is encoded. */
  readonly id: string
  /** PeerId of the signer, taken from the key in the envelope. */
  readonly signer: string
  readonly payload: Dictionary
}

/** The envelope of a statement by `identity`. */
export function signStatement(
  identity: Identity,
  { name }: StatementKind,
  fields: Readonly<Record<string, Encodable>>,
): Uint8Array {
  const payloadType = utf8(`/peerage/${name}`)
  const payload = encode(dictionary({ ...fields, v: 1 }))
  const signature = identity.sign(envelopeSigningInput(`peerage-${name}`, payloadType, payload))
  return encodeEnvelope({ publicKey: identity.publicKey, payloadType, payload, signature })
}

/**
 * The statement in an envelope from the network. Its form is checked before its signature, which costs more. Throws `kind.code`,
 * whatever is wrong with it. `verified`: this machine stored it after it had checked the signature, and need not again.
 */
export function openStatement(bytes: Uint8Array, kind: StatementKind, verified = false): Statement {
  if (bytes.length > kind.maxBytes) throw refused(kind, 'it is too long')
  const envelope = attempt(kind, () => decodeEnvelope(bytes, kind.maxBytes))
  const payloadType = utf8(`/peerage/${kind.name}`)
  if (!equalBytes(envelope.payloadType, payloadType)) throw refused(kind, 'it is another kind of envelope')
  const payload = readPayload(envelope.payload, kind)
  const signed = envelopeSigningInput(`peerage-${kind.name}`, payloadType, envelope.payload)
  if (!verified && !verify(envelope.publicKey, signed, envelope.signature))
    throw refused(kind, 'its signature is wrong')
  const id = toHex(createHash('sha256').update(envelope.publicKey).update(signed).digest())
  return { id, signer: peerIdOf(envelope.publicKey), payload }
}

/** What a refused statement throws. */
export function refused({ name, code }: StatementKind, why: string): PeerageError {
  return new PeerageError(code, `A signed statement (${name}) was refused: ${why}.`)
}

/** Runs a decoder of a part of a statement; what it throws becomes the refusal of the statement. */
export function attempt<T>(kind: StatementKind, decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    if (!(cause instanceof PeerageError)) throw cause
    throw new PeerageError(kind.code, `A signed statement (${kind.name}) was refused: it is malformed.`, {
      cause,
    })
  }
}

function readPayload(bytes: Uint8Array, kind: StatementKind): Dictionary {
  const { maxDepth, maxItems, fields } = kind
  const payload = attempt(kind, () => decodeDictionary(bytes, { maxDepth, maxItems }))
  // A field of a later version may be a restriction, so a statement that is not understood as a whole is worth nothing.
  let version: unknown
  for (const [name, value] of payload)
    if (name === 'v') version = value
    else if (!fields.has(name)) throw refused(kind, 'it says more than is understood')
  if (version !== 1) throw refused(kind, 'its version is not known')
  return payload
}
