import { expect, test } from 'vitest'
import { OwnersMet } from './owners-met.ts'

test('it is known in whose swarms a peer was met, of a bounded number of peers and owners', () => {
  const known = new OwnersMet()
  let news = 0
  known.onChanged(() => news++)
  known.met('a', 'owner')
  known.met('a', 'owner')
  expect(known.of('a')).toEqual(new Set(['owner']))
  expect(known.of('b')).toEqual(new Set())
  expect(news).toBe(1)
  for (let i = 0; i < 20; i++) known.met('a', `owner ${i}`)
  expect(known.of('a').size).toBe(16)
  for (let i = 0; i < 1_023; i++) known.met(`peer ${i}`, 'owner')
  known.met('a', 'owner')
  known.met('last', 'owner')
  expect(known.of('a').size).toBe(16)
  expect(known.of('peer 0').size).toBe(0)
})
