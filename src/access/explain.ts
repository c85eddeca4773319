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
  roleIn,
  whatLimits,
} from './decide.ts'
import type { Grant } from './grant.ts'
import type { Action, Rule, SubjectRule } from './policy.ts'

/** A rule in words, and what became of it. */
interface Told {
  readonly rank: number
  readonly text: string
  readonly outcome: string
  readonly speaks: boolean
}

/** Every rule of a policy with what became of it for this asker and action, most specific first, in words. */
export function explainRules(
  policy: CompiledPolicy,
  action: Action,
  asker: Asker,
  moment: Moment,
  nameOf: (subject: string) => string,
): string[] {
  const told = policy.rules
    .map(rule => tell(rule, action, asker, moment, nameOf))
    .sort((a, b) => a.rank - b.rank)
  const { rule } = decide(policy, action, asker, moment)
  const isOutranked = rule === 'blocked' || rule === 'resource-owner'
  const decided = isOutranked ? -1 : told.find(one => one.speaks)?.rank
  return told.map(({ rank, text, outcome, speaks }) => {
    const late = speaks && rank !== decided && !(rule === 'resource-owner' && rank < 2)
    return `${text} - ${late ? 'matches, but something more specific decided' : outcome}`
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
  if (fault !== undefined) return { rank, text, outcome: fault, speaks: false }
  return { rank, text, outcome: effectOf(compiled, action, asker, moment), speaks: true }
}

function faultOf({ mask, from, expires }: CompiledRule, action: Action, now: number): string | undefined {
  if ((mask & bitOf[action]) === 0) return `says nothing about ${action}`
  if (expires <= now) return 'has expired'
  return from > now ? `begins ${timeOf(from)}` : undefined
}

function effectOf(rule: CompiledRule, action: Action, asker: Asker, moment: Moment): string {
  if (!rule.allow) return 'matches: no'
  const grants = rule.subject.startsWith('grant:')
    ? fittingGrants(rule.subject.slice(6), action, asker, moment)
    : [undefined]
  const answers = grants.map(grant => {
    const limits = limitsOf(rule, grant)
    return limits && whatLimits(limits, rule, asker, moment)
  })
  const refusal = answers.find(one => typeof one === 'string')
  return answers.every(one => typeof one === 'string') ? `matches, but ${refusal}: no` : 'matches: yes'
}

/** Why a rule says nothing about a key that acts for nobody: only what is said of everybody, and denials of that very key, hold. */
function ofNobody({ allow, subject }: CompiledRule, { principal, peer }: Asker): string | undefined {
  const holds = principal !== undefined || subject === 'everyone' || (!allow && subject === `peer:${peer}`)
  return holds ? undefined : 'its key acts for nobody any more'
}

function fittingGrants(owner: string, action: Action, { grants }: Asker, { now }: Moment): readonly Grant[] {
  return grants.filter(one => one.owner === owner && one.expires > now && one.actions.includes(action))
}

/** Why a rule is not about the asker; undefined when it is. */
function mismatch(subject: SubjectRule, action: Action, asker: Asker, moment: Moment): string | undefined {
  const id = subject.slice(subject.indexOf(':') + 1)
  if (subject === 'everyone') return undefined
  if (subject === 'contacts') return asker.trust === undefined ? 'it is no contact' : undefined
  if (subject === 'secret') return asker.secretProven ? undefined : 'the secret was not proven'
  if (subject.startsWith('peer:')) return isAbout(id, asker) ? undefined : 'is about another peer'
  if (subject.startsWith('circle:')) return outside(id, asker, moment)
  if (fittingGrants(id, action, asker, moment).length > 0) return undefined
  return asker.grants.some(grant => grant.owner === id)
    ? 'the grant shown has expired or does not name the action'
    : 'no valid grant of that peer was shown'
}

function isAbout(id: string, { peer, principal, formerly }: Asker): boolean {
  return id === peer || id === principal || formerly.includes(id)
}

function outside(name: string, asker: Asker, { standing }: Moment): string | undefined {
  const role = roleIn(name.slice(0, 64), asker, standing)
  const fits = name.endsWith('/admin') ? isAdmin : name.endsWith('/member') ? isMember : isIn
  if (fits(role)) return undefined
  return role === undefined ? 'it is not in that circle' : `it is only a ${role} of that circle`
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
