import {
  AttemptLimit,
  canonicalPeerId,
  type Invite,
  InviteExchange,
  maxInviteGuesses,
} from '../../access/index.ts'
import { fromHex, PeerageError } from '../../base/index.ts'
import {
  decodeInviteIntroduction,
  decodeInviteKnock,
  decodeInviteProof,
  decodeInviteReport,
  encodeInviteGift,
  encodeInviteReply,
  encodeInviteVerdict,
  type InviteGift,
  type InviteIntroduction,
  type InviteKnock,
  inviteLimits,
  packStatements,
} from '../../wire/index.ts'
import { type FrameChannel, SealedFrames } from './frame-channel.ts'
import type { InvitesHost } from './host.ts'
import { ownAddresses } from './own-addresses.ts'

/** What becomes of an invite, for whoever waits. */
export type GiveUpdate =
  | { readonly phase: 'missed'; readonly peer: string; readonly triesLeft: number }
  | {
      readonly phase: 'taken'
      readonly peer: string
      readonly name: string
      readonly petname?: string | undefined
    }
  | { readonly phase: 'receiving'; readonly bytes: number; readonly totalBytes: number }
  | { readonly phase: 'ended'; readonly how: 'received' | 'declined' | 'failed' | 'lost' }

/** From whom a stream comes. */
export interface Caller {
  /** PeerId that the stream proves; of one that a meeting point passes on, the meeting point's. */
  readonly peer: string
  readonly isPassedOn: boolean
}

/** Peers whose refusals are counted at once. */
const watchedPeers = 1_024

/** The side that gave invites out: answers knocks, and gives what an invite is good for to the first that proves to have it. */
export class Giver {
  readonly #host: InvitesHost
  readonly #refusals: AttemptLimit
  readonly #knocks: AttemptLimit
  readonly #waiting = new Map<string, (update: GiveUpdate) => void>()

  constructor(host: InvitesHost) {
    this.#host = host
    const { refusalsPerMinute, knocksPerMinute } = host.config
    this.#refusals = new AttemptLimit(host.world, refusalsPerMinute, watchedPeers)
    this.#knocks = new AttemptLimit(host.world, knocksPerMinute, 1)
  }

  /** Tells what becomes of one invite, until what it gives is called. */
  follow(invite: string, listener: (update: GiveUpdate) => void): () => void {
    this.#waiting.set(invite, listener)
    return () => this.#waiting.delete(invite)
  }

  /** Deals with one who knocks. Rejects when the other side breaks the protocol or goes away. */
  async answer(channel: FrameChannel, caller: Caller): Promise<void> {
    const knock = decodeInviteKnock(await channel.next(inviteLimits.knockBytes))
    const found = this.#mayKnock(knock, caller) ? this.#host.invites.find(knock.meeting) : undefined
    const exchange = found && new InviteExchange(this.#host.world, found.secret, this.#host.self)
    const key = exchange?.respond(knock)
    if (found === undefined || exchange === undefined || key === undefined)
      return this.#refuse(channel, caller)
    channel.send(encodeInviteReply({ ok: true, share: exchange.share, peer: this.#host.self }))
    const proof = decodeInviteProof(await channel.next())
    if (!key.confirms(proof.tag)) {
      this.#missed(found.id, knock.peer)
      return this.#refuse(channel, caller)
    }
    const opened = key.sealed.open(proof.sealed)
    if (opened === undefined) return this.#refuse(channel, caller)
    const frames = new SealedFrames(channel, key.sealed)
    const sendGift = (gift: InviteGift): void =>
      channel.send(
        encodeInviteVerdict({ ok: true, tag: key.tag, sealed: key.sealed.seal(encodeInviteGift(gift)) }),
      )
    await this.#give(found.id, knock.peer, decodeInviteIntroduction(opened), {
      channel,
      caller,
      frames,
      sendGift,
    })
  }

  #mayKnock({ peer }: InviteKnock, caller: Caller): boolean {
    const { self, access } = this.#host
    const named = canonicalOrNothing(peer)
    if (named !== peer || peer === self || (!caller.isPassedOn && peer !== caller.peer)) return false
    if (!this.#refusals.allows(caller.peer) || !this.#knocks.allows('all')) return false
    this.#knocks.failed('all')
    return access.check({ subject: { peer }, action: 'use', resource: 'service:invite' }).allowed
  }

  async #give(
    id: string,
    peer: string,
    introduction: InviteIntroduction,
    { channel, caller, frames, sendGift }: Exchange,
  ): Promise<void> {
    const { invites } = this.#host
    const wants = invites.get(id)?.gives.kind === 'files' ? 'files' : 'invite'
    // Only who has the code gets here, so there is nothing to hide.
    if (introduction.wants !== wants && invites.isOpen(id)) {
      sendGift({ kind: 'mixed-up', name: '', addresses: [] })
      return channel.close()
    }
    const invite = invites.take(id, peer)
    if (invite === undefined) return this.#refuse(channel, caller)
    const { gift, statements } = this.#make(invite, peer)
    const petname = invite.gives.kind === 'files' ? undefined : this.#befriend(invite, peer, introduction)
    this.#host.network?.rememberAddresses(peer, introduction.addresses)
    sendGift(gift)
    for (const message of statements) frames.send(message)
    this.#tell(id, { phase: 'taken', peer, name: introduction.name, petname })
    const { kind } = invite.gives
    this.#host.emit({ type: 'invite.taken', invite: id, kind, peer, name: introduction.name })
    if (kind === 'files') await this.#hearReports(id, frames)
    // The taker closes when it has read all.
    else await channel.next().catch(() => undefined)
    invites.given(id)
    await channel.close()
  }

  /** Makes what is given, when the invite is used up already. What goes wrong is told to the user, too. */
  #make({ id, gives }: Invite, peer: string): { gift: InviteGift; statements: Uint8Array[] } {
    const { files, circles, ownName } = this.#host
    const self = { name: ownName, addresses: ownAddresses(this.#host) }
    try {
      if (gives.kind === 'contact') return { gift: { kind: 'contact', ...self }, statements: [] }
      if (gives.kind !== 'circle') {
        const offers = gives.contents.map(content => ({
          ...files.describe(content),
          link: files.allow(content, peer),
        }))
        return { gift: { kind: gives.kind, ...self, offers }, statements: [] }
      }
      if (circles === undefined) throw new PeerageError('circle.unknown')
      const { name: circleName } = circles.invitable(gives.circle)
      const statements = packStatements(circles.admit(gives.circle, peer, gives.role))
      const circle = {
        circle: fromHex(gives.circle),
        circleName,
        role: gives.role,
        frames: statements.length,
      }
      return { gift: { kind: 'circle', ...self, ...circle }, statements }
    } catch (error) {
      this.#tell(id, { phase: 'ended', how: 'failed' })
      if (error instanceof PeerageError) {
        const { code, message } = error
        this.#host.emit({ type: 'invite.failed', invite: id, code, message })
      }
      throw error
    }
  }

  #befriend({ petname }: Invite, peer: string, { name, addresses }: InviteIntroduction): string {
    return this.#host.befriend({ peer, suggested: name, petname, addresses })
  }

  /** The receiver tells how far it is; when it goes away without a word, it may come again to the share itself. */
  async #hearReports(id: string, frames: SealedFrames): Promise<void> {
    try {
      for (;;) {
        const { ended, ...report } = decodeInviteReport(await frames.next('for ever'))
        this.#tell(id, { phase: 'receiving', ...report })
        if (ended !== 'no') return this.#tell(id, { phase: 'ended', how: ended })
      }
    } catch {
      this.#tell(id, { phase: 'ended', how: 'lost' })
    }
  }

  #missed(id: string, peer: string): void {
    const { invites, emit } = this.#host
    if (invites.get(id)?.by !== 'code' || !invites.isOpen(id)) return
    const isOver = invites.failed(id)
    const triesLeft = isOver ? 0 : maxInviteGuesses - invites.failures(id)
    this.#tell(id, { phase: 'missed', peer, triesLeft })
    emit({ type: 'invite.missed', invite: id, peer, triesLeft })
  }

  #tell(id: string, update: GiveUpdate): void {
    this.#waiting.get(id)?.(update)
  }

  /** The same bytes whatever the reason, and wherever in the exchange. */
  async #refuse(channel: FrameChannel, { peer }: Caller): Promise<void> {
    this.#refusals.failed(peer)
    channel.send(encodeInviteReply({ ok: false }))
    await channel.close()
  }
}

interface Exchange {
  readonly channel: FrameChannel
  readonly caller: Caller
  readonly frames: SealedFrames
  sendGift(gift: InviteGift): void
}

function canonicalOrNothing(peer: string): string | undefined {
  try {
    return canonicalPeerId(peer)
  } catch (error) {
    if (error instanceof PeerageError) return undefined
    throw error
  }
}
