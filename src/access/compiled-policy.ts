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

export interface CompiledRule {
  readonly rule: Rule
  readonly subject: SubjectRule
  readonly allow: boolean
  readonly mask: number
  readonly from: number
  readonly expires: number
  readonly limits: CompiledLimits | undefined
  /** Under which its quota is counted: subject and actions. */
  readonly name: string
  /** The answer when this rule decides and nothing but the rule is part of it. */
  readonly plain: Decision
}

interface CircleRules {
  /** Its id. */
  readonly circle: string
  readonly rules: readonly CompiledRule[]
}

/** A policy by whom its rules are about, as it is asked. */
export interface CompiledPolicy {
  readonly rules: readonly CompiledRule[]
  readonly peers: ReadonlyMap<string, readonly CompiledRule[]>
  readonly admins: readonly CircleRules[]
  readonly members: readonly CircleRules[]
  readonly circles: readonly CircleRules[]
  readonly grants: ReadonlyMap<string, readonly CompiledRule[]>
  readonly secret: readonly CompiledRule[]
  readonly contacts: readonly CompiledRule[]
  readonly everyone: readonly CompiledRule[]
}

export const bitOf: Readonly<Record<Action, number>> = { list: 1, read: 2, serve: 4, write: 8, use: 16 }

export function compilePolicy(policy: Policy): CompiledPolicy {
  const rules = rulesOf(policy).map(compileRule)
  const about = (start: string): ReadonlyMap<string, readonly CompiledRule[]> =>
    Map.groupBy(
      rules.filter(one => one.subject.startsWith(start)),
      one => one.subject.slice(start.length),
    )
  const exactly = (subject: SubjectRule): CompiledRule[] => rules.filter(one => one.subject === subject)
  const circles = [...about('circle:')].map(([name, of]) => ({ name, circle: name.slice(0, 64), rules: of }))
  return {
    rules,
    peers: about('peer:'),
    admins: circles.filter(({ name }) => name.endsWith('/admin')),
    members: circles.filter(({ name }) => name.endsWith('/member')),
    circles: circles.filter(({ name }) => name.length === 64),
    grants: about('grant:'),
    secret: exactly('secret'),
    contacts: exactly('contacts'),
    everyone: exactly('everyone'),
  }
}

function compileRule(rule: Rule): CompiledRule {
  const { subject, effect, from = 0, expires = Number.POSITIVE_INFINITY } = rule
  const named = actions.filter(one => rule.actions.includes(one))
  const allow = effect === 'allow'
  let mask = 0
  for (const action of named) mask |= bitOf[action]
  return {
    rule,
    subject,
    allow,
    mask,
    from,
    expires,
    limits: compileLimits(rule),
    name: `${subject} ${named.join(',')}`,
    plain: Object.freeze({
      allowed: allow,
      reason: `the rule "${subject}" ${allow ? 'allows' : 'denies'} it`,
      rule: subject,
      ...(allow && { limits: rule }),
    }),
  }
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
