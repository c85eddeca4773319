import { InviteExchange, type InviteSecret } from '../../access/index.ts'
import { PeerageError, type World } from '../../base/index.ts'
import {
  decodeInviteGift,
  decodeInviteReply,
  decodeInviteVerdict,
  encodeInviteIntroduction,
  encodeInviteKnock,
  encodeInviteProof,
  type InviteGift,
  type InviteIntroduction,
  inviteLimits,
} from '../../wire/index.ts'
import { type FrameChannel, SealedFrames } from './frame-channel.ts'

/** How a try at one peer ended: it has no such invite; it did not agree; it gives. */
export type Tried =
  | { readonly outcome: 'absent' | 'refused' | 'mixed-up' }
  | { readonly outcome: 'given'; readonly given: Given }

/** What an invite gave. The giver has proven to be the one who made it, by its PeerId. */
export interface Given {
  readonly peer: string
  readonly gift: InviteGift
  readonly frames: SealedFrames
  /** It came through a meeting point. */
  readonly isPassedOn: boolean
}

export interface TakeOptions {
  readonly world: World
  readonly self: string
  readonly secret: InviteSecret
  readonly introduction: InviteIntroduction
  /** Who must answer; undefined on a stream that is passed on, where the exchange alone proves it. */
  readonly expected?: string | undefined
  readonly isPassedOn: boolean
  /** Whether one more peer may be shown a proof: a false one can try one guess with it. */
  mayProve(): boolean
}

/** Tries to take an invite from whoever is at the other end. Rejects when that breaks the protocol or goes away. */
export async function takeFrom(channel: FrameChannel, options: TakeOptions): Promise<Tried> {
  const { world, self, secret, introduction, expected, isPassedOn } = options
  const exchange = new InviteExchange(world, secret, self)
  channel.send(encodeInviteKnock({ meeting: secret.meeting, share: exchange.share, peer: self }))
  const reply = decodeInviteReply(await channel.next(inviteLimits.knockBytes))
  if (!reply.ok) return { outcome: 'absent' }
  if (reply.peer === self || (expected !== undefined && reply.peer !== expected))
    throw new PeerageError('peer.protocol', 'It answered under another name than its own.')
  const key = exchange.initiate(reply)
  if (key === undefined) throw new PeerageError('peer.protocol', 'Its part of the key exchange is none.')
  if (!options.mayProve()) return { outcome: 'absent' }
  const sealed = key.sealed.seal(encodeInviteIntroduction(introduction))
  channel.send(encodeInviteProof({ tag: key.tag, sealed }))
  const verdict = decodeInviteVerdict(await channel.next())
  const opened = verdict.ok && key.confirms(verdict.tag) ? key.sealed.open(verdict.sealed) : undefined
  if (opened === undefined) return { outcome: 'refused' }
  const gift = decodeInviteGift(opened)
  if (gift.kind === 'mixed-up') return { outcome: 'mixed-up' }
  const frames = new SealedFrames(channel, key.sealed)
  return { outcome: 'given', given: { peer: reply.peer, gift, frames, isPassedOn } }
}
