import { expect, test } from 'vitest'
import { VirtualWorld } from '../base/index.ts'
import { type NetworkChange, NetworkWatch } from './network-watch.ts'

function setup() {
  const world = new VirtualWorld(1)
  const state = { isChanged: false, looks: 0, asleepMs: 0 }
  const changes: NetworkChange[] = []
  const watch = new NetworkWatch({
    world: {
      now: () => world.now(),
      wallTime: () => world.wallTime() + state.asleepMs,
      after: (delayMs, act) => world.after(delayMs, act),
      every: (periodMs, act) => world.every(periodMs, act),
    },
    refresh() {
      state.looks++
      const { isChanged } = state
      state.isChanged = false
      return isChanged
    },
    onChange: change => changes.push(change),
  })
  return { world, state, changes, watch }
}

test('interfaces that changed are noticed within three seconds, once', () => {
  const { world, state, changes } = setup()
  world.advance(10_000)
  expect(changes).toEqual([])
  state.isChanged = true
  world.advance(3_000)
  expect(changes).toEqual(['interfaces'])
  world.advance(10_000)
  expect(changes).toEqual(['interfaces'])
})

test('failing connections make it look at once, a flood of them now and then', () => {
  const { world, state, changes, watch } = setup()
  world.advance(100)
  state.isChanged = true
  for (let n = 0; n < 1_000; n++) watch.suspect()
  world.advance(250)
  expect(changes).toEqual(['interfaces'])
  expect(state.looks).toBe(1)
})

test('time that passed without us is noticed', () => {
  const { world, state, changes, watch } = setup()
  state.asleepMs = 3_600_000
  world.advance(3_000)
  expect(changes).toEqual(['woke'])
  world.advance(30_000)
  expect(changes).toEqual(['woke'])
  watch.stop()
  state.isChanged = true
  state.asleepMs = 9_000_000
  world.advance(30_000)
  expect(changes).toEqual(['woke'])
})
