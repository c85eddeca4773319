import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { VirtualWorld } from '../base/index.ts'
import type { Quota } from './allowance.ts'
import { type AccessConfig, defaultAccessConfig } from './config.ts'
import { MemoryKeyValue } from './memory-key-value.ts'
import { Usage, type UsageKey } from './usage.ts'

const day = 86_400_000
const key: UsageKey = { resource: 'content:a', rule: 'contacts read', persons: ['ann'], strangers: false }
const none: Quota = { bytes: undefined, bytesPerDay: undefined, bytesPerSecond: undefined, uses: undefined }

/** Noon of a day; `start` is what a program does that comes up on this disk, whatever became of the one before. */
function setUp(change: Partial<AccessConfig> = {}) {
  const world = new VirtualWorld(1, 20_000 * day + day / 2)
  const state = new MemoryKeyValue()
  const start = (): Usage =>
    new Usage(world, state, { ...defaultAccessConfig, ...change }, () => world.wallTime())
  return { world, state, start, usage: start() }
}

describe('quotas', () => {
  test('of bytes end at the right byte, over all streams of the person', () => {
    const { usage } = setUp()
    const quota = { ...none, bytes: 1_000_000 }
    const [one, other] = [usage.allowance(key, quota), usage.allowance(key, quota)]
    expect(one.take(999_999)).toBe(true)
    expect(other.left).toBe(1)
    expect(other.take(2)).toBe(false)
    expect(other.take(1)).toBe(true)
    expect(one.take(1)).toBe(false)
    expect(one.take(0)).toBe(true)
    expect(usage.refusal(key, quota, true)).toContain('used up')
    one.giveBack(5)
    expect(other.left).toBe(5)
    const stranger = usage.allowance({ ...key, persons: ['bob'] }, quota)
    expect(stranger.left).toBe(1_000_000)
  })

  test('of bytes a day begin anew at midnight by the local clock, and not when the clock is set back', () => {
    const { usage, world } = setUp()
    world.zone = () => 2 * 3_600_000
    const quota = { ...none, bytesPerDay: 100 }
    const one = usage.allowance(key, quota)
    expect(one.take(100)).toBe(true)
    world.advance(10 * 3_600_000 - 1)
    expect(one.left).toBe(0)
    world.advance(1)
    expect(one.take(60)).toBe(true)
    world.jumpWallTime(-day)
    expect(one.left).toBe(40)
    world.jumpWallTime(day)
    expect(one.left).toBe(40)
  })

  test('of uses count what began', () => {
    const { usage } = setUp()
    const quota = { ...none, uses: 2 }
    const one = usage.allowance(key, quota)
    expect([one.use(), one.use(), one.use()]).toEqual([true, true, false])
    expect(usage.refusal(key, quota, false)).toContain('as often')
    expect(usage.refusal(key, quota, true)).toBeUndefined()
  })

  test('a rate is one for all streams of the person', () => {
    const { usage, world } = setUp()
    const quota = { ...none, bytesPerSecond: 1000 }
    const [one, other] = [usage.allowance(key, quota), usage.allowance(key, quota)]
    expect(one.rate).toBe(other.rate)
    one.rate?.spend(1100)
    expect(other.rate?.waitMs(world.now())).toBeGreaterThan(900)
    expect(usage.allowance(key, { ...none, bytesPerSecond: 5 }).rate?.bytesPerSecond).toBe(5)
    expect(usage.allowance(key, none).rate).toBeUndefined()
  })

  test('are never given twice, whatever order of taking, giving back, days, stops and crashes', () => {
    const quota = { ...none, bytes: 40_000_000, bytesPerDay: 9_000_000, uses: 20 }
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.record({ kind: fc.constant('take' as const), n: fc.nat(3_000_000) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('giveBack' as const), n: fc.nat(3_000_000) }) },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constantFrom('use', 'crash', 'stop', 'day', 'full'),
          n: fc.constant(0),
        }),
      },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const { world, state, start, usage: first } = setUp()
        let usage = first
        let [sent, sentToday, uses, crashes, back] = [0, 0, 0, 0, 0]
        for (const { kind, n } of steps) {
          const one = usage.allowance(key, quota)
          if (kind === 'take' && one.take(n)) [sent, sentToday, back] = [sent + n, sentToday + n, back + n]
          // Only what this run took, as a stream would.
          const unsent = Math.min(n, back, sentToday)
          if (kind === 'giveBack') {
            one.giveBack(unsent)
            ;[sent, sentToday, back] = [sent - unsent, sentToday - unsent, back - unsent]
          }
          if (kind === 'use' && one.use()) uses++
          if (kind === 'day') {
            world.advance(day)
            sentToday = back = 0
          }
          if (kind === 'full') {
            const { put } = state
            state.put = () => {
              throw new Error('disk full')
            }
            if (one.take(500_000))
              [sent, sentToday, back] = [sent + 500_000, sentToday + 500_000, back + 500_000]
            state.put = put
          }
          if (kind === 'stop') usage.close()
          if (kind === 'stop' || kind === 'crash') {
            usage = start()
            back = 0
          }
          if (kind === 'crash') crashes++
          expect(sent).toBeLessThanOrEqual(quota.bytes)
          expect(sentToday).toBeLessThanOrEqual(quota.bytesPerDay)
          expect(uses).toBeLessThanOrEqual(quota.uses)
          const left = usage.allowance(key, quota).left
          const exact = Math.min(quota.bytes - sent, quota.bytesPerDay - sentToday)
          expect(left).toBeLessThanOrEqual(exact)
          // A crash costs at most one block: a 64th of the smaller quota.
          expect(exact - left).toBeLessThanOrEqual(crashes * Math.floor(quota.bytesPerDay / 64))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('write rarely: once for each block', () => {
    const { usage, state } = setUp()
    let writes = 0
    const put = state.put.bind(state)
    state.put = (...all) => {
      writes++
      put(...all)
    }
    const one = usage.allowance(key, { ...none, bytes: 10_000_000_000 })
    while (one.take(16_384));
    expect(writes).toBeLessThanOrEqual(10_000_000_000 / 16_777_216 + 2)
  })

  test('go on under a new key of the person, and begin anew when told so', () => {
    const { usage } = setUp()
    const quota = { ...none, bytes: 100 }
    usage.allowance(key, quota).take(90)
    const renewed = { ...key, persons: ['ann-2', 'ann'] }
    expect(usage.allowance(renewed, quota).left).toBe(10)
    usage.reset('content:a', rule => rule.startsWith('everyone '))
    expect(usage.allowance(key, quota).left).toBe(10)
    usage.reset('content:a', rule => rule.startsWith('contacts '))
    expect(usage.allowance(key, quota).left).toBe(100)
    usage.keepOnly('content:a', () => false)
    expect(usage.size).toBe(0)
  })

  test('that are damaged on disk count as used up', () => {
    const { state, start } = setUp()
    state.put('access.usage', 'content:a contacts read ann', { bytes: -1 })
    const quota = { ...none, bytes: 100 }
    expect(start().allowance(key, quota).left).toBe(0)
    expect(start().refusal(key, quota, false)).toContain('used up')
  })

  test('are counted for a bounded number; strangers make room and take none from others', () => {
    const { usage, world, start } = setUp({ maxMeters: 20 })
    const quota = { ...none, bytes: 100 }
    const stranger = (i: number): boolean =>
      usage.allowance({ ...key, rule: 'everyone read', persons: [`s${i}`], strangers: true }, quota).take(1)
    const known = (i: number): boolean => usage.allowance({ ...key, persons: [`k${i}`] }, quota).take(1)
    expect(Array.from({ length: 20 }, (_, i) => stranger(i)).filter(Boolean)).toHaveLength(10)
    world.advance(3_600_000)
    expect(stranger(0)).toBe(true)
    expect(stranger(100)).toBe(true)
    expect(Array.from({ length: 30 }, (_, i) => known(i)).filter(Boolean)).toHaveLength(20 - 10 + 8)
    expect(usage.size).toBe(20)
    expect(start().size).toBe(20)
  })
})
