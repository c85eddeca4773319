import { expect, test } from 'vitest'
import { inTurn } from './in-turn.ts'

test('all of them, in the same order, where there is room', () => {
  const all = new Map([
    ['a', 1],
    ['b', 2],
  ])
  expect([inTurn(all, 2), inTurn(all, 3)]).toEqual([
    [1, 2],
    [1, 2],
  ])
})

test('of thousands everyone has its turn, none twice before', () => {
  const all = new Map(Array.from({ length: 2_500 }, (_, at) => [`${at}`, at]))
  const told = [1, 2, 3].flatMap(() => inTurn(all, 1_000))
  expect(new Set(told).size).toBe(2_500)
  expect(told).toHaveLength(3_000)
})
