import { AttemptLimit } from '../../access/index.ts'
import { PeerageError } from '../../base/index.ts'
import type { PeerStream } from '../../network/index.ts'
import { Answers } from './answers.ts'
import { FrameChannel } from './frame-channel.ts'
import { invite, send } from './give.ts'
import { Giver } from './giver.ts'
import type { InvitesHost } from './host.ts'
import type { AcceptInput, AnswerInput, InviteInput, ReceiveInput, SendInput } from './inputs.ts'
import { type InviteRow, inviteRow } from './invite-row.ts'
import { MeetingPoint } from './meeting-point.ts'
import { inviteProtocol, meetProtocol } from './protocols.ts'
import { accept, receive } from './take.ts'
import type { AcceptUpdate, InviteUpdate, ReceiveUpdate, SendUpdate } from './updates.ts'

/** Requests that one peer may make of this one as a meeting point, a minute. */
const meetsPerMinute = 60

/** Invites of this peer and of others. */
export class InviteService {
  readonly host: InvitesHost
  readonly #giver: Giver
  readonly #answers: Answers
  readonly #meets: AttemptLimit

  constructor(host: InvitesHost) {
    this.host = host
    this.#giver = new Giver(host)
    this.#answers = new Answers(host.world)
    this.#meets = new AttemptLimit(host.world, meetsPerMinute, 1_024)
  }

  /** Answers whoever knocks, and brings others together if it is to. */
  start(): void {
    const { network, access, config, world } = this.host
    if (network === undefined) return
    access.setPolicy('service:invite', { subjects: ['everyone'], actions: ['use'] })
    network.handle(inviteProtocol, stream => this.#answer(stream))
    if (config.meetFor === 'nobody') return
    access.setPolicy('service:meet', {
      subjects: config.meetFor === 'everyone' ? ['everyone'] : [],
      actions: ['use'],
    })
    const point = new MeetingPoint({ world, config, mayUse: peer => this.#mayMeet(peer) })
    network.handle(meetProtocol, stream => point.receive(stream))
  }

  stop(): void {
    const { network, config } = this.host
    network?.unhandle(inviteProtocol)
    if (config.meetFor !== 'nobody') network?.unhandle(meetProtocol)
  }

  invite(input: InviteInput, signal: AbortSignal): AsyncGenerator<InviteUpdate> {
    return this.#expecting(invite(this.host, this.#giver, input, signal))
  }

  accept(input: AcceptInput, signal: AbortSignal): AsyncGenerator<AcceptUpdate> {
    return this.#expecting(accept(this.host, input, signal))
  }

  send(input: SendInput, signal: AbortSignal): AsyncGenerator<SendUpdate> {
    return this.#expecting(send(this.host, this.#giver, input, signal))
  }

  receive(input: ReceiveInput, signal: AbortSignal): AsyncGenerator<ReceiveUpdate> {
    return this.#expecting(receive(this.host, this.#answers, input, signal))
  }

  answer(input: AnswerInput): void {
    this.#answers.give(input)
  }

  list(): InviteRow[] {
    return this.host.invites.list().map(one => inviteRow(this.host, one))
  }

  /** Throws `invite.not-found`. */
  cancel(id: string): InviteRow {
    if (!this.host.invites.withdraw(id))
      throw new PeerageError('invite.not-found', `There is no open invite ${id.slice(0, 20)}.`)
    const row = this.list().find(one => one.id.startsWith(id))!
    this.host.emit({ type: 'invite.ended', invite: row.id })
    return row
  }

  /** Whoever comes, or is looked for, need not be known. */
  async *#expecting<Update>(steps: AsyncGenerator<Update>): AsyncGenerator<Update> {
    const end = this.host.expect()
    try {
      yield* steps
    } finally {
      end()
    }
  }

  #answer(stream: PeerStream): Promise<void> {
    const channel = new FrameChannel(this.host.world, stream)
    return this.#giver.answer(channel, { peer: stream.peer, isPassedOn: false })
  }

  #mayMeet(peer: string): boolean {
    const { access, config, isKnown } = this.host
    if (!this.#meets.allows(peer)) return false
    this.#meets.failed(peer)
    const { allowed } = access.check({ subject: { peer }, action: 'use', resource: 'service:meet' })
    return allowed || (config.meetFor === 'contacts' && isKnown(peer))
  }
}
