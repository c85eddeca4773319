import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PeerageError } from '../base/index.ts'
import { Roster } from './roster.ts'
import { RosterModel } from './roster-model.ts'
import { type RosterRole, type RosterStatement, rosterLimits } from './roster-statement.ts'

/** A statement that was opened already: what is decided here needs no signature. */
function statement(
  signer: string,
  after: readonly RosterStatement[],
  changes: Record<string, RosterRole>,
  more: { name?: string; issued?: number | undefined; bytes?: number } = {},
): RosterStatement {
  const { name, bytes = 0 } = more
  const issued = 'issued' in more ? more.issued : 1
  const parents = [...new Set(after.map(({ id }) => id))].toSorted()
  const said = JSON.stringify([signer, parents, Object.entries(changes), name, issued])
  const id = createHash('sha256').update(said).digest('hex')
  return {
    id,
    signer,
    circle: after[0]?.circle ?? id,
    parents,
    changes: new Map(Object.entries(changes)),
    name,
    issued,
    bytes: new Uint8Array(bytes),
  }
}

function leave(signer: string, admission: RosterStatement): RosterStatement {
  return statement(signer, [admission], { [signer]: 'removed' }, { issued: undefined })
}

function refusal(run: () => unknown): string {
  try {
    return String(run())
  } catch (error) {
    if (error instanceof PeerageError) return error.code
    throw error
  }
}

function roles(roster: Roster): Record<string, string> {
  return Object.fromEntries([...roster.members].map(([peer, { role }]) => [peer, role]).toSorted())
}

function rosterOf(statements: readonly RosterStatement[]): Roster {
  const roster = new Roster(statements[0]!)
  for (const one of statements.slice(1)) expect(roster.insert(one)).toBe('added')
  return roster
}

const base = statement('F', [], { F: 'admin' }, { name: 'choir' })
const ab = statement('F', [base], { A: 'admin', M: 'member' })
const b = statement('A', [ab], { B: 'admin' })

describe('a roster', () => {
  test('is what its admins say, one after the other', () => {
    const roster = rosterOf([base, ab, b])
    expect(roles(roster)).toEqual({ F: 'admin', A: 'admin', B: 'admin', M: 'member' })
    expect(roster.name).toBe('choir')
    roster.insert(statement('B', [b], { M: 'guest' }, { name: 'big choir' }))
    expect(roles(roster)).toEqual({ F: 'admin', A: 'admin', B: 'admin', M: 'guest' })
    expect(roster.name).toBe('big choir')
  })

  test.each<[string, RosterStatement]>([
    ['a member', statement('M', [b], { X: 'member' })],
    ['a stranger', statement('X', [b], { X: 'member' })],
    ['an admin, before it was one', statement('B', [ab], { X: 'member' })],
    ['an admin, about one that made it', statement('B', [b], { A: 'removed' })],
    ['an admin, about the founder', statement('A', [b], { F: 'guest' })],
    ['a member that makes itself an admin', statement('M', [b], { M: 'admin' })],
    ['an admin that makes itself one again', statement('A', [b], { A: 'admin' })],
    ['whoever leaves without being in', leave('X', b)],
    ['whoever leaves after a statement that did not let it in', leave('M', b)],
    ['another circle', statement('F', [statement('F', [], { F: 'admin' }, { name: 'x' })], { X: 'member' })],
  ])('refuses %s', (_, refused) => {
    const roster = rosterOf([base, ab, b])
    const before = roles(roster)
    expect(refusal(() => roster.insert(refused))).toBe('statement.invalid')
    expect(roles(roster)).toEqual(before)
    expect(roster.has(refused.id)).toBe(false)
  })

  test('of two admins that remove each other the senior one stays', () => {
    const [out, back] = [statement('A', [b], { B: 'removed' }), statement('B', [b], { A: 'removed' })]
    const roster = rosterOf([base, ab, b, out])
    // Whoever was made an admin by another one cannot even try.
    expect(refusal(() => roster.insert(back))).toBe('statement.invalid')
    const both = statement('F', [base], { P: 'admin', Q: 'admin' })
    const [one, other] = [statement('P', [both], { Q: 'removed' }), statement('Q', [both], { P: 'removed' })]
    for (const order of [
      [base, both, one],
      [base, both, one, statement('F', [base], { Z: 'guest' })],
    ]) {
      const mutual = rosterOf(order)
      expect(refusal(() => mutual.insert(other))).toBe('statement.invalid')
      expect(roles(mutual)).not.toHaveProperty('Q')
    }
  })

  test('two that became admins apart, and remove each other as members: the senior one stays', () => {
    const members = statement('F', [base], { P: 'member', Q: 'member' })
    const p = statement('F', [members], { P: 'admin' })
    const later = statement('F', [members], { R: 'guest' })
    const q = statement('F', [later], { Q: 'admin' })
    const [one, other] = [statement('P', [p], { Q: 'removed' }), statement('Q', [q], { P: 'removed' })]
    for (const order of [
      [base, members, p, later, q, one, other],
      [base, members, later, q, other, p, one],
    ])
      expect(roles(rosterOf(order))).toEqual({ F: 'admin', P: 'admin', R: 'guest' })
  })

  test('a removed admin can sign on for ever and changes nothing', () => {
    const out = statement('F', [b], { A: 'removed', B: 'removed' })
    const roster = rosterOf([base, ab, b, out])
    const before = roles(roster)
    const late = statement('A', [b], { X: 'admin', M: 'removed' }, { name: 'mine' })
    const helper = statement('X', [late], { Y: 'member', F: 'removed' })
    const older = statement('A', [ab], { X: 'member' })
    expect(roster.insert(late)).toBe('added')
    expect(refusal(() => roster.insert(helper))).toBe('statement.invalid')
    expect(roster.insert(statement('X', [late], { Y: 'member' }))).toBe('added')
    expect(roster.insert(older)).toBe('added')
    expect(refusal(() => roster.insert(statement('A', [out], { X: 'member' })))).toBe('statement.invalid')
    expect(roles(roster)).toEqual(before)
    expect(roster.name).toBe('choir')
    // What it signs on after another admin has taken all that in counts no more than before.
    roster.insert(
      statement(
        'F',
        roster.heads.map(id => entry(roster, id)),
        { N: 'member' },
      ),
    )
    expect(roles(roster)).toEqual({ ...before, N: 'member' })
  })

  test('a removed admin cannot bring back one that removed its remover and was removed itself', () => {
    const c = statement('B', [b], { C: 'admin' })
    const outC = statement('B', [c], { C: 'removed' })
    const outB = statement('A', [c], { B: 'removed' })
    const outA = statement('F', [c], { A: 'removed' })
    const roster = rosterOf([base, ab, b, c, outC, outB, outA])
    expect(roles(roster)).toEqual({ F: 'admin', B: 'admin', M: 'member' })
    // By these two alone C is an admin still: whoever removed it had been removed at the same time. But so had the one that did that.
    expect(roster.insert(statement('C', [outC, outB], { X: 'member', M: 'removed' }))).toBe('added')
    expect(roles(roster)).toEqual({ F: 'admin', B: 'admin', M: 'member' })
  })

  test('a removed admin that was let in again is what it was made then', () => {
    const out = statement('F', [b], { A: 'removed' })
    const back = statement('F', [out], { A: 'admin' })
    const roster = rosterOf([base, ab, b, out, back, statement('A', [back], { X: 'guest' })])
    expect(roles(roster)).toMatchObject({ A: 'admin', B: 'admin', X: 'guest' })
    // B is senior to it now.
    expect(roster.insert(statement('B', [back], { A: 'member' }))).toBe('added')
    expect(roles(roster)).toEqual({ F: 'admin', A: 'member', B: 'admin', M: 'member' })
  })

  test('of words said at the same time the lowest wins, a removal over all', () => {
    const guest = statement('F', [b], { M: 'guest' })
    const admin = statement('A', [b], { M: 'admin' })
    const member = statement('B', [b], { M: 'member' })
    const removed = statement('B', [b], { M: 'removed' })
    expect(roles(rosterOf([base, ab, b, guest, member])).M).toBe('guest')
    expect(roles(rosterOf([base, ab, b, guest, member, removed])).M).toBeUndefined()
    // Whoever was made an admin is not lowered by one that is junior to it, who did not know.
    expect(roles(rosterOf([base, ab, b, admin, guest])).M).toBe('guest')
  })

  test('the founder cannot be removed, but leave; what it signs without telling of that still counts', () => {
    const gone = leave('F', base)
    const roster = rosterOf([base, ab, b, gone])
    expect(roles(roster)).toEqual({ A: 'admin', B: 'admin', M: 'member' })
    expect(roster.insert(statement('A', [b, gone], { X: 'member' }))).toBe('added')
    expect(refusal(() => roster.insert(statement('F', [b, gone], { F: 'member' })))).toBe('statement.invalid')
    expect(roster.insert(statement('A', [b, gone], { F: 'guest' }))).toBe('added')
    expect(roles(roster)).toEqual({ A: 'admin', B: 'admin', M: 'member', X: 'member', F: 'guest' })
  })

  test('an admin that left is out for good when a senior one removes it, too', () => {
    const gone = leave('A', ab)
    const sealed = statement('F', [gone, b], { A: 'removed' })
    const roster = rosterOf([base, ab, b, gone, sealed])
    const before = roles(roster)
    roster.insert(statement('A', [ab], { X: 'admin' }))
    expect(roles(roster)).toEqual(before)
  })

  test('a leave is said once for each time that somebody was let in', () => {
    const gone = leave('M', ab)
    const roster = rosterOf([base, ab, b, gone])
    expect(roster.insert(leave('M', ab))).toBe('known')
    const back = statement('B', [gone, b], { M: 'member' })
    roster.insert(back)
    expect(roles(roster).M).toBe('member')
    expect(roster.admission('M')).toBe(back.id)
    roster.insert(leave('M', back))
    expect(roles(roster).M).toBeUndefined()
    expect(roster.admission('X')).toBeUndefined()
  })

  test('cannot be rolled back: what is old changes nothing', () => {
    const out = statement('F', [b], { M: 'removed' })
    const roster = rosterOf([base, ab, b, out])
    for (const old of [ab, b]) expect(roster.insert(old)).toBe('known')
    expect(roster.insert(statement('A', [ab], { M: 'member' }, { issued: 99 }))).toBe('added')
    expect(roles(roster).M).toBeUndefined()
  })

  test('what names something unknown, itself or its own child is not ready', () => {
    const roster = rosterOf([base])
    expect(roster.insert(b)).toBe('unready')
    const own = { ...statement('F', [base], { X: 'member' }), parents: ['ff'.repeat(32)] }
    expect(roster.insert({ ...own, parents: [own.id] })).toBe('unready')
    const child = statement('F', [own], { Y: 'member' })
    expect(roster.insert({ ...own, parents: [child.id] })).toBe('unready')
    expect(roster.insert(child)).toBe('unready')
    expect(roster.size).toBe(1)
  })
})

function entry(roster: Roster, id: string): RosterStatement {
  return roster.entries().find(one => one.statement.id === id)!.statement
}

describe('bounds of a roster', () => {
  test('it has at most 4,096 statements, the last of them for the founder', () => {
    const roster = rosterOf([base, ab])
    let last = ab
    const next = (signer: string): string => {
      const one = statement(signer, [last], { [`peer ${roster.size % 100}`]: 'member' })
      const code = refusal(() => roster.insert(one))
      if (code === 'added') last = one
      return code
    }
    const others = (rosterLimits.statements * 7) / 8
    while (roster.size < others) expect(next('A')).toBe('added')
    expect(next('A')).toBe('access.limit')
    while (roster.size < rosterLimits.statements) expect(next('F')).toBe('added')
    expect(next('F')).toBe('access.limit')
  }, 60_000)

  test('they take a bounded number of bytes', () => {
    const roster = rosterOf([base, ab])
    const add = (signer: string, bytes: number): string =>
      refusal(() => roster.insert(statement(signer, [ab, base], { [`X${bytes}`]: 'guest' }, { bytes })))
    const others = (rosterLimits.circleBytes * 7) / 8
    expect(add('A', others + 1)).toBe('access.limit')
    expect(add('A', others)).toBe('added')
    expect(add('A', 1)).toBe('access.limit')
    expect(add('F', rosterLimits.circleBytes - others + 1)).toBe('access.limit')
    expect(add('F', rosterLimits.circleBytes - others)).toBe('added')
  })

  test('it names a bounded number of peers, and each a bounded number of times', () => {
    const many = (from: number, count: number): Record<string, RosterRole> =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`P${from + i}`, 'member']))
    const roster = rosterOf([base])
    let known = 1
    for (; known + 100 <= rosterLimits.peers; known += 100)
      expect(roster.insert(statement('F', [base], many(known, 100)))).toBe('added')
    const rest = rosterLimits.peers - known
    expect(refusal(() => roster.insert(statement('F', [base], many(known, rest + 1))))).toBe('access.limit')
    expect(roster.insert(statement('F', [base], many(known, rest)))).toBe('added')
    expect(roster.insert(statement('F', [base], { P1: 'removed' }))).toBe('added')
    const words = rosterOf([base, ab])
    const say = (signer: string, issued: number): string =>
      refusal(() => words.insert(statement(signer, [ab], { M: 'guest' }, { issued })))
    for (let said = 1; said < (rosterLimits.words * 7) / 8; said++) expect(say('A', said)).toBe('added')
    expect(say('A', 9999)).toBe('access.limit')
    expect(say('F', 9999)).toBe('added')
  })
})

interface Step {
  readonly signer: number
  readonly parents: readonly number[]
  readonly changes: readonly (readonly [peer: number, role: RosterRole])[]
  readonly kind: 'change' | 'leave' | 'name'
}

const peers = ['F', 'A', 'B', 'C', 'D', 'E', 'G']
const step: fc.Arbitrary<Step> = fc.record({
  signer: fc.constantFrom(0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 6),
  // Mostly the newest statements, as an honest peer would; also any old ones, as it would that lies or was away.
  parents: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.array(fc.nat(200), { minLength: 1, maxLength: 3 }) },
  ),
  changes: fc.array(
    fc.tuple(
      fc.nat(peers.length - 1),
      fc.constantFrom<RosterRole>('admin', 'admin', 'member', 'guest', 'removed', 'removed'),
    ),
    { minLength: 1, maxLength: 3 },
  ),
  kind: fc.constantFrom('change', 'change', 'change', 'change', 'change', 'leave', 'name'),
})

/** What a step says, if it can be said at all. */
function statementOf(
  made: readonly RosterStatement[],
  { signer, parents, changes, kind }: Step,
): RosterStatement {
  const by = peers[signer]!
  const after = parents.length === 0 ? headsOf(made) : parents.map(at => made[at % made.length]!)
  if (kind === 'leave') return leave(by, after[0]!)
  const said = Object.fromEntries(changes.map(([peer, role]) => [peers[peer]!, role] as const))
  if (said[by] === 'admin') said[by] = 'guest'
  return statement(
    by,
    after,
    said,
    kind === 'name' ? { name: `by ${by} ${made.length}` } : { issued: made.length },
  )
}

function headsOf(made: readonly RosterStatement[]): RosterStatement[] {
  return made.filter(one => !made.some(({ parents }) => parents.includes(one.id)))
}

/** Four admins, each made by the one before: there is something to quarrel about. */
const rich: readonly RosterStatement[] = [base, ab, b, statement('B', [b], { C: 'admin', D: 'member' })]

/** Statements that were all taken, in an order in which they can be. */
function build(steps: readonly Step[], from: readonly RosterStatement[] = rich): RosterStatement[] {
  const made = [...from]
  const roster = rosterOf(made)
  for (const one of steps) {
    const next = statementOf(made, one)
    if (refusal(() => roster.insert(next)) === 'added') made.push(next)
  }
  return made
}

/** Everything is offered again and again until nothing new is taken, as it is between peers. */
function deliver(roster: Roster, offered: readonly RosterStatement[]): void {
  let size: number
  do {
    size = roster.size
    for (const one of offered) expect(['added', 'known', 'unready']).toContain(roster.insert(one))
  } while (roster.size > size)
}

function seen(roster: Roster): unknown {
  const counting = roster.entries().filter(({ counts }) => counts)
  return {
    roles: roles(roster),
    name: roster.name,
    counting: counting.map(({ statement: { id } }) => id).toSorted(),
    heads: roster.heads.toSorted(),
  }
}

/** What somebody signs who pretends not to know what is new. */
const old = step.filter(({ parents }) => parents.length > 0)

const steps = (max: number): fc.Arbitrary<Step[]> => fc.array(step, { minLength: 5, maxLength: max })

describe('any roster', () => {
  test('is the same in whatever order it came, how often, and with whatever missing in between', () => {
    fc.assert(
      fc.property(steps(40), fc.infiniteStream(fc.nat(1_000_000)), (all, chance) => {
        const made = build(all)
        const whole = seen(rosterOf(made))
        const pick = (below: number): number => chance.next().value! % below
        const shuffled = [...made.slice(1), ...made.slice(1, 1 + pick(made.length))]
        for (let i = shuffled.length - 1; i > 0; i--) {
          const j = pick(i + 1)
          ;[shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!]
        }
        const roster = new Roster(made[0]!)
        deliver(roster, shuffled.slice(0, pick(shuffled.length + 1)))
        deliver(roster, shuffled)
        expect(seen(roster)).toEqual(whole)
      }),
      { numRuns: 300 },
    )
  })

  test('is what the rules say', () => {
    fc.assert(
      fc.property(steps(24), all => {
        const roster = rosterOf(rich)
        const model = new RosterModel()
        for (const one of rich) model.add(one)
        const made = [...rich]
        for (const one of all) {
          const next = statementOf(made, one)
          const taken = refusal(() => roster.insert(next)) !== 'statement.invalid'
          expect(model.add(next)).toBe(taken)
          if (taken && !made.some(({ id }) => id === next.id)) made.push(next)
          expect(roles(roster)).toEqual(Object.fromEntries([...model.members()].toSorted()))
        }
        const counting = roster.entries().filter(({ counts }) => counts)
        expect(counting.map(({ statement: { id } }) => id).toSorted()).toEqual(model.counting().toSorted())
      }),
      { numRuns: 150 },
    )
  }, 60_000)

  test('lets nobody in who is no admin: whatever they sign, they change nothing but that they leave', () => {
    let [tried, byFormerAdmins] = [0, 0]
    fc.assert(
      fc.property(
        steps(30),
        fc.array(old, { minLength: 20, maxLength: 40 }),
        fc.subarray(['A', 'B', 'C']),
        (honest, hostile, out) => {
          const grown = build(honest)
          // The founder removes some of them, if it still can.
          const removed = Object.fromEntries(out.map(peer => [peer, 'removed'] as const))
          const removal = statement('F', headsOf(grown), removed)
          const possible = refusal(() => rosterOf(grown).insert(removal)) === 'added'
          const made = possible ? [...grown, removal] : grown
          const before = rosterOf(made)
          const adversaries = peers.filter(
            peer => before.members.get(peer)?.role !== 'admin' && !gaveItUpItself(made, peer),
          )
          const theirs = hostile
            .map(one => ({
              ...one,
              signer: peers.indexOf(adversaries[one.signer % adversaries.length] ?? ''),
            }))
            .filter(({ signer }) => signer >= 0)
          const all = build(theirs, made)
          tried += all.length - made.length
          byFormerAdmins += all.slice(made.length).filter(({ issued }) => issued !== undefined).length
          const left = all.slice(made.length).filter(({ issued }) => issued === undefined)
          const expected = roles(before)
          for (const { signer } of left) delete expected[signer]
          const after = rosterOf(all)
          expect(roles(after)).toEqual(expected)
          expect(after.name).toBe(before.name)
        },
      ),
      { numRuns: 1000 },
    )
    expect(tried).toBeGreaterThan(1000)
    expect(byFormerAdmins).toBeGreaterThan(500)
  }, 60_000)

  test('has in it only those whom somebody let in that counts, back to the founder', () => {
    fc.assert(
      fc.property(steps(40), all => {
        const roster = rosterOf(build(all))
        const counting = roster.entries().flatMap(one => (one.counts ? [one.statement] : []))
        const admins = new Set(['F'])
        for (const { signer, changes, issued } of counting) {
          if (issued !== undefined) expect(admins).toContain(signer)
          for (const [peer, role] of changes) if (role === 'admin') admins.add(peer)
        }
        for (const [peer, { role }] of roster.members)
          expect(counting.some(({ changes }) => changes.get(peer) === role)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

/** An admin that ended its own role, and that no senior one removed after: it could still pretend not to have. */
function gaveItUpItself(made: readonly RosterStatement[], peer: string): boolean {
  return made.some(({ signer, changes }) => signer === peer && changes.has(peer))
}
