import { concat, equalBytes, PeerageError, utf8 } from '../../base/index.ts'

/** What connections and datagrams of a test begin with; then the nonce. */
export const knock: Uint8Array = utf8('PEERAGE dial-back 1\n')
export const nonceBytes = 32
export const knockBytes: number = knock.length + nonceBytes
/** Nonce and port. */
export const requestBytes: number = nonceBytes + 2
/** Ports below belong to services that did not ask. */
const lowestPort = 1_024

export interface DialBackRequest {
  readonly nonce: Uint8Array
  readonly port: number
}

/** What the other side says that it did: `refused` too many asked, `closed` nobody answered there, `reached` we did. */
export type DialBackAnswer = 'refused' | 'closed' | 'reached'
const answers: readonly DialBackAnswer[] = ['refused', 'closed', 'reached']

export function encodeRequest({ nonce, port }: DialBackRequest): Uint8Array {
  return concat([nonce, Uint8Array.of(port >> 8, port & 255)])
}

/** Throws `wire.invalid`. */
export function decodeRequest(bytes: Uint8Array): DialBackRequest {
  const port = (bytes[nonceBytes] ?? 0) * 256 + (bytes[nonceBytes + 1] ?? 0)
  if (bytes.length !== requestBytes || port < lowestPort)
    throw new PeerageError('wire.invalid', 'That is no request to dial back.')
  return { nonce: bytes.slice(0, nonceBytes), port }
}

export function encodeAnswer(answer: DialBackAnswer): Uint8Array {
  return Uint8Array.of(answers.indexOf(answer))
}

/** Throws `wire.invalid`. */
export function decodeAnswer(bytes: Uint8Array): DialBackAnswer {
  const answer = bytes.length === 1 ? answers[bytes[0]!] : undefined
  if (answer === undefined) throw new PeerageError('wire.invalid', 'That is no answer to a dial-back.')
  return answer
}

export function encodeKnock(nonce: Uint8Array): Uint8Array {
  return concat([knock, nonce])
}

/** Whether something begins like a knock; undefined: so far. */
export function isKnock(head: Uint8Array): boolean | undefined {
  const known = Math.min(head.length, knock.length)
  if (!equalBytes(head.subarray(0, known), knock.subarray(0, known))) return false
  return head.length >= knock.length ? true : undefined
}

/** The nonce of a whole knock, else undefined. */
export function nonceOf(bytes: Uint8Array): Uint8Array | undefined {
  return bytes.length === knockBytes && isKnock(bytes) === true ? bytes.slice(knock.length) : undefined
}
