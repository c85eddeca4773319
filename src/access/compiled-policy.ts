import type { Quota } from './allowance.ts'
import type { Decision } from './decision.ts'
import { type CompiledHours, compileHours } from './hours.ts'
import type { Limits } from './limits.ts'
import { type Action, actions, type Policy, type Rule, rulesOf, type SubjectRule } from './policy.ts'

/** Limits in the form in which they are asked. Of several that must all hold, the tightest. */
export interface CompiledLimits extends Quota {
  /** All of them. */
  readonly hours: readonly CompiledHours[]
  readonly lanOnly: boolean
  readonly hasQuota: boolean
}

/** How specific the subject of a rule is: the lower, the more. */
export const ranks = {
  peer: 0,
  admins: 1,
  members: 2,
  circle: 3,
  grant: 4,
  secret: 5,
  contacts: 6,
  everyone: 7,
} as const

export interface CompiledRule {
  /** One of `ranks`. */
  readonly rank: number
  readonly mask: number
  /** The PeerId or the id of the circle that the subject names. */
  readonly key: string
  readonly allow: boolean
  /** Whether its times say anything. */
  readonly isTimed: boolean
  readonly limits: CompiledLimits | undefined
  /** The answer when this rule decides and nothing but the rule is part of it. */
  readonly plain: Decision
  readonly from: number
  readonly expires: number
  readonly subject: SubjectRule
  /** Under which its quota is counted: subject and actions. */
  readonly name: string
  readonly rule: Rule
}

/** A policy as it is asked: a short list in memory that is read once from the most specific rule on. */
export interface CompiledPolicy {
  /** The most specific first. */
  readonly rules: readonly CompiledRule[]
  /** How many of them are about one peer. */
  readonly peerRules: number
  /** Those by peer, when there are many. */
  readonly peers: ReadonlyMap<string, readonly CompiledRule[]> | undefined
}

const fewPeers = 8

export const bitOf: Readonly<Record<Action, number>> = { list: 1, read: 2, serve: 4, write: 8, use: 16 }

export function compilePolicy(policy: Policy): CompiledPolicy {
  const rules = rulesOf(policy)
    .map(compileRule)
    .sort((a, b) => a.rank - b.rank)
  const ofPeers = rules.filter(({ rank }) => rank === ranks.peer)
  return {
    rules,
    peerRules: ofPeers.length,
    peers: ofPeers.length > fewPeers ? Map.groupBy(ofPeers, ({ key }) => key) : undefined,
  }
}

function compileRule(rule: Rule): CompiledRule {
  const { subject, effect, from = 0, expires = Number.POSITIVE_INFINITY } = rule
  const named = actions.filter(one => rule.actions.includes(one))
  const allow = effect === 'allow'
  let mask = 0
  for (const action of named) mask |= bitOf[action]
  return {
    rank: rankOf(subject),
    mask,
    key: keyOf(subject),
    allow,
    isTimed: from > 0 || expires !== Number.POSITIVE_INFINITY,
    limits: compileLimits(rule),
    plain: Object.freeze({
      allowed: allow,
      reason: `the rule "${subject}" ${allow ? 'allows' : 'denies'} it`,
      rule: subject,
      ...(allow && { limits: rule }),
    }),
    from,
    expires,
    subject,
    name: `${subject} ${named.join(',')}`,
    rule,
  }
}

function rankOf(subject: SubjectRule): number {
  if (subject.startsWith('peer:')) return ranks.peer
  if (subject.startsWith('grant:')) return ranks.grant
  if (subject.endsWith('/admin')) return ranks.admins
  if (subject.endsWith('/member')) return ranks.members
  if (subject.startsWith('circle:')) return ranks.circle
  return subject === 'secret' ? ranks.secret : subject === 'contacts' ? ranks.contacts : ranks.everyone
}

/** A string of its own: parts of other strings are slow to look up. */
function keyOf(subject: SubjectRule): string {
  const [, key = ''] = /^[a-z]+:([^/]*)/.exec(subject) ?? []
  return Buffer.from(key, 'latin1').toString('latin1')
}

/** Undefined when nothing is limited but the times of the rule. */
export function compileLimits(limits: Limits): CompiledLimits | undefined {
  const { hours, bytes, bytesPerDay, bytesPerSecond, uses, lanOnly = false } = limits
  const hasQuota = [bytes, bytesPerDay, bytesPerSecond, uses].some(one => one !== undefined)
  if (!hasQuota && hours === undefined && !lanOnly) return undefined
  const compiled = hours === undefined ? [] : [compileHours(hours)]
  return { hours: compiled, bytes, bytesPerDay, bytesPerSecond, uses, lanOnly, hasQuota }
}

/** What satisfies both. */
export function tightest(
  a: CompiledLimits | undefined,
  b: CompiledLimits | undefined,
): CompiledLimits | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return {
    hours: [...a.hours, ...b.hours],
    lanOnly: a.lanOnly || b.lanOnly,
    hasQuota: a.hasQuota || b.hasQuota,
    bytes: lower(a.bytes, b.bytes),
    bytesPerDay: lower(a.bytesPerDay, b.bytesPerDay),
    bytesPerSecond: lower(a.bytesPerSecond, b.bytesPerSecond),
    uses: lower(a.uses, b.uses),
  }
}

function lower(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
}
