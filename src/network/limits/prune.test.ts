import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ConnectionFacts, leastMissed, leastUseful } from './prune.ts'

const connection = (id: string, some: Partial<ConnectionFacts> = {}): ConnectionFacts => ({
  id,
  kept: false,
  group: id,
  ownStreams: 0,
  rttMs: 100,
  recentBytes: 0,
  ageMs: 1_000,
  ...some,
})

/** Strangers that do nothing, each from elsewhere. */
const strangers = (count: number, some: (n: number) => Partial<ConnectionFacts> = () => ({})) =>
  Array.from({ length: count }, (_, n) => connection(`stranger ${n}`, { rttMs: 100 + n, ...some(n) }))

/** Closes connections until as many are left as there are places. */
function prune(all: readonly ConnectionFacts[], places: number): ConnectionFacts[] {
  let left = [...all]
  while (left.length > places) {
    const id = leastUseful(left, 7)
    if (id === undefined) break
    left = left.filter(one => one.id !== id)
  }
  return left
}

test('of many from one place, the youngest goes first', () => {
  const crowd = strangers(40, n => ({ group: 'crowd', ageMs: 5_000 - n }))
  expect(leastUseful([...strangers(20), ...crowd], 1)).toBe('stranger 39')
})

describe('what an attacker with hundreds of connections cannot push out', () => {
  const attack = strangers(300, n => ({ group: 'attacker', ageMs: n, recentBytes: 1_000, rttMs: 20 }))
  test.each<[string, Partial<ConnectionFacts>]>([
    ['somebody the user knows', { kept: true }],
    ['somebody to whom this side has a stream', { ownStreams: 1 }],
    ['somebody near', { rttMs: 3 }],
    ['somebody who sends', { recentBytes: 1_000_000 }],
    ['somebody who has long been here', { ageMs: 1_000_000 }],
  ])('%s', (_what, merit) => {
    const honest = connection('honest', { ...merit })
    expect(prune([...attack, honest], 100)).toContain(honest)
  })

  test('most of those from elsewhere', () => {
    const honest = strangers(40, n => ({ group: `home ${n}`, ageMs: 1_000_000 }))
    const left = prune([...attack.map(one => ({ ...one, id: `x${one.id}` })), ...honest], 100)
    expect(left.filter(({ group }) => group.startsWith('home'))).toHaveLength(40)
  })
})

test('nobody goes while all are of use; for somebody who is kept, one does all the same', () => {
  const busy = strangers(10, () => ({ ownStreams: 1 }))
  expect(leastUseful(busy, 1)).toBeUndefined()
  expect(leastMissed(busy)).toBe('stranger 0')
  expect(leastMissed([...busy, connection('idle')])).toBe('idle')
  expect(leastMissed([connection('friend', { kept: true })])).toBeUndefined()
})

test('whoever is kept or used is never chosen', () => {
  const facts = fc.record({
    id: fc.uuid(),
    kept: fc.boolean(),
    group: fc.constantFrom('a', 'b', 'c'),
    ownStreams: fc.nat(2),
    rttMs: fc.option(fc.nat(1_000), { nil: undefined }),
    recentBytes: fc.nat(10_000),
    ageMs: fc.nat(100_000),
  })
  fc.assert(
    fc.property(fc.array(facts, { maxLength: 60 }), fc.nat(), (all, salt) => {
      const chosen = all.find(({ id }) => id === leastUseful(all, salt))
      expect(chosen === undefined || (!chosen.kept && chosen.ownStreams === 0)).toBe(true)
      const missed = all.find(({ id }) => id === leastMissed(all))
      expect(missed === undefined).toBe(all.every(({ kept }) => kept))
      expect(missed?.kept).not.toBe(true)
    }),
  )
})
