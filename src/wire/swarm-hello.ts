import { PeerageError } from '../base/index.ts'
import { decodeDictionary } from './bencode-decode.ts'
import { encode } from './bencode-encode.ts'
import { type Bencoded, bytesAt, type Dictionary, dictionary, integerAt, listAt } from './bencoded.ts'
import { encodeFrame, FrameReader } from './frame-reader.ts'

/**
 * The first frame of whoever opens a private swarm stream: which content it is about and why the sender may take part. Peer
 * wire messages follow it at once.
 */
export interface SwarmHello {
  /** BEP 52 info hash, 32 bytes. */
  readonly infoHash: Uint8Array
  /** That the sender knows the link's secret: HMAC-SHA-256, 32 bytes. */
  readonly proof?: Uint8Array
  /** Envelopes of whoever granted the sender access, at most 4. */
  readonly grants?: readonly Uint8Array[]
}

/** The first frame of the other side. A refusal is the same bytes whatever its reason. */
export type SwarmAnswer =
  | {
      readonly ok: true
      /** That the answering side knows the link's secret too, 32 bytes. */
      readonly proof?: Uint8Array
      /** A fresh envelope for the other to show to other members. */
      readonly grant?: Uint8Array
    }
  | { readonly ok: false }

/** Bounds of both frames. */
export const swarmHelloLimits: Readonly<Record<'frameBytes' | 'grants', number>> = {
  frameBytes: 8_192,
  grants: 4,
}

const version = 1

/** Reads a hello or an answer from the start of a stream; the rest goes to a `MessageDecoder`. */
export function swarmFrameReader(): FrameReader {
  return new FrameReader(swarmHelloLimits.frameBytes)
}

/** The whole frame, prefix included. Throws `TypeError` when a part has a wrong length or the frame gets too long. */
export function encodeSwarmHello(hello: SwarmHello): Uint8Array {
  const { infoHash, proof, grants } = hello
  if (infoHash.length !== 32 || (proof !== undefined && proof.length !== 32))
    throw new TypeError('an info hash and a proof have 32 bytes each')
  if (grants !== undefined && grants.length > swarmHelloLimits.grants) throw new TypeError('too many grants')
  return encodeFrame(
    encode(dictionary({ v: version, h: infoHash, proof, grants: grants?.length === 0 ? undefined : grants })),
    swarmHelloLimits.frameBytes,
  )
}

/** `frame` comes without its prefix. Bytes are views of it. Throws `bencode.*`, `wire.invalid` or `wire.limit`. */
export function decodeSwarmHello(frame: Uint8Array): SwarmHello {
  const from = decodeHead(frame)
  const infoHash = digestAt(from, 'h')
  if (infoHash === undefined) throw malformed('it names no content')
  const proof = digestAt(from, 'proof')
  const grants = readGrants(from)
  return { infoHash, ...(proof && { proof }), ...(grants && { grants }) }
}

/** The whole frame, prefix included. */
export function encodeSwarmAnswer(answer: SwarmAnswer): Uint8Array {
  const parts = answer.ok ? { proof: answer.proof, grant: answer.grant } : {}
  if (parts.proof !== undefined && parts.proof.length !== 32) throw new TypeError('a proof has 32 bytes')
  return encodeFrame(
    encode(dictionary({ v: version, ok: Number(answer.ok), ...parts })),
    swarmHelloLimits.frameBytes,
  )
}

/** `frame` comes without its prefix. Bytes are views of it. Throws `bencode.*`, `wire.invalid` or `wire.limit`. */
export function decodeSwarmAnswer(frame: Uint8Array): SwarmAnswer {
  const from = decodeHead(frame)
  const ok = integerAt(from, 'ok', 0, 1)
  if (ok === undefined) throw malformed('it neither accepts nor refuses')
  if (ok === 0) return { ok: false }
  const proof = digestAt(from, 'proof')
  const grant = bytesAt(from, 'grant')
  if (grant === undefined && from.has('grant')) throw malformed('its grant is no byte string')
  return { ok: true, ...(proof && { proof }), ...(grant && { grant }) }
}

function decodeHead(frame: Uint8Array): Dictionary {
  const from = decodeDictionary(frame, { maxBytes: swarmHelloLimits.frameBytes, maxDepth: 4, maxItems: 64 })
  if (integerAt(from, 'v') !== version) throw malformed('its version is not known')
  return from
}

function digestAt(from: Dictionary, name: string): Uint8Array | undefined {
  if (!from.has(name)) return undefined
  const value = bytesAt(from, name)
  if (value?.length !== 32) throw malformed(`${name} has not 32 bytes`)
  return value
}

function readGrants(from: Dictionary): Uint8Array[] | undefined {
  if (!from.has('grants')) return undefined
  const list = listAt(from, 'grants')
  if (list === undefined || !list.every(isBytes)) throw malformed('its grants are no list of byte strings')
  if (list.length > swarmHelloLimits.grants)
    throw new PeerageError('wire.limit', `A swarm hello carries ${list.length} grants.`)
  return list
}

function isBytes(value: Bencoded): value is Uint8Array {
  return value instanceof Uint8Array
}

function malformed(reason: string): PeerageError {
  return new PeerageError('wire.invalid', `The first frame of a swarm stream is malformed: ${reason}.`)
}
