import { expect, test } from 'vitest'
import { VirtualWorld } from '../base/index.ts'
import { TrustedClock } from './trusted-clock.ts'

const hour = 3_600_000

test('follows time', () => {
  const world = new VirtualWorld(1)
  const clock = new TrustedClock(world)
  world.advance(5000)
  expect(clock.now()).toBe(world.wallTime())
})

test('a clock set back does not bring back what had expired', () => {
  const world = new VirtualWorld(1)
  const clock = new TrustedClock(world)
  const start = clock.now()
  world.advance(10_000)
  world.jumpWallTime(-365 * 24 * hour)
  expect(clock.now()).toBe(start + 10_000)
  world.advance(hour / 2)
  expect(clock.now()).toBe(start + 10_000 + hour / 2)
})

test('a clock set ahead counts while it is ahead', () => {
  const world = new VirtualWorld(1)
  const clock = new TrustedClock(world)
  const start = clock.now()
  world.jumpWallTime(48 * hour)
  expect(clock.now()).toBe(start + 48 * hour)
  world.jumpWallTime(-48 * hour)
  expect(clock.now()).toBe(start)
})

test('a date that was wrong at start is corrected after an hour', () => {
  const world = new VirtualWorld(1)
  world.jumpWallTime(1000 * 24 * hour)
  const clock = new TrustedClock(world)
  world.jumpWallTime(-1000 * 24 * hour)
  expect(clock.now()).toBeGreaterThan(world.wallTime())
  world.advance(hour)
  expect(clock.now()).toBe(world.wallTime())
  world.advance(hour)
  expect(clock.now()).toBe(world.wallTime())
})

test('never runs backwards by a small correction', () => {
  const world = new VirtualWorld(1)
  const clock = new TrustedClock(world)
  const before = clock.now()
  world.jumpWallTime(-500)
  expect(clock.now()).toBe(before)
})
