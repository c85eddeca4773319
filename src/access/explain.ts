import { describeBounds } from './bounds-text.ts'
import { bitOf, type CompiledPolicy, type CompiledRule } from './compiled-policy.ts'
import {
  type Asker,
  decide,
  isAdmin,
  isIn,
  isMember,
  limitsOf,
  type Moment,
  refusals,
  roleIn,
  whatLimits,
} from './decide.ts'
import type { Grant } from './grant.ts'
import type { Action, Rule, SubjectRule } from './policy.ts'

/** What became of a rule when somebody asked: it decided, was outranked, is not there now, or is not about the asker. */
export type RuleOutcome =
  | 'allows'
  | 'denies'
  /** It would allow it, but for one of its limits. */
  | 'not-on-this-network'
  | 'not-at-this-time'
  | 'used-up'
  | 'outranked'
  | 'other-action'
  | 'expired'
  | 'not-yet'
  | 'no-contact'
  | 'no-secret'
  | 'other-peer'
  | 'not-in-circle'
  | 'lower-role'
  | 'no-grant'
  | 'unfit-grant'
  | 'acts-for-nobody'

/** A rule and what became of it. */
export interface ExplainedRule {
  readonly rule: Rule
  readonly outcome: RuleOutcome
  /** Both in words. */
  readonly text: string
}

/** An outcome, and in words. */
type Outcome = readonly [code: RuleOutcome, text: string]

interface Told {
  readonly rule: Rule
  readonly rank: number
  readonly text: string
  readonly outcome: Outcome
  readonly speaks: boolean
}

const outranked: Outcome = ['outranked', 'matches, but something more specific decided']

/** Every rule of a policy with what became of it for this asker and action, most specific first. */
export function explainRules(
  policy: CompiledPolicy,
  action: Action,
  asker: Asker,
  moment: Moment,
  nameOf: (subject: string) => string,
): ExplainedRule[] {
  const told = policy.rules
    .map(rule => tell(rule, action, asker, moment, nameOf))
    .sort((a, b) => a.rank - b.rank)
  const { rule: by } = decide(policy, action, asker, moment)
  const isOutranked = by === 'blocked' || by === 'resource-owner'
  const decided = isOutranked ? -1 : told.find(one => one.speaks)?.rank
  return told.map(({ rule, rank, text, outcome, speaks }) => {
    const late = speaks && rank !== decided && !(by === 'resource-owner' && rank < 2)
    const [code, words] = late ? outranked : outcome
    return { rule, outcome: code, text: `${text} - ${words}` }
  })
}

function tell(
  compiled: CompiledRule,
  action: Action,
  asker: Asker,
  moment: Moment,
  nameOf: (subject: string) => string,
): Told {
  const { rule, subject } = compiled
  const text = `${nameOf(subject)}: ${describeRule(rule, moment)}`
  const fault =
    faultOf(compiled, action, moment.now) ??
    mismatch(subject, action, asker, moment) ??
    ofNobody(compiled, asker)
  const rank = rankOf(subject, asker.peer)
  if (fault !== undefined) return { rule, rank, text, outcome: fault, speaks: false }
  return { rule, rank, text, outcome: effectOf(compiled, action, asker, moment), speaks: true }
}

function faultOf({ mask, from, expires }: CompiledRule, action: Action, now: number): Outcome | undefined {
  if ((mask & bitOf[action]) === 0) return ['other-action', `says nothing about ${action}`]
  if (expires <= now) return ['expired', 'has expired']
  return from > now ? ['not-yet', `begins ${timeOf(from)}`] : undefined
}

function effectOf(rule: CompiledRule, action: Action, asker: Asker, moment: Moment): Outcome {
  if (!rule.allow) return ['denies', 'matches: no']
  const grants = rule.subject.startsWith('grant:')
    ? fittingGrants(rule.subject.slice(6), action, asker, moment)
    : [undefined]
  const answers = grants.map(grant => {
    const limits = limitsOf(rule, grant)
    return limits && whatLimits(limits, rule, asker, moment)
  })
  const refused = answers.filter(one => typeof one === 'string')
  const [first] = refused
  if (first === undefined || refused.length < answers.length) return ['allows', 'matches: yes']
  return [limitOf(first), `matches, but ${first}: no`]
}

function limitOf(refusal: string): RuleOutcome {
  if (refusal === refusals.network) return 'not-on-this-network'
  return refusal === refusals.hours ? 'not-at-this-time' : 'used-up'
}

/** Why a rule says nothing about a key that acts for nobody: only what is said of everybody, and denials of that very key, hold. */
function ofNobody({ allow, subject }: CompiledRule, { principal, peer }: Asker): Outcome | undefined {
  const holds = principal !== undefined || subject === 'everyone' || (!allow && subject === `peer:${peer}`)
  return holds ? undefined : ['acts-for-nobody', 'its key acts for nobody any more']
}

function fittingGrants(owner: string, action: Action, { grants }: Asker, { now }: Moment): readonly Grant[] {
  return grants.filter(one => one.owner === owner && one.expires > now && one.actions.includes(action))
}

/** Why a rule is not about the asker; undefined when it is. */
function mismatch(subject: SubjectRule, action: Action, asker: Asker, moment: Moment): Outcome | undefined {
  const id = subject.slice(subject.indexOf(':') + 1)
  if (subject === 'everyone') return undefined
  if (subject === 'contacts')
    return asker.trust === undefined ? ['no-contact', 'it is no contact'] : undefined
  if (subject === 'secret') return asker.secretProven ? undefined : ['no-secret', 'the secret was not proven']
  if (subject.startsWith('peer:'))
    return isAbout(id, asker) ? undefined : ['other-peer', 'is about another peer']
  if (subject.startsWith('circle:')) return outside(id, asker, moment)
  if (fittingGrants(id, action, asker, moment).length > 0) return undefined
  return asker.grants.some(grant => grant.owner === id)
    ? ['unfit-grant', 'the grant shown has expired or does not name the action']
    : ['no-grant', 'no valid grant of that peer was shown']
}

function isAbout(id: string, { peer, principal, formerly }: Asker): boolean {
  return id === peer || id === principal || formerly.includes(id)
}

function outside(name: string, asker: Asker, { standing }: Moment): Outcome | undefined {
  const role = roleIn(name.slice(0, 64), asker, standing)
  const fits = name.endsWith('/admin') ? isAdmin : name.endsWith('/member') ? isMember : isIn
  if (fits(role)) return undefined
  return role === undefined
    ? ['not-in-circle', 'it is not in that circle']
    : ['lower-role', `it is only a ${role} of that circle`]
}

function rankOf(subject: SubjectRule, peer: string): number {
  if (subject.startsWith('peer:')) return subject.slice(5) === peer ? 0 : 1
  if (subject.endsWith('/admin')) return 3
  if (subject.endsWith('/member')) return 4
  if (subject.startsWith('circle:')) return 5
  if (subject.startsWith('grant:')) return 6
  return ['secret', 'contacts', 'everyone'].indexOf(subject) + 7
}

/** What a rule says, without its subject: `allow read, serve; until 2027-01-01 00:00; 10 MB a day`. */
function describeRule(rule: Rule, moment: Moment): string {
  const { effect, actions } = rule
  return [`${effect} ${actions.join(', ')}`, ...describeBounds(rule, moment.localOffset)].join('; ')
}

function timeOf(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ')
}
