import { describe, expect, test } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import { BackOff } from './back-off.ts'
import { Reservations } from './reservations.ts'

const limits = { maxReservations: 3, maxReservationsPerAddress: 2, reservationMinutes: 60 }

/** Whose connections are kept. */
const kept = new Set<string>()
const keep = (peer: string): (() => void) => {
  kept.add(peer)
  return () => void kept.delete(peer)
}

describe('reservations', () => {
  test('end when they are not renewed', () => {
    const world = new VirtualWorld(1)
    const reservations = new Reservations(world, () => limits, keep)
    const made = reservations.make('a', 'x')
    expect(made?.expires).toBe(Math.floor((world.wallTime() + 3_600_000) / 1000))
    world.advance(3_000_000)
    expect(reservations.make('a', 'x')).toBeDefined()
    world.advance(3_000_000)
    expect(reservations.get('a')).toBeDefined()
    world.advance(600_000)
    expect(reservations.get('a')).toBeUndefined()
    expect(kept).toEqual(new Set(['a']))
    expect(reservations.list()).toEqual([])
    expect(kept.size).toBe(0)
  })

  test('are so many in all and for one address; what ended makes room', () => {
    const world = new VirtualWorld(1)
    const reservations = new Reservations(world, () => limits, keep)
    for (const [peer, group] of [
      ['a', 'x'],
      ['b', 'x'],
    ] as const)
      expect(reservations.make(peer, group)).toBeDefined()
    expect(reservations.make('c', 'x')).toBeUndefined()
    expect(reservations.make('c', 'y')).toBeDefined()
    expect(reservations.make('d', 'z')).toBeUndefined()
    expect(reservations.make('a', 'x')).toBeDefined()
    reservations.drop('b')
    expect(reservations.make('d', 'z')).toBeDefined()
    world.advance(3_600_000)
    expect(reservations.make('e', 'x')).toBeDefined()
  })
})

test('whoever refuses is left alone, longer each time, up to a bound', () => {
  const world = new VirtualWorld(1)
  const backOff = new BackOff(world)
  let before = 0
  for (let i = 0; i < 20; i++) {
    backOff.failed('a')
    const wait = backOff.waitMs('a')
    expect(wait).toBeLessThanOrEqual(3_600_000 * 1.25)
    if (i > 0 && i < 8) expect(wait).toBeGreaterThan(before)
    before = wait
    world.advance(wait)
    expect(backOff.waitMs('a')).toBe(0)
  }
  backOff.failed('a')
  backOff.succeeded('a')
  expect(backOff.waitMs('a')).toBe(0)
  for (let i = 0; i < 300; i++) backOff.failed(`peer ${i}`)
  expect(backOff.waitMs('peer 0')).toBe(0)
  expect(backOff.waitMs('peer 299')).toBeGreaterThan(0)
})
