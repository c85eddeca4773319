import { PeerageError, type World } from '../base/index.ts'
import {
  decodeSwarmAnswer,
  decodeSwarmHello,
  encodeSwarmAnswer,
  encodeSwarmHello,
  type SwarmAnswer,
} from '../wire/index.ts'
import { type Access, contentResource } from './access.ts'
import type { Proofs } from './asker.ts'
import { AttemptLimit } from './attempt-limit.ts'
import { type AccessConfig, defaultAccessConfig } from './config.ts'
import type { Decision } from './decision.ts'
import type { Grants } from './grants.ts'
import { swarmProof } from './proof.ts'

export interface SwarmGateOptions {
  readonly access: Access
  readonly grants: Grants
  readonly world: World
  readonly config?: AccessConfig
}

/** What the other side of a stream has proven, and where it is: enough to judge it again. */
export interface Admission {
  readonly infoHash: Uint8Array
  readonly peer: string
  readonly proofs: Proofs
  /** It is on this machine or local network. */
  readonly isLocal: boolean
}

/** What the responder makes of a hello. `answer` is the whole frame to send, in either case. */
export type HelloVerdict =
  | {
      readonly accepted: true
      readonly answer: Uint8Array
      readonly admission: Admission
      readonly decision: Decision
    }
  | {
      readonly accepted: false
      readonly answer: Uint8Array
      /** For this machine's log; the peer must not learn it. */
      readonly reason: string
      /** What it asked for, if that could be read. */
      readonly resource?: string | undefined
      readonly rule?: Decision['rule']
      /** The peer broke the protocol; not a mere refusal. */
      readonly malformed: boolean
    }

/** What the initiator makes of the answer. Until it is accepted, nothing of the content may be told to the responder. */
export type AnswerVerdict =
  | { readonly accepted: true; readonly admission: Admission; readonly decision: Decision }
  | {
      readonly accepted: false
      readonly reason: string
      /** The responder refused us; otherwise it is we who do not trust it. */
      readonly refused: boolean
    }

/**
 * The door of private swarms: builds and judges the first frame that each side of a stream sends. Both prove that they belong
 * to the swarm; the secret itself never leaves this machine. See docs/decisions/003-private-swarm-hello.md.
 */
export class SwarmGate {
  readonly #access: Access
  readonly #grants: Grants
  readonly #limit: AttemptLimit

  constructor({ access, grants, world, config = defaultAccessConfig }: SwarmGateOptions) {
    this.#access = access
    this.#grants = grants
    this.#limit = new AttemptLimit(world, config.failedHellosPerMinute, config.watchedPeers)
  }

  /**
   * The frame that refuses: the same whether there is no such content or it is not for that peer. New bytes each time, as a
   * stream takes ownership of what it sends.
   */
  get refusal(): Uint8Array {
    return encodeSwarmAnswer({ ok: false })
  }

  /** The initiator's first frame, for `responder` only. */
  hello(infoHash: Uint8Array, responder: string): Uint8Array {
    const resource = contentResource(infoHash)
    const grants = this.#grantsFor(responder, resource)
    return encodeSwarmHello({
      infoHash,
      ...this.#proof(infoHash, resource, responder),
      ...(grants.length > 0 && { grants }),
    })
  }

  /**
   * Judges the hello (a frame without its prefix) of `initiator`. Throws nothing. When it is accepted but there is no such
   * content here after all, `refusal` is to be sent instead of the answer.
   */
  receive(frame: Uint8Array, initiator: string, isLocal = false): HelloVerdict {
    if (!this.#limit.allows(initiator)) return this.#refuse('too many refused requests')
    const hello = decodeOrNothing(frame, decodeSwarmHello)
    if (hello === undefined) {
      this.#limit.failed(initiator)
      return { ...this.#refuse('its hello is malformed'), malformed: true }
    }
    const admission: Admission = {
      infoHash: hello.infoHash.slice(),
      peer: initiator,
      proofs: { secret: hello.proof?.slice(), grants: hello.grants?.map(one => one.slice()) },
      isLocal,
    }
    const decision = this.#judge(admission, false)
    if (decision.allowed) return { accepted: true, answer: this.#accept(admission), admission, decision }
    this.#limit.failed(initiator)
    const { reason, rule } = decision
    return { ...this.#refuse(reason), resource: contentResource(admission.infoHash), rule }
  }

  /** Judges the answer (a frame without its prefix) of `responder` to our hello. Throws nothing. */
  confirm(infoHash: Uint8Array, frame: Uint8Array, responder: string, isLocal = false): AnswerVerdict {
    const answer = decodeOrNothing(frame, decodeSwarmAnswer)
    if (answer === undefined) return { accepted: false, refused: false, reason: 'its answer is malformed' }
    if (!answer.ok) return { accepted: false, refused: true, reason: 'it refused' }
    const grants = answer.grant && [answer.grant.slice()]
    const proofs: Proofs = { secret: answer.proof?.slice(), grants }
    const admission: Admission = { infoHash, peer: responder, proofs, isLocal }
    const decision = this.#judge(admission, false)
    if (!decision.allowed) return { accepted: false, refused: false, reason: decision.reason }
    this.#keep(contentResource(infoHash), grants)
    return { accepted: true, admission, decision }
  }

  /** Judges who is here already by what it has proven: perhaps something has changed. Throws nothing. */
  again(admission: Admission): Decision {
    return this.#judge(admission, true)
  }

  #judge({ infoHash, peer, proofs, isLocal }: Admission, isOpen: boolean): Decision {
    const resource = contentResource(infoHash)
    return this.#access.check({ subject: { peer }, action: 'read', resource, proofs, isLocal, isOpen })
  }

  #accept({ infoHash, peer, proofs }: Admission): Uint8Array {
    const resource = contentResource(infoHash)
    this.#keep(resource, proofs.grants)
    const [grant] = this.#grantsFor(peer, resource)
    const answer: SwarmAnswer = {
      ok: true,
      ...this.#proof(infoHash, resource, peer),
      ...(grant && { grant }),
    }
    return encodeSwarmAnswer(answer)
  }

  #refuse(reason: string): HelloVerdict & { accepted: false } {
    return { accepted: false, answer: this.refusal, reason, malformed: false }
  }

  #proof(infoHash: Uint8Array, resource: string, verifier: string): { proof?: Uint8Array } {
    const secret = this.#access.secret(resource)
    return secret === undefined ? {} : { proof: swarmProof(secret, infoHash, this.#access.self, verifier) }
  }

  /** The owner gives the other side a grant of its own when a rule is about it; a member shows those that it holds. */
  #grantsFor(peer: string, resource: string): readonly Uint8Array[] {
    const owner = this.#access.owner(resource)
    if (owner === undefined) return []
    if (owner !== this.#access.self) return this.#access.held.shownTo(peer, resource)
    const grant = this.#grants.forPeer(peer, resource)
    return grant === undefined ? [] : [grant]
  }

  /** Keeps what the owner gave us, be it shown by the owner or by another member. */
  #keep(resource: string, grants: readonly Uint8Array[] = []): void {
    const owner = this.#access.owner(resource)
    if (owner === undefined || owner === this.#access.self) return
    for (const grant of grants) this.#access.held.keep(resource, owner, grant)
  }
}

function decodeOrNothing<T>(frame: Uint8Array, decode: (frame: Uint8Array) => T): T | undefined {
  try {
    return decode(frame)
  } catch (error) {
    if (error instanceof PeerageError) return undefined
    throw error
  }
}
