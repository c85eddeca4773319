import { describe, expect, it } from 'vitest'
import type { KeyValue } from '../../access/index.ts'
import { VirtualWorld } from '../../base/index.ts'
import { goalReached } from './goals.ts'
import { flushMs, Statistics } from './statistics.ts'
import { Tally } from './tally.ts'

/** What is on disk. */
function memory(): KeyValue & { readonly writes: () => number } {
  const rows = new Map<string, string>()
  let writes = 0
  return {
    get: (kind, key) => {
      const text = rows.get(`${kind} ${key}`)
      return text === undefined ? undefined : JSON.parse(text)
    },
    put: (kind, key, value) => {
      writes++
      rows.set(`${kind} ${key}`, JSON.stringify(value))
    },
    delete: (kind, key) => void rows.delete(`${kind} ${key}`),
    entries: () => [],
    writes: () => writes,
  }
}

const moved = (downloaded: number, uploaded: number, isPublic = false) => ({
  downloaded,
  uploaded,
  publicDownloaded: isPublic ? downloaded : 0,
  publicUploaded: isPublic ? uploaded : 0,
  wasted: downloaded / 10,
})

describe('what is counted', () => {
  it('is counted once, whenever it is looked at, of one swarm after the other', () => {
    const world = new VirtualWorld(1)
    const state = memory()
    const statistics = new Statistics(world, state)
    const tally = new Tally('a', state, statistics)
    expect(tally.moved(moved(100, 10))).toEqual({ downloaded: 100, uploaded: 10 })
    tally.count(moved(100, 10))
    expect(tally.moved(moved(120, 10))).toEqual({ downloaded: 120, uploaded: 10 })
    tally.count(moved(200, 20), true)
    expect(tally.moved(undefined)).toEqual({ downloaded: 200, uploaded: 20 })
    tally.count(moved(50, 5, true))
    expect(tally.moved(moved(50, 5))).toEqual({ downloaded: 250, uploaded: 25 })
    expect(statistics.totals).toMatchObject({ downloaded: 250, uploaded: 25, publicUploaded: 5, wasted: 25 })
  })

  it('survives the end of the process, but for half a minute', () => {
    const world = new VirtualWorld(1)
    const state = memory()
    let statistics = new Statistics(world, state)
    let tally = new Tally('a', state, statistics)
    tally.seeding = true
    let sent = 0
    statistics.start(() => {
      tally.count(moved(0, sent))
      tally.flush()
    })
    for (let second = 0; second < 3600 + 20; second++) {
      sent += 1000
      world.advance(1000)
    }
    // kill -9; a day later it starts again.
    statistics = new Statistics(world, state)
    tally = new Tally('a', state, statistics)
    const lost = 3_620_000 - tally.seedingMs
    expect(lost).toBeGreaterThanOrEqual(0)
    expect(lost).toBeLessThanOrEqual(flushMs)
    expect(3_620_000 - tally.moved(undefined).uploaded).toBeLessThanOrEqual(flushMs)
    expect(3_620_000 - statistics.totals.runningMs).toBeLessThanOrEqual(flushMs)
    // It is not being seeded now, and the time between counts for nothing.
    const before = tally.seedingMs
    world.advance(10_000)
    expect(tally.seedingMs).toBe(before)
    tally.seeding = true
    world.advance(5_000)
    tally.seeding = false
    expect(tally.seedingMs).toBe(before + 5_000)
  })

  it('writes nothing for a seed that nobody asks', () => {
    const world = new VirtualWorld(1)
    const state = memory()
    const statistics = new Statistics(world, state)
    const tally = new Tally('a', state, statistics)
    tally.seeding = true
    const writes = state.writes()
    statistics.start(() => tally.flush())
    world.advance(60 * 60_000)
    expect(state.writes() - writes).toBe(120)
    expect(tally.seedingMs).toBe(60 * 60_000)
  })

  it('what is damaged on disk counts from zero', () => {
    const state = memory()
    state.put('files.tally', 'a', { downloaded: -5, uploaded: 'x' })
    state.put('files.statistics', 'totals', [])
    const statistics = new Statistics(new VirtualWorld(1), state)
    expect(new Tally('a', state, statistics).moved(undefined)).toEqual({ downloaded: 0, uploaded: 0 })
    expect(statistics.totals.uploaded).toBe(0)
  })
})

describe('a seeding goal', () => {
  const given = { uploaded: 200, totalBytes: 100, seedingMs: 120_000 }

  it.each([
    ['none', { ratio: 0, minutes: 0 }, undefined],
    ['a ratio that is reached', { ratio: 2, minutes: 0 }, 'ratio'],
    ['a ratio that is not', { ratio: 2.01, minutes: 0 }, undefined],
    ['a time that is reached', { ratio: 0, minutes: 2 }, 'minutes'],
    ['a time that is not', { ratio: 3, minutes: 2.1 }, undefined],
  ])('%s', (_what, goals, wanted) => {
    expect(goalReached(goals, given)).toBe(wanted)
  })

  it('of empty content no ratio is ever reached', () => {
    expect(goalReached({ ratio: 1, minutes: 0 }, { ...given, totalBytes: 0 })).toBeUndefined()
  })
})
