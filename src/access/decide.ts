import type { Allowance } from './allowance.ts'
import {
  bitOf,
  type CompiledLimits,
  type CompiledPolicy,
  type CompiledRule,
  compileLimits,
  ranks,
  tightest,
} from './compiled-policy.ts'
import type { Decision } from './decision.ts'
import type { Grant } from './grant.ts'
import { openUntil } from './hours.ts'
import { JointAllowance } from './joint-allowance.ts'
import type { Action } from './policy.ts'
import type { Role, Standing, Trust } from './standing.ts'
import type { Usage, UsageKey } from './usage.ts'

/** What is known of the peer that asks. Pure facts: the signatures and codes were checked before. */
export interface Asker {
  /** The key at the other end. */
  readonly peer: string
  /** The person it acts for, see `Standing.principal`. Undefined: for nobody; it gets what everybody gets. */
  readonly principal: string | undefined
  readonly formerly: readonly string[]
  readonly trust: Trust | undefined
  /** The person is the one that made the content. */
  readonly isOwner: boolean
  readonly secretProven: boolean
  /** Grants whose signature is right, for this person and this resource. Expiry is checked here. */
  readonly grants: readonly Grant[]
}

/** When and where it is asked. */
export interface Moment {
  readonly resource: string
  /** Milliseconds since the Unix epoch. */
  readonly now: number
  /** The peer is on this machine or local network. */
  readonly isLocal: boolean
  /** Asked for a stream that was counted as a use when it began. */
  readonly isOpen: boolean
  readonly standing: Standing
  readonly usage: Usage
  localOffset(at: number): number
}

const nothing: readonly CompiledRule[] = []
const noLenders: readonly Lender[] = []
/** Members serve the owner as it would serve them, whatever the link asks of others. */
const ownerMask = bitOf.list | bitOf.read | bitOf.serve
const ownerAllowed: Decision = Object.freeze({
  allowed: true,
  reason: 'it is the owner of this content',
  rule: 'resource-owner',
})
const denied: Decision = Object.freeze({ allowed: false, reason: 'no rule allows it' })
const blocked: Decision = Object.freeze({ allowed: false, reason: 'you blocked it', rule: 'blocked' })

/**
 * Whether the asker may do `action`. The most specific rule that speaks of the action decides: about the peer itself, the person,
 * as the owner, an admin of a circle, a member, anybody in it, by a grant, by the secret, about contacts, about everyone. Among
 * equals a denial decides, then whichever allows it now. Without any rule the answer is no. See docs/decisions/011-access.md.
 */
export function decide(policy: CompiledPolicy, action: Action, asker: Asker, moment: Moment): Decision {
  if (asker.trust === 'blocked') return blocked
  const mask = bitOf[action]
  const { rules, peerRules } = policy
  const weighing = new Weighing(mask, asker, moment)
  if (asker.principal === undefined) return asNobody(policy, weighing, asker.peer)
  if (peerRules > 0) {
    const own = aboutPeers(policy, weighing, asker)
    if (own !== undefined) return own
  }
  if (asker.isOwner && (mask & ownerMask) !== 0) return weighing.soFar(ownerAllowed)
  let rank = -1
  for (let i = peerRules; i < rules.length; i++) {
    const rule = rules[i]!
    if ((rule.mask & mask) === 0) continue
    if (rule.rank !== rank) {
      const verdict = weighing.verdict()
      if (verdict !== undefined) return verdict
      rank = rule.rank
    }
    weighing.meet(rule, action)
  }
  return weighing.verdict() ?? denied
}

/** What rules about the device itself say and, if nothing, those about the person. */
function aboutPeers(
  policy: CompiledPolicy,
  weighing: Weighing,
  { peer, principal = peer, formerly }: Asker,
): Decision | undefined {
  weighing.addPeer(policy, peer)
  const own = weighing.verdict()
  if (own !== undefined || (peer === principal && formerly.length === 0)) return own
  if (peer !== principal) weighing.addPeer(policy, principal)
  for (const key of formerly) weighing.addPeer(policy, key)
  return weighing.verdict()
}

/** A key that acts for nobody gets what everybody gets; what was denied to it stays so. */
function asNobody({ rules }: CompiledPolicy, weighing: Weighing, peer: string): Decision {
  for (const rule of rules)
    if (rule.rank === ranks.peer && !rule.allow && rule.key === peer) weighing.add(rule)
  const own = weighing.verdict()
  if (own !== undefined) return own
  for (const rule of rules) if (rule.rank === ranks.everyone) weighing.add(rule)
  return weighing.verdict() ?? denied
}

export function isAdmin(role: Role | undefined): boolean {
  return role === 'admin'
}

/** An admin is a member, too. */
export function isMember(role: Role | undefined): boolean {
  return role === 'admin' || role === 'member'
}

export function isIn(role: Role | undefined): boolean {
  return role !== undefined
}

/** The role of a person in a circle. */
export function roleIn(circle: string, { principal }: Asker, standing: Standing): Role | undefined {
  return principal === undefined ? undefined : standing.role(circle, principal)
}

/** The rule and, where a grant leads to it, what the grant says. */
interface Candidate {
  readonly rule: CompiledRule
  readonly limits: CompiledLimits | undefined
  readonly until: number
  readonly lenders: readonly Lender[]
}

/** Whoever passed a grant on: what is taken by it counts with this person's own, too. */
interface Lender {
  readonly key: UsageKey
  readonly limits: CompiledLimits
}

/** The rules of one rank after the other, and what they come to. */
class Weighing {
  readonly #mask: number
  readonly #asker: Asker
  readonly #moment: Moment
  #denial: CompiledRule | undefined
  #best: Candidate | undefined
  /** The first that would allow it, but for a limit. */
  #refused: { readonly rule: CompiledRule; readonly why: string } | undefined
  /** When a rule of the ranks so far begins to be there. */
  #next: number = Number.POSITIVE_INFINITY

  constructor(mask: number, asker: Asker, moment: Moment) {
    this.#mask = mask
    this.#asker = asker
    this.#moment = moment
  }

  /** A rule that is about the asker. */
  add(rule: CompiledRule, grant?: Grant): void {
    if ((rule.mask & this.#mask) === 0) return
    if (rule.isTimed) {
      const { now } = this.#moment
      if (rule.expires <= now) return
      if (rule.from > now) {
        this.#next = Math.min(this.#next, rule.from)
        return
      }
    }
    if (rule.allow) this.#consider(rule, grant)
    else this.#denial ??= rule
  }

  addPeer({ rules, peerRules, peers }: CompiledPolicy, key: string): void {
    if (peers !== undefined) for (const rule of peers.get(key) ?? nothing) this.add(rule)
    else for (let i = 0; i < peerRules; i++) if (rules[i]!.key === key) this.add(rules[i]!)
  }

  /** A rule that may be about the asker, but names no peer. */
  meet(rule: CompiledRule, action: Action): void {
    if (rule.rank === ranks.grant) this.#addByGrants(rule, action)
    else if (this.#isAbout(rule)) this.add(rule)
  }

  #isAbout({ rank, key }: CompiledRule): boolean {
    switch (rank) {
      case ranks.secret:
        return this.#asker.secretProven
      case ranks.contacts:
        return this.#asker.trust !== undefined
      case ranks.everyone:
        return true
      default: {
        const role = roleIn(key, this.#asker, this.#moment.standing)
        return (
          role !== undefined &&
          (rank === ranks.circle || (rank === ranks.admins ? isAdmin(role) : isMember(role)))
        )
      }
    }
  }

  #addByGrants(rule: CompiledRule, action: Action): void {
    for (const grant of this.#asker.grants)
      if (grant.owner === rule.key && grant.expires > this.#moment.now && grant.actions.includes(action))
        this.add(rule, grant)
  }

  /** Undefined when no rule so far speaks of it. */
  verdict(): Decision | undefined {
    if (this.#denial !== undefined) return this.#denial.plain
    if (this.#best !== undefined) return this.#allow(this.#best)
    if (this.#refused === undefined) return undefined
    const { rule, why } = this.#refused
    return { allowed: false, reason: `the rule "${rule.subject}" allows it, but ${why}`, rule: rule.subject }
  }

  /** A decision that no rule made: it holds until a rule begins to be there. */
  soFar(decision: Decision): Decision {
    return this.#next === Number.POSITIVE_INFINITY ? decision : { ...decision, until: this.#next }
  }

  #consider(rule: CompiledRule, grant: Grant | undefined): void {
    const limits = limitsOf(rule, grant)
    const until = Math.min(rule.expires, grant?.expires ?? Number.POSITIVE_INFINITY)
    const lenders = grant?.parent === undefined ? noLenders : lendersOf(rule, grant, this.#moment)
    const open =
      limits === undefined
        ? Number.POSITIVE_INFINITY
        : (whyNotLent(lenders, this.#moment) ?? whatLimits(limits, rule, this.#asker, this.#moment))
    if (typeof open === 'number') this.#prefer({ rule, limits, until: Math.min(until, open), lenders })
    else this.#refused ??= { rule, why: open }
  }

  /** What costs no quota goes first, then what lasts longest. */
  #prefer(one: Candidate): void {
    const best = this.#best
    const [metered, bestMetered] = [one.limits?.hasQuota === true, best?.limits?.hasQuota === true]
    if (best === undefined || (metered === bestMetered ? one.until > best.until : bestMetered))
      this.#best = one
  }

  #allow({ rule, limits, until: ends, lenders }: Candidate): Decision {
    const until = Math.min(ends, this.#next)
    const isQuota = limits?.hasQuota === true
    if (until === Number.POSITIVE_INFINITY && !isQuota) return rule.plain
    return {
      ...rule.plain,
      ...(until !== Number.POSITIVE_INFINITY && { until }),
      ...(isQuota && { allowance: this.#allowance(rule, limits, lenders) }),
    }
  }

  #allowance(rule: CompiledRule, limits: CompiledLimits, lenders: readonly Lender[]): Allowance {
    const { usage, resource } = this.#moment
    const own = usage.allowance(usageKey(rule, this.#asker, resource), limits)
    if (lenders.length === 0) return own
    return new JointAllowance(
      own,
      lenders.map(lender => usage.allowance(lender.key, lender.limits)),
    )
  }
}

/** Those who passed a grant on and have a quota themselves: however many they give it to, all get that much together. */
function lendersOf(rule: CompiledRule, grant: Grant, { standing, resource }: Moment): Lender[] {
  const lenders: Lender[] = []
  for (let { parent, issuer } = grant; parent !== undefined; { parent, issuer } = parent) {
    const limits = compileLimits(parent.limits ?? {})
    const person = standing.principal(issuer)
    if (limits?.hasQuota !== true || person === undefined) continue
    const persons = [person, ...standing.formerly(person)]
    lenders.push({ key: { resource, rule: rule.name, persons, strangers: false }, limits })
  }
  return lenders
}

function whyNotLent(lenders: readonly Lender[], { usage, isOpen }: Moment): string | undefined {
  for (const { key, limits } of lenders) {
    const why = usage.refusal(key, limits, isOpen)
    if (why !== undefined) return `of who passed it on ${why}`
  }
  return undefined
}

/** Of a rule, and of the grant that it believes. */
export function limitsOf(rule: CompiledRule, grant: Grant | undefined): CompiledLimits | undefined {
  return grant?.limits === undefined ? rule.limits : tightest(rule.limits, compileLimits(grant.limits))
}

/** What limits of a rule say that are not about quotas. */
export const refusals: Readonly<Record<'network' | 'hours', string>> = {
  network: 'only on the local network',
  hours: 'not at this time of the day',
}

/** Why the limits of a rule refuse it now, or until when they do not (milliseconds since the Unix epoch, Infinity). */
export function whatLimits(
  limits: CompiledLimits,
  rule: CompiledRule,
  asker: Asker,
  { now, isLocal, isOpen, usage, resource, localOffset }: Moment,
): number | string {
  if (limits.lanOnly && !isLocal) return refusals.network
  let until = Number.POSITIVE_INFINITY
  for (const hours of limits.hours) {
    const end = openUntil(hours, now, localOffset)
    if (end === undefined) return refusals.hours
    until = Math.min(until, end)
  }
  if (!limits.hasQuota) return until
  return usage.refusal(usageKey(rule, asker, resource), limits, isOpen) ?? until
}

/** A rule about one peer has one count, whoever acts for it; one about many has one for each person. */
function usageKey(
  { name, subject }: CompiledRule,
  { peer, principal, formerly }: Asker,
  resource: string,
): UsageKey {
  const persons = subject.startsWith('peer:') ? [] : [principal ?? peer, ...formerly.toReversed()]
  return { resource, rule: name, persons, strangers: subject === 'everyone' || subject === 'secret' }
}
