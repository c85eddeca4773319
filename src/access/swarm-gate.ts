import { PeerageError, type World } from '../base/index.ts'
import {
  decodeSwarmAnswer,
  decodeSwarmHello,
  encodeSwarmAnswer,
  encodeSwarmHello,
  type SwarmAnswer,
  type SwarmHello,
} from '../wire/index.ts'
import { type Access, contentResource } from './access.ts'
import { AttemptLimit } from './attempt-limit.ts'
import { type AccessConfig, defaultAccessConfig } from './config.ts'
import type { Decision } from './decision.ts'
import { issueGrant } from './grant.ts'
import type { Action } from './policy.ts'
import { swarmProof } from './proof.ts'
import type { Identity } from './signing.ts'

export interface SwarmGateOptions {
  readonly access: Access
  readonly identity: Identity
  readonly world: World
  readonly config?: AccessConfig
}

/** What the responder makes of a hello. `answer` is the whole frame to send, in either case. */
export type HelloVerdict =
  | {
      readonly accepted: true
      readonly infoHash: Uint8Array
      readonly answer: Uint8Array
      readonly decision: Decision
    }
  | {
      readonly accepted: false
      readonly answer: Uint8Array
      /** For this machine's log; the peer must not learn it. */
      readonly reason: string
      /** The peer broke the protocol; not a mere refusal. */
      readonly malformed: boolean
    }

/** What the initiator makes of the answer. Until it is accepted, nothing of the content may be told to the responder. */
export type AnswerVerdict =
  | { readonly accepted: true; readonly decision: Decision }
  | {
      readonly accepted: false
      readonly reason: string
      /** The responder refused us; otherwise it is we who do not trust it. */
      readonly refused: boolean
    }

/** What a grant is given for: content does not change, and is not used. */
const grantable: readonly Action[] = ['list', 'read', 'serve']

/**
 * The door of private swarms: builds and judges the first frame that each side of a stream sends. Both prove that they belong
 * to the swarm; the secret itself never leaves this machine. See docs/decisions/003-private-swarm-hello.md.
 */
export class SwarmGate {
  readonly #access: Access
  readonly #identity: Identity
  readonly #grantMs: number
  readonly #limit: AttemptLimit

  constructor({ access, identity, world, config = defaultAccessConfig }: SwarmGateOptions) {
    this.#access = access
    this.#identity = identity
    this.#grantMs = config.grantDays * 86_400_000
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
    const grant = this.#grantFor(responder, resource)
    return encodeSwarmHello({
      infoHash,
      ...this.#proof(infoHash, resource, responder),
      ...(grant && { grants: [grant] }),
    })
  }

  /**
   * Judges the hello (a frame without its prefix) of `initiator`. Throws nothing. When it is accepted but there is no such
   * content here after all, `refusal` is to be sent instead of the answer.
   */
  receive(frame: Uint8Array, initiator: string): HelloVerdict {
    if (!this.#limit.allows(initiator)) return this.#refuse('too many refused requests')
    const hello = decodeOrNothing(frame, decodeSwarmHello)
    if (hello === undefined) {
      this.#limit.failed(initiator)
      return { ...this.#refuse('its hello is malformed'), malformed: true }
    }
    const resource = contentResource(hello.infoHash)
    const proofs = { secret: hello.proof, grants: hello.grants }
    const decision = this.#access.check({ subject: { peer: initiator }, action: 'read', resource, proofs })
    if (decision.allowed) return this.#accept(hello, resource, initiator, decision)
    this.#limit.failed(initiator)
    return this.#refuse(decision.reason)
  }

  /** Judges the answer (a frame without its prefix) of `responder` to our hello. Throws nothing. */
  confirm(infoHash: Uint8Array, frame: Uint8Array, responder: string): AnswerVerdict {
    const answer = decodeOrNothing(frame, decodeSwarmAnswer)
    if (answer === undefined) return { accepted: false, refused: false, reason: 'its answer is malformed' }
    if (!answer.ok) return { accepted: false, refused: true, reason: 'it refused' }
    const resource = contentResource(infoHash)
    const decision = this.#access.check({
      subject: { peer: responder },
      action: 'read',
      resource,
      proofs: { secret: answer.proof, grants: answer.grant && [answer.grant] },
    })
    if (!decision.allowed) return { accepted: false, refused: false, reason: decision.reason }
    if (answer.grant !== undefined) this.#keep(resource, [answer.grant])
    return { accepted: true, decision }
  }

  #accept(hello: SwarmHello, resource: string, initiator: string, decision: Decision): HelloVerdict {
    const { infoHash, grants } = hello
    if (grants !== undefined) this.#keep(resource, grants)
    const grant = this.#grantFor(initiator, resource)
    const answer: SwarmAnswer = {
      ok: true,
      ...this.#proof(infoHash, resource, initiator),
      ...(grant && { grant }),
    }
    return { accepted: true, infoHash: infoHash.slice(), answer: encodeSwarmAnswer(answer), decision }
  }

  #refuse(reason: string): HelloVerdict & { accepted: false } {
    return { accepted: false, answer: this.refusal, reason, malformed: false }
  }

  #proof(infoHash: Uint8Array, resource: string, verifier: string): { proof?: Uint8Array } {
    const secret = this.#access.secret(resource)
    return secret === undefined ? {} : { proof: swarmProof(secret, infoHash, this.#access.self, verifier) }
  }

  /** The owner gives the other side a grant of its own when a rule names it; a member shows the one that it holds. */
  #grantFor(peer: string, resource: string): Uint8Array | undefined {
    const owner = this.#access.owner(resource)
    if (owner === undefined || owner === peer) return undefined
    return owner === this.#access.self ? this.#issue(peer, resource) : this.#access.held.get(resource)
  }

  #issue(peer: string, resource: string): Uint8Array | undefined {
    const issued = this.#access.now()
    let expires = Math.floor(issued + this.#grantMs)
    const actions = grantable.filter(action => {
      const decision = this.#access.check({ subject: { peer }, action, resource })
      if (!decision.allowed || decision.rule !== `peer:${peer}`) return false
      expires = Math.min(expires, decision.until ?? expires)
      return true
    })
    if (actions.length === 0 || expires <= issued) return undefined
    return issueGrant(this.#identity, { subject: peer, resource, actions, issued, expires })
  }

  /** Keeps what the owner gave us, be it shown by the owner or by another member. */
  #keep(resource: string, grants: readonly Uint8Array[]): void {
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
