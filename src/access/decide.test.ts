import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { VirtualWorld } from '../base/index.ts'
import { compilePolicy } from './compiled-policy.ts'
import { defaultAccessConfig } from './config.ts'
import { type Asker, decide, type Moment } from './decide.ts'
import type { Decision } from './decision.ts'
import { explainRules } from './explain.ts'
import type { Grant } from './grant.ts'
import { MemoryKeyValue } from './memory-key-value.ts'
import { type Action, actions, type Bounds, type Policy, type Rule, type SubjectRule } from './policy.ts'
import type { Role, Standing } from './standing.ts'
import { Usage } from './usage.ts'

/** Noon, UTC, of some day. */
const now = Date.UTC(2026, 5, 15, 12)
const resource = 'content:x'
const work = 'a'.repeat(64)
const club = 'b'.repeat(64)

/** Someone who asks: what the reference model knows, in its own words. */
interface Someone {
  readonly key: string
  /** All names by which rules may mean this person. Empty: the key was revoked. */
  readonly names: readonly string[]
  readonly known?: 'blocked' | 'known' | 'verified'
  readonly roles?: Readonly<Record<string, Role>>
}
const people: readonly Someone[] = [
  { key: 'stranger', names: ['stranger'] },
  { key: 'friend', names: ['friend'], known: 'known' },
  { key: 'friends-phone', names: ['friend', 'friend-once'], known: 'verified', roles: { [work]: 'guest' } },
  { key: 'boss', names: ['boss'], roles: { [work]: 'admin', [club]: 'guest' } },
  { key: 'clerk', names: ['clerk', 'clerk-once'], roles: { [work]: 'member', [club]: 'admin' } },
  { key: 'enemy', names: ['enemy'], known: 'blocked', roles: { [work]: 'admin' } },
  { key: 'stolen', names: [] },
  { key: 'maker', names: ['maker'], roles: { [club]: 'member' } },
]

function standingOf(who: Someone): Standing {
  return {
    principal: peer => (peer === who.key ? who.names[0] : peer),
    formerly: principal => (principal === who.names[0] ? who.names.slice(1) : []),
    trust: () => who.known,
    role: (circle, principal) => (principal === who.names[0] ? who.roles?.[circle] : undefined),
    isRevoked: () => false,
    onChanged: () => () => undefined,
  }
}

interface Circumstances {
  readonly who: Someone
  readonly action: Action
  readonly secretProven: boolean
  readonly isOwner: boolean
  readonly isLocal: boolean
  readonly isOpen: boolean
  readonly grants: readonly Grant[]
  /** What this person used of each rule that counts. */
  readonly usedBytes: number
  readonly usedUses: number
}

/**
 * The rules of the house from the words of decision 011: what is the rule about, how exact is that, is it there, and if so,
 * does it say yes. Nothing of it is shared with what is tested.
 */
function model(policy: Policy, asked: Circumstances): 'yes' | 'no' {
  const { who, action, secretProven, isOwner, grants } = asked
  if (who.known === 'blocked') return 'no'
  const { subjects, rules = [], ...whole } = policy
  const all: Rule[] = [
    ...subjects.map(subject => ({ ...whole, subject, effect: 'allow' as const })),
    ...rules,
  ]
  const isRevoked = who.names.length === 0
  const found: { rank: string; says: 'yes' | 'no'; effect: string }[] = []
  for (const rule of all) {
    if (!rule.actions.includes(action)) continue
    if (rule.from !== undefined && now < rule.from) continue
    if (rule.expires !== undefined && now >= rule.expires) continue
    const [what, which = '', role] = rule.subject.split(/[:/]/)
    const mine = who.roles?.[which]
    const say = (rank: string, ...more: Bounds[]): void => {
      const isIn = [rule, ...more].every(bounds => withinLimits(bounds, asked))
      found.push({ rank, says: rule.effect === 'allow' && isIn ? 'yes' : 'no', effect: rule.effect })
    }
    if (what === 'everyone') say('i')
    if (what === 'peer' && which === who.key && (!isRevoked || rule.effect === 'deny')) say('a')
    else if (what === 'peer' && who.names.includes(which)) say('b')
    if (isRevoked) continue
    if (what === 'contacts' && who.known !== undefined) say('h')
    if (what === 'secret' && secretProven) say('g')
    if (what === 'circle' && role === 'admin' && mine === 'admin') say('d1')
    if (what === 'circle' && role === 'member' && (mine === 'admin' || mine === 'member')) say('d2')
    if (what === 'circle' && role === undefined && mine !== undefined) say('d3')
    if (what === 'grant')
      for (const grant of grants)
        if (grant.owner === which && grant.expires > now && grant.actions.includes(action))
          say('e', grant.limits ?? {})
  }
  if (isOwner && !isRevoked && ['list', 'read', 'serve'].includes(action))
    found.push({ rank: 'c', says: 'yes', effect: 'allow' })
  const top = found.map(one => one.rank).sort()[0]
  const equals = found.filter(one => one.rank === top)
  if (equals.some(one => one.effect === 'deny')) return 'no'
  return equals.some(one => one.says === 'yes') ? 'yes' : 'no'
}

function withinLimits(bounds: Bounds, { isLocal, isOpen, usedBytes, usedUses }: Circumstances): boolean {
  if (bounds.lanOnly === true && !isLocal) return false
  if (bounds.bytes !== undefined && usedBytes >= bounds.bytes) return false
  if (bounds.bytesPerDay !== undefined && usedBytes >= bounds.bytesPerDay) return false
  if (bounds.uses !== undefined && !isOpen && usedUses >= bounds.uses) return false
  if (bounds.hours === undefined) return true
  const [from = '', to = ''] = bounds.hours.split('-')
  const noon = '12:00'
  // As texts, times of a day are in the order of the day.
  return from < to ? from <= noon && noon < to : from <= noon || noon < to
}

const subjectList: readonly SubjectRule[] = [
  'everyone',
  'contacts',
  'secret',
  ...['stranger', 'friend', 'friends-phone', 'friend-once', 'clerk-once', 'stolen', 'enemy', 'maker'].map(
    id => `peer:${id}` as const,
  ),
  ...[work, club].flatMap(id => [`circle:${id}`, `circle:${id}/admin`, `circle:${id}/member`] as const),
  'grant:maker',
  'grant:other',
]
const boundsList: readonly Bounds[] = [
  {},
  { from: now + 1 },
  { from: now },
  { expires: now },
  { expires: now + 1 },
  { hours: '11:00-13:00' },
  { hours: '12:00-12:01' },
  { hours: '11:00-12:00' },
  { hours: '22:00-06:00' },
  { hours: '13:00-12:30' },
  { bytes: 10 },
  { bytes: 11 },
  { bytesPerDay: 10 },
  { bytesPerDay: 11 },
  { bytesPerSecond: 5 },
  { uses: 2 },
  { uses: 3 },
  { lanOnly: true },
  { bytes: 11, uses: 2 },
]

const subject = fc.constantFrom(...subjectList)
const someActions = fc.uniqueArray(fc.constantFrom(...actions), { minLength: 1 })
const bounds = fc.oneof(
  fc.constantFrom(...boundsList),
  fc.tuple(fc.constantFrom(...boundsList), fc.constantFrom(...boundsList)).map(([a, b]) => ({ ...a, ...b })),
)
const rule: fc.Arbitrary<Rule> = fc.oneof(
  fc
    .record({ subject, actions: someActions, bounds })
    .map(one => ({ ...one.bounds, subject: one.subject, actions: one.actions, effect: 'allow' as const })),
  fc.record({ subject, actions: someActions, effect: fc.constant('deny' as const) }),
)
const policy: fc.Arbitrary<Policy> = fc
  .record({
    subjects: fc.uniqueArray(subject, { maxLength: 3 }),
    actions: someActions,
    bounds,
    rules: fc.array(rule, { maxLength: 8 }),
  })
  .map(({ bounds: whole, ...rest }) => ({ ...whole, ...rest }))
const grant: fc.Arbitrary<Grant> = fc.record({
  owner: fc.constantFrom('maker', 'other', 'nobody'),
  id: fc.constant('i'),
  issuer: fc.constant('i'),
  subject: fc.constant('x'),
  resource: fc.constant(resource),
  actions: someActions,
  issued: fc.constant(1),
  expires: fc.constantFrom(now, now + 1),
  limits: fc.constantFrom(undefined, { uses: 2 }, { hours: '13:00-14:00' }, { bytes: 11 }, { lanOnly: true }),
})
const circumstances: fc.Arbitrary<Circumstances> = fc.record({
  who: fc.constantFrom(...people),
  action: fc.constantFrom(...actions),
  secretProven: fc.boolean(),
  isOwner: fc.boolean(),
  isLocal: fc.boolean(),
  isOpen: fc.boolean(),
  grants: fc.array(grant, { maxLength: 4 }),
  usedBytes: fc.constantFrom(0, 10),
  usedUses: fc.constantFrom(0, 2),
})

function setUp(compiled: ReturnType<typeof compilePolicy>, asked: Circumstances, at = now) {
  const { who, isLocal, isOpen, secretProven, isOwner, grants, usedBytes, usedUses } = asked
  const state = new MemoryKeyValue()
  const stored = { bytes: usedBytes, day: Math.floor(at / 86_400_000), dayBytes: usedBytes, uses: usedUses }
  for (const { name, subject: about } of compiled.rules)
    state.put(
      'access.usage',
      `${resource} ${name} ${about.startsWith('peer:') ? '' : (who.names[0] ?? who.key)}`,
      stored,
    )
  const world = new VirtualWorld(1, at)
  const standing = standingOf(who)
  const moment: Moment = {
    resource,
    now: at,
    isLocal,
    isOpen,
    standing,
    usage: new Usage(world, state, defaultAccessConfig, () => world.wallTime()),
    localOffset: () => 0,
  }
  const asker: Asker = {
    peer: who.key,
    principal: who.names[0],
    formerly: who.names.slice(1),
    trust: who.known,
    isOwner,
    secretProven,
    grants,
  }
  return { asker, moment }
}

function answer(p: Policy, asked: Circumstances, at = now): Decision {
  const compiled = compilePolicy(p)
  const { asker, moment } = setUp(compiled, asked, at)
  return decide(compiled, asked.action, asker, moment)
}

describe('decide', () => {
  test('agrees with the model on each subject x action x limit x standing', () => {
    let asked = 0
    for (const about of subjectList)
      for (const limit of boundsList)
        for (const action of actions)
          for (const who of people)
            for (const flags of [0, 1, 2, 3]) {
              const all: Circumstances = {
                who,
                action,
                secretProven: (flags & 1) !== 0,
                isOwner: false,
                isLocal: (flags & 2) !== 0,
                isOpen: (flags & 1) !== 0,
                grants: [
                  {
                    owner: 'maker',
                    id: 'i',
                    issuer: 'i',
                    subject: 'x',
                    resource,
                    actions: ['read'],
                    issued: 1,
                    expires: now + 1,
                  },
                ],
                usedBytes: (flags & 2) !== 0 ? 10 : 0,
                usedUses: (flags & 2) !== 0 ? 2 : 0,
              }
              const p: Policy = { ...limit, subjects: [about], actions: ['read', 'use'] }
              const decision = answer(p, all)
              if (decision.allowed !== (model(p, all) === 'yes'))
                expect.fail(JSON.stringify({ p, all, decision }))
              asked++
            }
    expect(asked).toBeGreaterThan(50_000)
  })

  test('agrees with the model for every policy and everyone who asks', () => {
    fc.assert(
      fc.property(policy, circumstances, (p, asked) => {
        expect(answer(p, asked).allowed).toBe(model(p, asked) === 'yes')
      }),
      { numRuns: 10_000 },
    )
  })

  test('the answer stays until `until`', () => {
    fc.assert(
      fc.property(policy, circumstances, fc.double({ min: 0, max: 1, noNaN: true }), (p, asked, part) => {
        const { allowed, until } = answer(p, asked)
        if (!allowed) return
        if (until !== undefined) expect(until).toBeGreaterThan(now)
        const last = (until ?? now + 10 * 86_400_000) - 1
        const between = now + Math.floor((last - now) * part)
        for (const at of [last, between]) expect(answer(p, asked, at).allowed).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })

  test('what allowed it is bounded by what the decision says', () => {
    fc.assert(
      fc.property(policy, circumstances, (p, asked) => {
        const decision = answer(p, asked)
        const { limits = {}, allowance, rule: by = '' } = decision
        // What a grant says comes on top.
        if (by.startsWith('grant:')) return
        if (!decision.allowed) expect(allowance).toBeUndefined()
        if (limits.bytes !== undefined)
          expect(allowance?.left).toBeLessThanOrEqual(limits.bytes - asked.usedBytes)
        if (limits.bytesPerSecond !== undefined) expect(allowance?.rate?.bytesPerSecond).toBe(5)
        if (limits.uses !== undefined) expect(allowance?.use()).toBe(asked.usedUses < limits.uses)
      }),
      { numRuns: 3000 },
    )
  })

  test('more evidence of the secret never hurts where no rule denies or is bounded', () => {
    fc.assert(
      fc.property(policy, circumstances, (p, asked) => {
        const rules = (p.rules ?? []).filter(one => one.effect === 'allow')
        const plain: Policy = {
          subjects: p.subjects,
          actions: p.actions,
          rules: rules.map(one => ({ subject: one.subject, effect: 'allow', actions: one.actions })),
        }
        if (answer(plain, { ...asked, secretProven: false }).allowed && asked.grants.length === 0)
          expect(answer(plain, { ...asked, secretProven: true }).allowed).toBe(true)
      }),
    )
  })
})

describe('explanations', () => {
  const asks = (who: Someone, change: Partial<Circumstances> = {}): Circumstances => ({
    who,
    action: 'read',
    secretProven: false,
    isOwner: false,
    isLocal: false,
    isOpen: false,
    grants: [],
    usedBytes: 0,
    usedUses: 0,
    ...change,
  })
  const explain = (p: Policy, asked: Circumstances): string[] => {
    const compiled = compilePolicy(p)
    const { asker, moment } = setUp(compiled, asked)
    const rules = explainRules(compiled, asked.action, asker, moment, name => name.replace(work, 'Work'))
    return rules.map(({ text }) => text)
  }

  test('have one line for each rule, most specific first', () => {
    const p: Policy = {
      subjects: ['everyone', 'contacts', 'secret', 'grant:maker', 'peer:friend', `circle:${work}/member`],
      actions: ['read'],
      rules: [
        { subject: 'peer:stranger', effect: 'deny', actions: ['read'], expires: 5 },
        { subject: 'everyone', effect: 'allow', actions: ['use'] },
        { subject: `circle:${work}`, effect: 'allow', actions: ['read'], from: now + 60_000 },
        { subject: 'peer:friends-phone', effect: 'allow', actions: ['read'], hours: '22:00-06:00' },
      ],
    }
    expect(explain(p, asks(people[2]!))).toEqual([
      'peer:friends-phone: allow read; at 22:00-06:00 - matches, but not at this time of the day: no',
      'peer:friend: allow read - matches, but something more specific decided',
      'peer:stranger: deny read; until 1970-01-01 00:00 - has expired',
      'circle:Work/member: allow read - it is only a guest of that circle',
      'circle:Work: allow read; from 2026-06-15 12:01 - begins 2026-06-15 12:01',
      'grant:maker: allow read - no valid grant of that peer was shown',
      'secret: allow read - the secret was not proven',
      'contacts: allow read - matches, but something more specific decided',
      'everyone: allow read - matches, but something more specific decided',
      'everyone: allow use - says nothing about read',
    ])
  })

  test('agree with the decision', () => {
    fc.assert(
      fc.property(policy, circumstances, (p, asked) => {
        const decision = answer(p, asked)
        const told = explain(p, asked)
        const yes = told.filter(line => line.endsWith(' - matches: yes')).length
        const no = told.filter(line => / - matches(, but .*)?: no$/.test(line)).length
        if (decision.rule === 'blocked' || decision.rule === 'resource-owner') return
        if (decision.rule === undefined) expect([yes, no]).toEqual([0, 0])
        else expect(decision.allowed ? yes : no).toBeGreaterThan(0)
        if (!decision.allowed && told.every(line => !line.includes(': deny '))) expect(yes).toBe(0)
      }),
      { numRuns: 3000 },
    )
  })
})
