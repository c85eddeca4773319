import type { FuzzTarget } from '../../test/fuzz/target.ts'
import { PeerageError } from '../base/index.ts'
import {
  decodeInviteKnock,
  decodeInviteProof,
  decodeInviteReply,
  decodeInviteVerdict,
  encodeInviteKnock,
  encodeInviteProof,
  encodeInviteReply,
  encodeInviteVerdict,
} from './invite-frames.ts'

const share = new Uint8Array(32).fill(9)
const peer = '12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA'
const proof = { tag: new Uint8Array(64).fill(3), sealed: new Uint8Array(40).fill(4) }

/** Whatever is decoded can be encoded: a TypeError of an encoder would be a defect. */
const roundTrips: readonly ((frame: Uint8Array) => void)[] = [
  frame => encodeInviteKnock(decodeInviteKnock(frame)),
  frame => encodeInviteReply(decodeInviteReply(frame)),
  frame => encodeInviteProof(decodeInviteProof(frame)),
  frame => encodeInviteVerdict(decodeInviteVerdict(frame)),
]

export const fuzz: FuzzTarget = {
  name: 'invite-frames',
  seeds: [
    encodeInviteKnock({ meeting: new Uint8Array(16), share, peer }),
    encodeInviteReply({ ok: true, share, peer }),
    encodeInviteReply({ ok: false }),
    encodeInviteProof(proof),
    encodeInviteVerdict({ ok: true, ...proof }),
  ].map(frame => frame.subarray(2)),
  run(input) {
    for (const roundTrip of roundTrips)
      try {
        roundTrip(input)
      } catch (error) {
        if (!(error instanceof PeerageError)) throw error
      }
  },
}
