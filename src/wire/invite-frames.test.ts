import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PeerageError, utf8 } from '../base/index.ts'
import { encode } from './bencode-encode.ts'
import { dictionary, type Encodable } from './bencoded.ts'
import {
  decodeInviteKnock,
  decodeInviteProof,
  decodeInviteReply,
  decodeInviteVerdict,
  encodeInviteKnock,
  encodeInviteProof,
  encodeInviteReply,
  encodeInviteVerdict,
  inviteFrameReader,
  inviteLimits,
} from './invite-frames.ts'

const share = new Uint8Array(32).fill(9)
const peer = '12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA'
const knock = { meeting: utf8('7'), share, peer }
const proof = { tag: new Uint8Array(64).fill(3), sealed: new Uint8Array(40).fill(4) }

/** What a reader finds in the bytes of a stream. */
const read = (bytes: Uint8Array): Uint8Array => inviteFrameReader().push(bytes).frame!

it('reads what it writes', () => {
  expect(decodeInviteKnock(read(encodeInviteKnock(knock)))).toEqual(knock)
  const reply = { ok: true, share, peer } as const
  expect(decodeInviteReply(read(encodeInviteReply(reply)))).toEqual(reply)
  expect(decodeInviteReply(read(encodeInviteReply({ ok: false })))).toEqual({ ok: false })
  expect(decodeInviteProof(read(encodeInviteProof(proof)))).toEqual(proof)
  const verdict = { ok: true, ...proof } as const
  expect(decodeInviteVerdict(read(encodeInviteVerdict(verdict)))).toEqual(verdict)
  expect(decodeInviteVerdict(read(encodeInviteVerdict({ ok: false })))).toEqual({ ok: false })
})

const fields = { v: 1, m: utf8('7'), y: share, p: peer }
const knockOf = (change: Record<string, Encodable>): Uint8Array =>
  encode(dictionary({ ...fields, ...change }))

it.each<[string, Uint8Array]>([
  ['another version', knockOf({ v: 2 })],
  ['no meeting', knockOf({ m: '' })],
  ['a meeting that is too long', knockOf({ m: new Uint8Array(17) })],
  ['a short share', knockOf({ y: new Uint8Array(31) })],
  ['no peer', knockOf({ p: '' })],
  ['a peer that is too long', knockOf({ p: 'a'.repeat(65) })],
  ['a number for a share', knockOf({ y: 7 })],
  ['too much of it', knockOf({ z: new Uint8Array(600) })],
  ['a list', encode([1])],
  ['nothing', new Uint8Array(0)],
])('refuses a knock with %s', (_what, frame) => {
  expect(() => decodeInviteKnock(frame)).toThrow(PeerageError)
})

it('refuses proofs and answers that are none', () => {
  const bad: readonly Record<string, Encodable>[] = [{}, { ok: 2 }, { ok: 1 }, { ok: 1, t: 'x', s: 'y' }]
  for (const one of bad) {
    const frame = encode(dictionary(one))
    expect(() => decodeInviteReply(frame)).toThrow(PeerageError)
    expect(() => decodeInviteVerdict(frame)).toThrow(PeerageError)
    expect(() => decodeInviteProof(frame)).toThrow(PeerageError)
  }
})

it('takes no longer frame', () => {
  const prefix = Uint8Array.of((inviteLimits.frameBytes + 1) >> 8, (inviteLimits.frameBytes + 1) & 255)
  expect(() => inviteFrameReader().push(prefix)).toThrow(expect.objectContaining({ code: 'wire.limit' }))
})

it('throws nothing else for any bytes', () => {
  const decoders = [decodeInviteKnock, decodeInviteReply, decodeInviteProof, decodeInviteVerdict]
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      for (const decode of decoders)
        try {
          decode(bytes)
        } catch (error) {
          if (!(error instanceof PeerageError)) throw error
        }
    }),
  )
})
