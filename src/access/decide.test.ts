import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compilePolicy, decide, type Evidence, explainRules } from './decide.ts'
import type { Grant } from './grant.ts'
import { type Action, actions, type Policy, type Rule, rulesOf, type SubjectRule } from './policy.ts'

const peers = ['peer-a', 'peer-b', 'owner-o', 'owner-p']
const now = 1000

/** The rules of the house in the plainest words: find what speaks, take the most specific, a denial wins. */
function model(policy: Policy, peer: string, action: Action, evidence: Evidence): boolean {
  const live = (rule: Rule): boolean =>
    rule.actions.includes(action) && (rule.expires === undefined || rule.expires > now)
  const shown = (owner: string): boolean =>
    evidence.grants.some(g => g.owner === owner && g.expires > now && g.actions.includes(action))
  const levels: ((subject: SubjectRule) => boolean)[] = [
    subject => subject === `peer:${peer}`,
    subject => subject.startsWith('grant:') && shown(subject.slice(6)),
    subject => subject === 'secret' && evidence.secretProven,
    subject => subject === 'everyone',
  ]
  for (const [i, matches] of levels.entries()) {
    if (i === 1 && evidence.isOwner && ['list', 'read', 'serve'].includes(action)) return true
    const speaking = rulesOf(policy).filter(rule => live(rule) && matches(rule.subject))
    if (speaking.length > 0) return speaking.every(rule => rule.effect === 'allow')
  }
  return false
}

const peer = fc.constantFrom(...peers)
const actionSet = fc.uniqueArray(fc.constantFrom(...actions), { minLength: 1 })
const expires = fc.option(fc.constantFrom(999, 1000, 1001, 5000), { nil: undefined })
const subject: fc.Arbitrary<SubjectRule> = fc.oneof(
  fc.constant('everyone' as const),
  fc.constant('secret' as const),
  peer.map(id => `peer:${id}` as const),
  peer.map(id => `grant:${id}` as const),
)
const rule: fc.Arbitrary<Rule> = fc.record({
  subject,
  effect: fc.constantFrom('allow', 'deny'),
  actions: actionSet,
  expires,
})
const policy: fc.Arbitrary<Policy> = fc.record({
  subjects: fc.array(subject, { maxLength: 3 }),
  actions: actionSet,
  expires,
  rules: fc.array(rule, { maxLength: 6 }),
})
const grant: fc.Arbitrary<Grant> = fc.record({
  owner: peer,
  id: fc.constant('i'),
  issuer: fc.constant('i'),
  subject: fc.constant('x'),
  resource: fc.constant('y'),
  actions: actionSet,
  issued: fc.constant(1),
  expires: fc.constantFrom(999, 1001),
})
const evidence: fc.Arbitrary<Evidence> = fc.record({
  isOwner: fc.boolean(),
  secretProven: fc.boolean(),
  grants: fc.array(grant, { maxLength: 4 }),
})

describe('decide', () => {
  test('agrees with the model for every policy, peer, action and evidence', () => {
    fc.assert(
      fc.property(policy, peer, fc.constantFrom(...actions), evidence, (p, who, action, shown) => {
        const decision = decide(compilePolicy(p), who, action, shown, now)
        expect(decision.allowed).toBe(model(p, who, action, shown))
        if (decision.until !== undefined) expect(decision.until).toBeGreaterThan(now)
      }),
      { numRuns: 3000 },
    )
  })

  test('a permission ends exactly at `until`, if nothing else allows it then', () => {
    fc.assert(
      fc.property(policy, peer, fc.constantFrom(...actions), evidence, (p, who, action, shown) => {
        const compiled = compilePolicy(p)
        const { allowed, until } = decide(compiled, who, action, shown, now)
        if (!allowed || until === undefined) return
        expect(decide(compiled, who, action, shown, until - 1).allowed).toBe(true)
      }),
    )
  })

  test('more evidence of the secret never hurts where no rule denies', () => {
    fc.assert(
      fc.property(policy, peer, fc.constantFrom(...actions), evidence, (p, who, action, shown) => {
        const kind: Policy = { ...p, rules: (p.rules ?? []).filter(one => one.effect === 'allow') }
        const without = decide(compilePolicy(kind), who, action, { ...shown, secretProven: false }, now)
        const withIt = decide(compilePolicy(kind), who, action, { ...shown, secretProven: true }, now)
        if (without.allowed) expect(withIt.allowed).toBe(true)
      }),
    )
  })

  test('an explanation has one line for each rule, most specific first', () => {
    const p: Policy = {
      subjects: ['everyone', 'secret', 'grant:owner-o', 'peer:peer-a'],
      actions: ['read'],
      rules: [{ subject: 'peer:peer-b', effect: 'deny', actions: ['read'], expires: 5 }],
    }
    expect(
      explainRules(p, 'peer-a', 'read', { isOwner: false, secretProven: false, grants: [] }, now),
    ).toEqual([
      'peer:peer-a: allow read - matches',
      'peer:peer-b: deny read - has expired',
      'grant:owner-o: allow read - no valid grant of that peer was shown',
      'secret: allow read - the secret was not proven',
      'everyone: allow read - matches',
    ])
  })
})
