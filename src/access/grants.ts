import { PeerageError } from '../base/index.ts'
import type { Access } from './access.ts'
import { type AccessConfig, defaultAccessConfig } from './config.ts'
import { type Grant, type GrantTerms, grantLimits, isCircle, issueGrant, saysSame } from './grant.ts'
import { type IssuedGrant, IssuedGrants } from './issued-grants.ts'
import { isWithin, type Limits, limitNames } from './limits.ts'
import { openedGrant } from './opened-grant.ts'
import { type Action, type Policy, type Rule, rulesOf } from './policy.ts'
import type { KeyValue } from './records.ts'
import type { Revocations } from './revocations.ts'
import type { Identity } from './signing.ts'
import { noStanding, type Standing } from './standing.ts'

export interface GrantsOptions {
  readonly access: Access
  readonly identity: Identity
  readonly state: KeyValue
  readonly revocations: Revocations
  readonly standing?: Standing
  readonly config?: AccessConfig
}

/** What the user gives, times being as in a grant. */
export type Gift = Pick<
  GrantTerms,
  'subject' | 'resource' | 'actions' | 'from' | 'expires' | 'limits' | 'delegate'
>

/** What a grant is given for by a rule: content does not change, and is not used. */
const byRule: readonly Action[] = ['list', 'read', 'serve']

/**
 * The grants that this peer signs: those that stand for its rules, for others to show while it is away, and those that the user gives or passes
 * on. When a rule is gone, what was signed for it is taken back.
 */
export class Grants {
  readonly #access: Access
  readonly #identity: Identity
  readonly #revocations: Revocations
  readonly #standing: Standing
  readonly #lifeMs: number
  readonly #issued: IssuedGrants
  readonly #stopListening: () => void

  constructor(options: GrantsOptions) {
    const {
      access,
      identity,
      state,
      revocations,
      standing = noStanding,
      config = defaultAccessConfig,
    } = options
    this.#access = access
    this.#identity = identity
    this.#revocations = revocations
    this.#standing = standing
    this.#lifeMs = config.grantDays * 86_400_000
    this.#issued = new IssuedGrants(state, config.maxGrants, () => access.now())
    this.#stopListening = access.onChanged(resource => this.#reconsider(resource))
    this.#reconsider(undefined)
    for (const resource of new Set(this.#issued.list().map(one => one.resource))) this.#reconsider(resource)
  }

  close(): void {
    this.#stopListening()
  }

  /** What this peer signed and has not taken back, until it expires. */
  issued(): IssuedGrant[] {
    return this.#issued.list().filter(({ id }) => !this.#revocations.isRevoked(this.#identity.peerId, id))
  }

  /**
   * The grant for `peer` on a resource of this peer's own, when a rule about it, its contacts or a circle of its lets it read: what that
   * rule says, for the person or the whole circle. The same as before, unless that has lost half of its life.
   */
  forPeer(peer: string, resource: string): Uint8Array | undefined {
    const terms = this.#termsFor(peer, resource)
    if (terms === undefined) return undefined
    const { rule, ...rest } = terms
    const known = this.#issued
      .of(resource)
      .find(one => this.#stands(one) && isFresh(openedGrant(one.bytes), rest))
    if (known !== undefined) return known.bytes
    try {
      return this.#issued.add(issueGrant(this.#identity, rest), rule).bytes
    } catch (error) {
      // Too many, or a full disk: the owner itself lets the peer in all the same.
      if (error instanceof PeerageError) return undefined
      throw error
    }
  }

  /**
   * Signs what the user gives of its own, or passes on of what it holds. Its own policy honours it from now on, as others do. Throws
   * `grant.invalid` when it would be more than this user has or more than a grant can say, `access.limit`.
   */
  give(gift: Gift): IssuedGrant {
    const issued = Math.floor(this.#access.now())
    const owner = this.#access.owner(gift.resource)
    if (gift.expires <= issued || gift.expires - issued > grantLimits.lifetimeMs)
      throw new PeerageError('grant.invalid', 'A grant ends after now and within a year.')
    if (owner !== this.#access.self) return this.#passOn(gift)
    const given = this.#issued.add(issueGrant(this.#identity, { ...gift, issued }), undefined)
    this.#honour(gift.resource, gift.actions)
    return given
  }

  /** Takes grants back that this peer signed. Throws `access.limit`; then nothing has changed. */
  revoke(grants: readonly IssuedGrant[]): void {
    this.#revocations.revoke(grants)
    for (const grant of grants) this.#issued.remove(grant)
  }

  #passOn(gift: Gift): IssuedGrant {
    const held = this.#access.held.list().filter(({ grant }) => grant.resource === gift.resource)
    let refusal: PeerageError | undefined
    for (const { bytes, grant } of held) {
      try {
        return this.#issued.add(
          issueGrant(this.#identity, within(gift, grant, this.#access.now()), bytes),
          undefined,
        )
      } catch (error) {
        if (!(error instanceof PeerageError) || error.code !== 'grant.invalid') throw error
        refusal = error
      }
    }
    throw (
      refusal ??
      new PeerageError('grant.invalid', 'That is not yours, and you hold no grant for it to pass on.')
    )
  }

  /** The owner's own rules know nothing of grants until it gives the first one. */
  #honour(resource: string, actions: readonly Action[]): void {
    const subject = `grant:${this.#access.self}` as const
    const policy = this.#access.policy(resource)
    const known = policy === undefined ? [] : rulesOf(policy).filter(one => one.subject === subject)
    const more = actions.filter(action => !known.some(one => one.actions.includes(action)))
    if (more.length > 0) this.#access.setRule(resource, { subject, effect: 'allow', actions: more })
  }

  #termsFor(peer: string, resource: string): (GrantTerms & { readonly rule: string }) | undefined {
    const check = (action: Action) => this.#access.check({ subject: { peer }, action, resource })
    const { allowed, rule, limits } = check('read')
    if (!allowed || rule === undefined || limits === undefined) return undefined
    const subject = this.#subjectOf(rule, peer)
    if (subject === undefined) return undefined
    const issued = Math.floor(this.#access.now())
    const expires = Math.min(
      Math.floor(issued + this.#lifeMs),
      (limits as Rule).expires ?? Number.POSITIVE_INFINITY,
    )
    if (expires <= issued) return undefined
    // The same rule, not another one about the same subject with other limits.
    const actions = byRule.filter(action => check(action).limits === limits)
    return { rule, subject, resource, actions, issued, expires, ...onlyLimits(limits) }
  }

  #subjectOf(rule: string, peer: string): string | undefined {
    if (isCircle(rule)) return rule
    if (rule.startsWith('peer:')) return rule.slice('peer:'.length)
    return rule === 'contacts' ? this.#standing.principal(peer) : undefined
  }

  #stands({ id }: IssuedGrant): boolean {
    return !this.#revocations.isRevoked(this.#identity.peerId, id)
  }

  /** Takes back what was signed for rules that are no more. */
  #reconsider(resource: string | undefined): void {
    const all = resource === undefined ? this.#issued.list() : this.#issued.of(resource)
    const policy = resource === undefined ? undefined : this.#access.policy(resource)
    const gone = all.filter(one => {
      if (one.rule === undefined || !this.#stands(one)) return false
      return this.#lostItsSubject(one) || (resource !== undefined && !isWarranted(one, policy))
    })
    if (gone.length > 0) this.#takeBack(gone)
  }

  #lostItsSubject({ rule, subject }: IssuedGrant): boolean {
    if (isCircle(subject)) return false
    const trust = this.#standing.trust(this.#standing.principal(subject) ?? subject)
    return trust === 'blocked' || (rule === 'contacts' && trust === undefined)
  }

  /** Those that would last longest first: there is room for so many only. */
  #takeBack(gone: readonly IssuedGrant[]): void {
    const room = this.#revocations.room()
    this.revoke(gone.toSorted((a, b) => b.expires - a.expires).slice(0, room))
  }
}

/** Whether a grant says just that, and for half as long at least. */
function isFresh(grant: Grant, terms: GrantTerms): boolean {
  const enough = terms.issued + (terms.expires - terms.issued) / 2
  return saysSame(grant, terms) && grant.expires <= terms.expires && grant.expires >= enough
}

/** Whether a policy still says what a grant was signed for. */
function isWarranted({ bytes, rule: subject }: IssuedGrant, policy: Policy | undefined): boolean {
  const grant = openedGrant(bytes)
  const rules = policy === undefined ? [] : rulesOf(policy).filter(one => one.subject === subject)
  if (rules.some(one => one.effect === 'deny' && one.actions.some(action => grant.actions.includes(action))))
    return false
  return rules.some(
    one =>
      one.effect === 'allow' &&
      grant.actions.every(action => one.actions.includes(action)) &&
      isWithin(grant.limits ?? {}, one) &&
      grant.expires <= (one.expires ?? Number.POSITIVE_INFINITY),
  )
}

/** A gift as a part of what is held: where the user did not say, as much as that allows. */
function within(gift: Gift, held: Grant, now: number): GrantTerms {
  const from = Math.max(gift.from ?? 0, held.from ?? 0)
  return {
    ...gift,
    issued: Math.max(Math.floor(now), held.issued),
    expires: Math.min(gift.expires, held.expires),
    from: from === 0 ? undefined : from,
    limits: { ...held.limits, ...gift.limits },
  }
}

function onlyLimits(limits: Limits): { limits?: Limits } {
  const named = limitNames.filter(name => limits[name] !== undefined).map(name => [name, limits[name]])
  return named.length === 0 ? {} : { limits: Object.fromEntries(named) as Limits }
}
