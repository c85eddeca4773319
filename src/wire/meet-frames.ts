import { PeerageError } from '../base/index.ts'
import { decodeDictionary } from './bencode-decode.ts'
import { encode } from './bencode-encode.ts'
import { bytesAt, type Dictionary, dictionary, integerAt, textAt } from './bencoded.ts'
import { encodeFrame } from './frame-reader.ts'
import { inviteLimits } from './invite-frames.ts'

/** The longest of these frames, in bytes. */
export const maxMeetBytes = 128

const version = 1

/** The first frame to a meeting point: the giver of an invite waits under a meeting, its taker seeks it. */
export interface MeetRequest {
  readonly wants: 'wait' | 'seek'
  /** As in the knock of an invite. */
  readonly meeting: Uint8Array
}

export function encodeMeetRequest({ wants, meeting }: MeetRequest): Uint8Array {
  return encodeFrame(encode(dictionary({ v: version, w: wants, m: meeting })), maxMeetBytes)
}

/** `frame` comes without its prefix. Throws `bencode.*` or `wire.invalid`. */
export function decodeMeetRequest(frame: Uint8Array): MeetRequest {
  const from = fieldsOf(frame)
  const wants = textAt(from, 'w')
  const meeting = bytesAt(from, 'm')
  if (integerAt(from, 'v') !== version || (wants !== 'wait' && wants !== 'seek'))
    throw malformed('it is no request that is known')
  if (meeting === undefined || meeting.length === 0 || meeting.length > inviteLimits.meetingBytes)
    throw malformed('it names no meeting')
  return { wants, meeting }
}

/** Yes: the waiter is kept, or the two are together from the next byte on. No, for whatever reason. */
export function encodeMeetAnswer(ok: boolean): Uint8Array {
  return encodeFrame(encode(dictionary({ ok: Number(ok) })), maxMeetBytes)
}

export function decodeMeetAnswer(frame: Uint8Array): boolean {
  const ok = integerAt(fieldsOf(frame), 'ok', 0, 1)
  if (ok === undefined) throw malformed('it says neither yes nor no')
  return ok === 1
}

function fieldsOf(frame: Uint8Array): Dictionary {
  return decodeDictionary(frame, { maxBytes: maxMeetBytes, maxDepth: 2, maxItems: 8 })
}

function malformed(reason: string): PeerageError {
  return new PeerageError('wire.invalid', `A frame to a meeting point is malformed: ${reason}.`)
}
