import { expect, test } from 'vitest'
import { Deadlines } from './deadlines.ts'

const walked = (deadlines: Deadlines): number[] => {
  const out: number[] = []
  deadlines.walk(piece => {
    out.push(piece)
    return true
  })
  return out
}

test('walks all windows, nearest pieces first', () => {
  const deadlines = new Deadlines(8, () => undefined)
  const a = deadlines.open(10, 20, 3)!
  deadlines.open(100, 101, 3)
  expect(walked(deadlines)).toEqual([10, 100, 11, 101, 12])
  a.moveTo(19)
  expect(walked(deadlines)).toEqual([19, 100, 20, 101])
  a.close()
  expect(walked(deadlines)).toEqual([100, 101])
  expect(deadlines.covers(101)).toBe(true)
  expect(deadlines.covers(19)).toBe(false)
})

test('is bounded, and tells which pieces moved into a window', () => {
  const moves: number[][] = []
  const deadlines = new Deadlines(1, (from, to) => moves.push([from, to]))
  const reader = deadlines.open(0, 5, 4)!
  expect(deadlines.open(0, 5, 4)).toBeUndefined()
  reader.moveTo(4)
  expect(moves).toEqual([
    [0, 3],
    [4, 5],
  ])
  reader.close()
  expect(deadlines.active).toBe(false)
  expect(deadlines.open(0, 5, 4)).toBeDefined()
})
