import { PeerageError, toHex, type World } from '../base/index.ts'
import { askerOf, type Proofs } from './asker.ts'
import { type AccessConfig, defaultAccessConfig } from './config.ts'
import { type Asker, decide, type Moment } from './decide.ts'
import type { Decision } from './decision.ts'
import { type ExplainedRule, explainRules } from './explain.ts'
import type { Grant } from './grant.ts'
import { HeldGrants } from './held-grants.ts'
import { canonicalPeerId } from './peer-id.ts'
import {
  type Action,
  type LinkTerms,
  type Policy,
  parsePolicy,
  policyOfLink,
  type Rule,
  type SubjectRule,
  speaksOf,
} from './policy.ts'
import { withoutSubject, withRule } from './policy-edit.ts'
import {
  type KeyValue,
  makeRecord,
  type ResourceRecord,
  restoreRecord,
  sameTerms,
  storeRecord,
  termsOf,
} from './records.ts'
import { noStanding, type Standing } from './standing.ts'
import { TrustedClock } from './trusted-clock.ts'
import { Usage, type UsedUp } from './usage.ts'

export interface AccessOptions {
  /** PeerId of this peer. */
  readonly self: string
  readonly world: World
  readonly state: KeyValue
  readonly config?: AccessConfig
  /** Who peers are to the user; without it each stands for itself. */
  readonly standing?: Standing
}

export interface CheckRequest {
  /** The peer at the other end of a stream (its PeerId in base 58), or the user of this machine. */
  readonly subject: { readonly peer: string } | 'owner'
  readonly action: Action
  /** `content:<info hash in hex>`, `api:SERVICE`, ... */
  readonly resource: string
  readonly proofs?: Proofs | undefined
  /** Whether the peer is on this machine or local network; what is not known is not. */
  readonly isLocal?: boolean | undefined
  /** Asked again for what was counted as a use when it began. */
  readonly isOpen?: boolean | undefined
}

/** A decision with each rule that was considered, for people. */
export interface Explanation extends Decision {
  readonly steps: readonly string[]
  /** The same for programs, without who owns it. */
  readonly rules: readonly ExplainedRule[]
}

const kind = 'access.policy'
const allowedHere: Decision = Object.freeze({
  allowed: true,
  reason: 'it is the user of this machine',
  rule: 'owner',
})
const unknownResource: Decision = Object.freeze({ allowed: false, reason: 'nothing is said about it' })

/** `content:...`, `api:files`: a kind and a name within it, without spaces. */
export function isResourceName(text: string): boolean {
  return /^[a-z][a-z0-9-]{0,31}:[!-~]{1,200}$/.test(text)
}

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
  /** How many resources each owner has here. */
  readonly #owners = new Map<string, number>()
  readonly #listeners = new Set<(resource: string | undefined) => void>()
  readonly #decoy: Uint8Array
  readonly #standing: Standing
  readonly #usage: Usage
  readonly #localOffset: (at: number) => number
  readonly #ofCircles = (resource: string): readonly Grant[] => this.held.ofCircles(resource)

  constructor({ self, world, state, config = defaultAccessConfig, standing = noStanding }: AccessOptions) {
    this.self = canonicalPeerId(self)
    this.#state = state
    this.#config = config
    this.#world = world
    this.#clock = new TrustedClock(world)
    this.#decoy = world.random.bytes(32)
    this.#standing = standing
    this.#usage = new Usage(world, state, config, () => this.#clock.now())
    this.#localOffset = at => world.localOffset(at)
    this.damaged = this.#restore()
    this.held = new HeldGrants({
      state,
      self: this.self,
      standing,
      max: config.maxGrants,
      now: () => this.#clock.now(),
    })
    standing.onChanged(() => this.#changed(undefined))
  }

  /** Yes or no, and why. The one path for every stream and every API call. Throws nothing, whatever the peer showed. */
  check(request: CheckRequest): Decision {
    if (request.subject === 'owner') return allowedHere
    const record = this.#records.get(request.resource)
    const now = this.#clock.now()
    // Looked into before it is known whether there is such a resource, so that both take the same time.
    const asker = this.#asker(request, request.subject.peer, record, now)
    if (record === undefined) return unknownResource
    return decide(record.compiled, request.action, asker, this.#moment(request, now))
  }

  /** As `check`, with every rule that was considered, in words. `nameOf` gives subjects the names that the user knows. */
  explain(request: CheckRequest, nameOf: (subject: string) => string = subject => subject): Explanation {
    const decision = this.check(request)
    const record = this.#records.get(request.resource)
    if (request.subject === 'owner' || record === undefined) return { ...decision, steps: [], rules: [] }
    const now = this.#clock.now()
    const asker = this.#asker(request, request.subject.peer, record, now)
    const owner = record.owner === undefined ? [] : [`owner: ${nameOf(`peer:${record.owner}`)}`]
    const rules = explainRules(record.compiled, request.action, asker, this.#moment(request, now), nameOf)
    return { ...decision, steps: [...owner, ...rules.map(({ text }) => text)], rules }
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

  /**
   * Says what one subject may do, or not, with a resource: earlier rules about it are replaced as far as they name the same actions.
   * A resource without a policy gets one. Throws as `setPolicy`.
   */
  setRule(resource: string, rule: Rule): void {
    this.setPolicy(resource, withRule(this.policy(resource), rule))
  }

  /** Takes away every rule about a subject; false when there was none. Throws as `setPolicy`. */
  removeRules(resource: string, subject: SubjectRule): boolean {
    const policy = this.policy(resource)
    const without = policy && withoutSubject(policy, subject)
    if (without === undefined || without === policy) return false
    this.setPolicy(resource, without)
    return true
  }

  /** What was used of the quotas of a resource, and by whom. */
  used(resource: string): UsedUp[] {
    return this.#usage.used(resource)
  }

  /** What was used of quotas of a resource, or of those of one subject, counts as nothing. */
  resetUsage(resource: string, subject?: SubjectRule): void {
    this.#usage.reset(resource, name => subject === undefined || name.startsWith(`${subject} `))
    this.#changed(resource)
  }

  /** Writes how much of the quotas was really used. Streams must have ended: nothing may be taken any more. */
  close(): void {
    this.#usage.close()
  }

  /** Forgets a resource with its secret and the grant held for it; nobody may then. */
  removePolicy(resource: string): void {
    if (!this.#records.has(resource)) return
    this.#state.delete(kind, resource)
    this.#put(resource, undefined)
    this.held.remove(resource)
    this.#usage.keepOnly(resource, () => false)
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

  /** Whether a peer made anything that is spoken of here. */
  isOwner(peer: string): boolean {
    return this.#owners.has(peer)
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

  /**
   * Calls `listener` after each change with the resource, or with undefined when it may be any of them (people, circles, what was
   * taken back); open streams are to be checked again then. Gives what ends it.
   */
  onChanged(listener: (resource: string | undefined) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The time that expiries are judged by, in milliseconds since the Unix epoch. */
  now(): number {
    return this.#clock.now()
  }

  #asker(request: CheckRequest, peer: string, record: ResourceRecord | undefined, now: number): Asker {
    const { resource, proofs } = request
    const parts = {
      self: this.self,
      standing: this.#standing,
      decoy: this.#decoy,
      ofCircles: this.#ofCircles,
    }
    return askerOf(parts, record, { peer, resource, proofs }, now)
  }

  #moment({ resource, isLocal = false, isOpen = false }: CheckRequest, now: number): Moment {
    return {
      resource,
      now,
      isLocal,
      isOpen,
      standing: this.#standing,
      usage: this.#usage,
      localOffset: this.#localOffset,
    }
  }

  #save(resource: string, record: ResourceRecord): void {
    if (!isResourceName(resource)) throw new TypeError(`not the name of a resource: ${resource}`)
    if (!this.#records.has(resource) && this.#records.size >= this.#config.maxPolicies)
      throw new PeerageError('access.limit', `There are ${this.#config.maxPolicies} policies already.`)
    this.#state.put(kind, resource, storeRecord(record))
    this.#put(resource, record)
    const names = new Set(record.compiled.rules.map(rule => rule.name))
    this.#usage.keepOnly(resource, name => names.has(name))
    this.#changed(resource)
  }

  #put(resource: string, record: ResourceRecord | undefined): void {
    this.#countOwner(this.#records.get(resource)?.owner, -1)
    this.#countOwner(record?.owner, 1)
    if (record === undefined) this.#records.delete(resource)
    else this.#records.set(resource, record)
  }

  #countOwner(owner: string | undefined, change: 1 | -1): void {
    if (owner === undefined) return
    const count = (this.#owners.get(owner) ?? 0) + change
    if (count === 0) this.#owners.delete(owner)
    else this.#owners.set(owner, count)
  }

  #existing(resource: string): ResourceRecord {
    const record = this.#records.get(resource)
    if (record === undefined) throw new PeerageError('content.unknown', `There is no policy for ${resource}.`)
    return record
  }

  #changed(resource: string | undefined): void {
    for (const listener of this.#listeners) listener(resource)
  }

  #restore(): string[] {
    const damaged: string[] = []
    for (const [resource, value] of this.#state.entries(kind)) {
      const record = restoreRecord(value)
      if (record === undefined) damaged.push(resource)
      else this.#put(resource, record)
    }
    return damaged
  }
}
