import { expect, test } from 'vitest'
import { VirtualWorld } from '../base/index.ts'
import { AttemptLimit } from './attempt-limit.ts'

test('a minute holds so many failures, and they come back evenly', () => {
  const world = new VirtualWorld(1)
  const limit = new AttemptLimit(world, 6, 10)
  for (let i = 0; i < 6; i++) {
    expect(limit.allows('a')).toBe(true)
    limit.failed('a')
  }
  expect(limit.allows('a')).toBe(false)
  expect(limit.allows('b')).toBe(true)
  world.jumpWallTime(1e9)
  expect(limit.allows('a')).toBe(false)
  world.advance(9_999)
  expect(limit.allows('a')).toBe(false)
  world.advance(1)
  expect(limit.allows('a')).toBe(true)
})

test('counts a bounded number of peers and forgets the quiet ones first', () => {
  const limit = new AttemptLimit(new VirtualWorld(1), 1, 3)
  for (const peer of ['a', 'b', 'c']) limit.failed(peer)
  limit.failed('a')
  limit.failed('d')
  expect(limit.size).toBe(3)
  expect(limit.allows('b')).toBe(true)
  expect(limit.allows('a')).toBe(false)
  for (let i = 0; i < 100_000; i++) limit.failed(`peer-${i}`)
  expect(limit.size).toBe(3)
})
