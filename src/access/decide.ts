import type { Grant } from './grant.ts'
import { type Action, actions, type Policy, type Rule, rulesOf, type SubjectRule } from './policy.ts'

/** What has been proven about the peer that asks. Pure facts: the signatures and codes were checked before. */
export interface Evidence {
  readonly secretProven: boolean
  /** The peer is the one that made the content. */
  readonly isOwner: boolean
  /** Grants whose signature is right, for this peer and this resource. Times are checked here. */
  readonly grants: readonly Grant[]
}

/** Yes or no, and why. The reason is for the user of this machine, never for the peer that asked. */
export interface Decision {
  readonly allowed: boolean
  readonly reason: string
  /** The rule that decided: a subject of the policy, the user of this machine (`owner`), the owner of the resource. */
  readonly rule?: SubjectRule | 'owner' | 'resource-owner' | undefined
  /** Milliseconds since the Unix epoch when the permission ends, if it does. */
  readonly until?: number | undefined
}

interface CompiledRule {
  readonly subject: SubjectRule
  readonly allow: boolean
  readonly mask: number
  readonly expires: number
}

/** A policy in the order in which it is asked: a rule about one peer is more specific than one about all. */
export interface CompiledPolicy {
  readonly peers: ReadonlyMap<string, readonly CompiledRule[]>
  readonly grants: ReadonlyMap<string, readonly CompiledRule[]>
  readonly secret: readonly CompiledRule[]
  readonly everyone: readonly CompiledRule[]
}

const bitOf: Readonly<Record<Action, number>> = { list: 1, read: 2, serve: 4, write: 8, use: 16 }

export function compilePolicy(policy: Policy): CompiledPolicy {
  const peers = new Map<string, CompiledRule[]>()
  const grants = new Map<string, CompiledRule[]>()
  const secret: CompiledRule[] = []
  const everyone: CompiledRule[] = []
  for (const rule of rulesOf(policy)) {
    const { subject } = rule
    if (subject === 'everyone') everyone.push(compileRule(rule))
    else if (subject === 'secret') secret.push(compileRule(rule))
    else if (subject.startsWith('peer:')) addTo(peers, subject.slice(5), compileRule(rule))
    else addTo(grants, subject.slice(6), compileRule(rule))
  }
  return { peers, grants, secret, everyone }
}

function compileRule({ subject, effect, actions, expires }: Rule): CompiledRule {
  let mask = 0
  for (const action of actions) mask |= bitOf[action]
  return { subject, allow: effect === 'allow', mask, expires: expires ?? Number.POSITIVE_INFINITY }
}

function addTo(map: Map<string, CompiledRule[]>, key: string, rule: CompiledRule): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [rule])
  else list.push(rule)
}

/**
 * Whether `peer` may do `action`. The most specific rule that speaks of the action decides: about the peer itself, then as
 * the owner, by a grant, by the secret, and about everyone. Among equals a denial decides. Without any, the answer is no.
 */
export function decide(
  policy: CompiledPolicy,
  peer: string,
  action: Action,
  evidence: Evidence,
  now: number,
): Decision {
  const mask = bitOf[action]
  const own = policy.peers.get(peer)
  return (
    (own && decideAmong(own, mask, now)) ??
    (evidence.isOwner && (mask & ownerMask) !== 0 ? ownerAllowed : undefined) ??
    decideByGrants(policy.grants, action, evidence.grants, now) ??
    (evidence.secretProven ? decideAmong(policy.secret, mask, now) : undefined) ??
    decideAmong(policy.everyone, mask, now) ??
    denied
  )
}

/** Members serve the owner as it would serve them, whatever the link asks of others. */
const ownerMask = bitOf.list | bitOf.read | bitOf.serve
const ownerAllowed: Decision = Object.freeze({
  allowed: true,
  reason: 'it is the owner of this content',
  rule: 'resource-owner',
})
const denied: Decision = Object.freeze({ allowed: false, reason: 'no rule allows it' })

function decideByGrants(
  rules: CompiledPolicy['grants'],
  action: Action,
  grants: readonly Grant[],
  now: number,
): Decision | undefined {
  let best: Decision | undefined
  for (const grant of grants) {
    const ofIssuer = rules.get(grant.owner)
    if (ofIssuer === undefined || grant.expires <= now || !grant.actions.includes(action)) continue
    const decision = decideAmong(ofIssuer, bitOf[action], now, grant.expires)
    if (decision?.allowed === false) return decision
    if (decision !== undefined && (best === undefined || (decision.until ?? 0) > (best.until ?? 0)))
      best = decision
  }
  return best
}

function decideAmong(
  rules: readonly CompiledRule[],
  mask: number,
  now: number,
  limit = Number.POSITIVE_INFINITY,
): Decision | undefined {
  let best: CompiledRule | undefined
  for (const rule of rules) {
    if ((rule.mask & mask) === 0 || rule.expires <= now) continue
    if (!rule.allow)
      return { allowed: false, reason: `the rule "${rule.subject}" denies it`, rule: rule.subject }
    if (best === undefined || rule.expires > best.expires) best = rule
  }
  if (best === undefined) return undefined
  const until = Math.min(best.expires, limit)
  const reason = `the rule "${best.subject}" allows it`
  return until === Number.POSITIVE_INFINITY
    ? { allowed: true, reason, rule: best.subject }
    : { allowed: true, reason, rule: best.subject, until }
}

/** Every rule of a policy with what became of it for this peer and action, most specific first, for `explain`. */
export function explainRules(
  policy: Policy,
  peer: string,
  action: Action,
  evidence: Evidence,
  now: number,
): string[] {
  const ordered = rulesOf(policy).toSorted((a, b) => rankOf(a.subject) - rankOf(b.subject))
  return ordered.map(rule => {
    const say = `${rule.subject}: ${rule.effect} ${actions.filter(one => rule.actions.includes(one)).join(', ')}`
    return `${say} - ${outcome(rule, peer, action, evidence, now)}`
  })
}

function outcome(rule: Rule, peer: string, action: Action, evidence: Evidence, now: number): string {
  if (!rule.actions.includes(action)) return `says nothing about ${action}`
  if (rule.expires !== undefined && rule.expires <= now) return 'has expired'
  if (rule.subject === 'everyone') return 'matches'
  if (rule.subject === 'secret') return evidence.secretProven ? 'matches' : 'the secret was not proven'
  const id = rule.subject.slice(rule.subject.indexOf(':') + 1)
  if (rule.subject.startsWith('peer:')) return id === peer ? 'matches' : 'is about another peer'
  const shown = evidence.grants.filter(grant => grant.owner === id)
  if (shown.length === 0) return 'no valid grant of that peer was shown'
  const fits = shown.some(grant => grant.expires > now && grant.actions.includes(action))
  return fits ? 'matches' : 'the grant shown has expired or does not name the action'
}

function rankOf(subject: SubjectRule): number {
  if (subject.startsWith('peer:')) return 0
  if (subject.startsWith('grant:')) return 1
  return subject === 'secret' ? 2 : 3
}
