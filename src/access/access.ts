import { fromHex, PeerageError, toHex, type World } from '../base/index.ts'
import { swarmHelloLimits } from '../wire/index.ts'
import { type AccessConfig, defaultAccessConfig } from './config.ts'
import { type Decision, decide, type Evidence, explainRules } from './decide.ts'
import { type Grant, openGrant } from './grant.ts'
import { grantFault } from './grant-fault.ts'
import { HeldGrants } from './held-grants.ts'
import { canonicalPeerId } from './peer-id.ts'
import { type Action, type LinkTerms, type Policy, parsePolicy, policyOfLink, speaksOf } from './policy.ts'
import { equalSecretly, swarmProof } from './proof.ts'

import {
  type KeyValue,
  makeRecord,
  type ResourceRecord,
  restoreRecord,
  sameTerms,
  storeRecord,
  termsOf,
} from './records.ts'
import { noStanding } from './standing.ts'
import { TrustedClock } from './trusted-clock.ts'

export interface AccessOptions {
  /** PeerId of this peer. */
  readonly self: string
  readonly world: World
  readonly state: KeyValue
  readonly config?: AccessConfig
}

/** What a peer shows with its request. */
export interface Proofs {
  /** 32 bytes, see `swarmProof`: that the peer knows the content's secret. Never the secret itself. */
  readonly secret?: Uint8Array | undefined
  /** Grant envelopes; more than 4 are not looked at. */
  readonly grants?: readonly Uint8Array[] | undefined
}

export interface CheckRequest {
  /** The peer at the other end of a stream (its PeerId in base 58), or the user of this machine. */
  readonly subject: { readonly peer: string } | 'owner'
  readonly action: Action
  /** `content:<info hash in hex>`, `api:SERVICE`, ... */
  readonly resource: string
  readonly proofs?: Proofs | undefined
}

/** A decision with each rule that was considered, for people. */
export interface Explanation extends Decision {
  readonly steps: readonly string[]
}

const kind = 'access.policy'
const allowedHere: Decision = Object.freeze({
  allowed: true,
  reason: 'it is the user of this machine',
  rule: 'owner',
})
const unknownResource: Decision = Object.freeze({ allowed: false, reason: 'nothing is said about it' })
const nothingShown: Proofs = Object.freeze({})

/** The name of a content (BEP 52 info hash, 32 bytes) as a resource. */
export function contentResource(infoHash: Uint8Array): string {
  return `content:${toHex(infoHash)}`
}

/**
 * Who may do what: the only place that decides, for streams and API calls alike. Answers from memory; every change is in `state`
 * before it counts. What nothing is said about is denied.
 */
export class Access {
  readonly self: string
  readonly held: HeldGrants
  /** Resources whose stored record was damaged when this started: nobody may read them until they are given a policy again. */
  readonly damaged: readonly string[]
  readonly #state: KeyValue
  readonly #config: AccessConfig
  readonly #world: World
  readonly #clock: TrustedClock
  readonly #records = new Map<string, ResourceRecord>()
  readonly #listeners = new Set<(resource: string) => void>()
  /** Stands in for the secret of what has none, so that looking for it takes as long. */
  readonly #decoy: Uint8Array

  constructor({ self, world, state, config = defaultAccessConfig }: AccessOptions) {
    this.self = canonicalPeerId(self)
    this.#state = state
    this.#config = config
    this.#world = world
    this.#clock = new TrustedClock(world)
    this.#decoy = world.random.bytes(32)
    this.damaged = this.#restore()
    this.held = new HeldGrants(state, this.self, this.#clock)
  }

  /** Yes or no, and why. The one path for every stream and every API call. Throws nothing, whatever the peer showed. */
  check(request: CheckRequest): Decision {
    const { subject, action, resource, proofs } = request
    if (subject === 'owner') return allowedHere
    const record = this.#records.get(resource)
    if (proofs === undefined && record === undefined) return unknownResource
    const now = this.#clock.now()
    // Looked into before it is known whether there is such a resource, so that both take the same time.
    const evidence = this.#weigh(record, subject.peer, resource, proofs ?? nothingShown, now)
    return record === undefined
      ? unknownResource
      : decide(record.compiled, subject.peer, action, evidence, now)
  }

  /** As `check`, with every rule that was considered. */
  explain(request: CheckRequest): Explanation {
    const decision = this.check(request)
    const { subject, action, resource, proofs = nothingShown } = request
    const record = this.#records.get(resource)
    if (subject === 'owner' || record === undefined) return { ...decision, steps: [] }
    const now = this.#clock.now()
    const evidence = this.#weigh(record, subject.peer, resource, proofs, now)
    const owner = record.owner === undefined ? [] : [`owner: ${record.owner}`]
    return {
      ...decision,
      steps: [...owner, ...explainRules(record.policy, subject.peer, action, evidence, now)],
    }
  }

  /** The policy of a resource. */
  policy(resource: string): Policy | undefined {
    return this.#records.get(resource)?.policy
  }

  /**
   * Sets or replaces a policy. A resource that has no owner yet becomes this peer's own. One whose policy allows the holders of the secret
   * gets a secret. Throws `access.policy-invalid`, `access.limit`, and what `state` throws; then nothing has changed.
   */
  setPolicy(resource: string, policy: Policy): void {
    const before = this.#records.get(resource)
    const checked = parsePolicy(policy)
    const needsSecret = speaksOf(checked, subject => subject === 'secret')
    const secret = before?.secret ?? (needsSecret ? this.#world.random.bytes(32) : undefined)
    this.#save(resource, makeRecord(checked, before?.owner ?? this.self, secret))
  }

  /**
   * The policy for content that is fetched by a link, see `policyOfLink`. What already has a policy keeps it: a link, which
   * anybody can write, never changes what this user decided. `kept` means that the link says something else.
   */
  adopt(resource: string, terms: LinkTerms): 'adopted' | 'same' | 'kept' {
    const owner = terms.owner === undefined ? undefined : canonicalPeerId(terms.owner)
    if (terms.secret !== undefined && terms.secret.length !== 32)
      throw new TypeError('A secret has 32 bytes.')
    const before = this.#records.get(resource)
    if (before !== undefined) return sameTerms(termsOf(before), { ...terms, owner }) ? 'same' : 'kept'
    this.#save(resource, makeRecord(parsePolicy(policyOfLink(terms)), owner, terms.secret?.slice()))
    return 'adopted'
  }

  /** Forgets a resource with its secret and the grant held for it; nobody may then. */
  removePolicy(resource: string): void {
    if (!this.#records.has(resource)) return
    this.#state.delete(kind, resource)
    this.#records.delete(resource)
    this.held.remove(resource)
    this.#changed(resource)
  }

  /** Says who made the content and may give grants. The resource must have a policy. Throws `peer-id.invalid`. */
  setOwner(resource: string, peerId: string): void {
    const { policy, secret } = this.#existing(resource)
    this.#save(resource, makeRecord(policy, canonicalPeerId(peerId), secret))
  }

  owner(resource: string): string | undefined {
    return this.#records.get(resource)?.owner
  }

  /** The secret (32 bytes) of a resource, for its link. Not to be logged or sent. */
  secret(resource: string): Uint8Array | undefined {
    return this.#records.get(resource)?.secret
  }

  /** Replaces the secret, so that links given out before are worth nothing any more with this peer. */
  renewSecret(resource: string): void {
    const { policy, owner } = this.#existing(resource)
    this.#save(resource, makeRecord(policy, owner, this.#world.random.bytes(32)))
  }

  /** What a link to this resource has to carry. Nothing for a resource that everyone may read. */
  terms(resource: string): LinkTerms {
    return termsOf(this.#existing(resource))
  }

  /** Every resource that has a policy. */
  resources(): IterableIterator<string> {
    return this.#records.keys()
  }

  /** Calls `listener` after each change with the resource; open streams are to be checked again then. Gives what ends it. */
  onChanged(listener: (resource: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The time that expiries are judged by, in milliseconds since the Unix epoch. */
  now(): number {
    return this.#clock.now()
  }

  #weigh(
    record: ResourceRecord | undefined,
    peer: string,
    resource: string,
    proofs: Proofs,
    now: number,
  ): Evidence {
    const { secret, grants } = proofs
    return {
      isOwner: record?.owner === peer,
      secretProven: secret !== undefined && this.#proves(record?.secret, resource, peer, secret),
      grants: grants === undefined ? [] : openAll(grants, peer, resource, now),
    }
  }

  #proves(secret: Uint8Array | undefined, resource: string, peer: string, proof: Uint8Array): boolean {
    const infoHash = /^content:([0-9a-f]{64})$/.exec(resource)?.[1]
    if (infoHash === undefined) return false
    const expected = swarmProof(secret ?? this.#decoy, fromHex(infoHash), peer, this.self)
    return equalSecretly(expected, proof) && secret !== undefined
  }

  #save(resource: string, record: ResourceRecord): void {
    if (!/^[a-z][a-z0-9-]{0,31}:[!-~]{1,200}$/.test(resource))
      throw new TypeError(`not the name of a resource: ${resource}`)
    if (!this.#records.has(resource) && this.#records.size >= this.#config.maxPolicies)
      throw new PeerageError('access.limit', `There are ${this.#config.maxPolicies} policies already.`)
    this.#state.put(kind, resource, storeRecord(record))
    this.#records.set(resource, record)
    this.#changed(resource)
  }

  #existing(resource: string): ResourceRecord {
    const record = this.#records.get(resource)
    if (record === undefined) throw new PeerageError('content.unknown', `There is no policy for ${resource}.`)
    return record
  }

  #changed(resource: string): void {
    for (const listener of this.#listeners) listener(resource)
  }

  #restore(): string[] {
    const damaged: string[] = []
    for (const [resource, value] of this.#state.entries(kind)) {
      const record = restoreRecord(value)
      if (record === undefined) damaged.push(resource)
      else this.#records.set(resource, record)
    }
    return damaged
  }
}

/** The genuine grants for `peer` on `resource` among those shown. */
function openAll(envelopes: readonly Uint8Array[], peer: string, resource: string, now: number): Grant[] {
  const grants: Grant[] = []
  for (const bytes of envelopes.slice(0, swarmHelloLimits.grants)) {
    try {
      const grant = openGrant(bytes)
      if (grantFault(grant, peer, resource, now, noStanding) === undefined) grants.push(grant)
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  }
  return grants
}
