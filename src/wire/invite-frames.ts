import { PeerageError } from '../base/index.ts'
import { decodeDictionary } from './bencode-decode.ts'
import { encode } from './bencode-encode.ts'
import { bytesAt, type Dictionary, dictionary, type Encodable, integerAt, textAt } from './bencoded.ts'
import { encodeFrame, FrameReader } from './frame-reader.ts'

/**
 * The frames by which an invite is taken, on a stream of its own: knock and reply, proof and verdict, then sealed frames. Each is
 * bencoding behind its length in two bytes; see docs/decisions/012-invites.md.
 */
export const inviteLimits = {
  /** Of any frame. What is sealed may carry a piece of a roster. */
  frameBytes: 60_000,
  /** Of the first two, which anybody may send. */
  knockBytes: 512,
  meetingBytes: 16,
  peerIdBytes: 64,
} as const

const version = 1
const shareBytes = 32
const tagBytes = 64
const sealOverhead = 16

/** The first frame: which invite is meant, and the share of a key exchange. */
export interface InviteKnock {
  /** The digits of a spoken number, or the 16 bytes that name the invite of a link. */
  readonly meeting: Uint8Array
  readonly share: Uint8Array
  /** PeerId of who knocks. A stream between the two proves it, too; one that a third peer passes on does not. */
  readonly peer: string
}

/** Its answer. A refusal is the same bytes for every reason. */
export type InviteReply =
  | { readonly ok: false }
  | { readonly ok: true; readonly share: Uint8Array; readonly peer: string }

/** Proof of having the same key, and what is sealed with it. */
export interface InviteProof {
  /** 64 bytes. */
  readonly tag: Uint8Array
  readonly sealed: Uint8Array
}

export type InviteVerdict = { readonly ok: false } | ({ readonly ok: true } & InviteProof)

export function inviteFrameReader(maxBytes: number = inviteLimits.frameBytes): FrameReader {
  return new FrameReader(maxBytes)
}

export function encodeInviteKnock({ meeting, share, peer }: InviteKnock): Uint8Array {
  return framed({ v: version, m: meeting, y: share, p: peer }, inviteLimits.knockBytes)
}

/** Frames come without their prefix. Throws `bencode.*` or `wire.invalid`; so do the others. */
export function decodeInviteKnock(frame: Uint8Array): InviteKnock {
  const from = decodeFields(frame, inviteLimits.knockBytes)
  if (integerAt(from, 'v') !== version) throw malformed('its version is not known')
  const meeting = bytesAt(from, 'm')
  if (meeting === undefined || meeting.length === 0 || meeting.length > inviteLimits.meetingBytes)
    throw malformed('it names no invite')
  return { meeting, ...shareIn(from) }
}

export function encodeInviteReply(reply: InviteReply): Uint8Array {
  const { knockBytes } = inviteLimits
  return reply.ok
    ? framed({ ok: 1, y: reply.share, p: reply.peer }, knockBytes)
    : framed({ ok: 0 }, knockBytes)
}

export function decodeInviteReply(frame: Uint8Array): InviteReply {
  const from = decodeFields(frame, inviteLimits.knockBytes)
  return isAccepted(from) ? { ok: true, ...shareIn(from) } : { ok: false }
}

export function encodeInviteProof({ tag, sealed }: InviteProof): Uint8Array {
  return framed({ t: tag, s: sealed }, inviteLimits.frameBytes)
}

export function decodeInviteProof(frame: Uint8Array): InviteProof {
  return proofIn(decodeFields(frame, inviteLimits.frameBytes))
}

export function encodeInviteVerdict(verdict: InviteVerdict): Uint8Array {
  const { frameBytes } = inviteLimits
  return verdict.ok
    ? framed({ ok: 1, t: verdict.tag, s: verdict.sealed }, frameBytes)
    : framed({ ok: 0 }, frameBytes)
}

export function decodeInviteVerdict(frame: Uint8Array): InviteVerdict {
  const from = decodeFields(frame, inviteLimits.frameBytes)
  return isAccepted(from) ? { ok: true, ...proofIn(from) } : { ok: false }
}

function framed(fields: Readonly<Record<string, Encodable>>, maxBytes: number): Uint8Array {
  return encodeFrame(encode(dictionary(fields)), maxBytes)
}

function decodeFields(frame: Uint8Array, maxBytes: number): Dictionary {
  return decodeDictionary(frame, { maxBytes, maxDepth: 2, maxItems: 16 })
}

function isAccepted(from: Dictionary): boolean {
  const ok = integerAt(from, 'ok', 0, 1)
  if (ok === undefined) throw malformed('it neither accepts nor refuses')
  return ok === 1
}

function shareIn(from: Dictionary): { share: Uint8Array; peer: string } {
  const share = bytesAt(from, 'y')
  const peer = textAt(from, 'p')
  if (share?.length !== shareBytes) throw malformed(`its share has not ${shareBytes} bytes`)
  if (peer === undefined || peer === '' || peer.length > inviteLimits.peerIdBytes)
    throw malformed('it names no peer')
  return { share, peer }
}

function proofIn(from: Dictionary): InviteProof {
  const tag = bytesAt(from, 't')
  const sealed = bytesAt(from, 's')
  if (tag?.length !== tagBytes) throw malformed(`its tag has not ${tagBytes} bytes`)
  if (sealed === undefined || sealed.length < sealOverhead) throw malformed('nothing is sealed in it')
  return { tag, sealed }
}

function malformed(reason: string): PeerageError {
  return new PeerageError('wire.invalid', `A frame of an invite is malformed: ${reason}.`)
}
