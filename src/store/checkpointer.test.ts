import { expect, it } from 'vitest'
import { VirtualWorld } from '../base/index.ts'
import { Checkpointer } from './checkpointer.ts'

function make(): {
  world: VirtualWorld
  checkpointer: Checkpointer
  saves: (() => void)[]
  started: () => number
} {
  const world = new VirtualWorld(1)
  const saves: (() => void)[] = []
  let started = 0
  const save = (): Promise<void> => {
    started++
    return new Promise(resolve => saves.push(resolve))
  }
  const checkpointer = new Checkpointer({
    world,
    intervalMs: 1000,
    bytes: 100,
    save,
    onError: () => undefined,
  })
  return { world, checkpointer, saves, started: () => started }
}

it('saves some time after the first change, or at once after many bytes', () => {
  const { world, checkpointer, started } = make()
  checkpointer.touch(10)
  world.advance(999)
  expect(started()).toBe(0)
  world.advance(1)
  expect(started()).toBe(1)
  const other = make()
  other.checkpointer.touch(99)
  expect(other.started()).toBe(0)
  other.checkpointer.touch(1)
  expect(other.started()).toBe(1)
})

it('never saves twice at a time; who asks during one waits for the next', async () => {
  const { checkpointer, saves, started } = make()
  const first = checkpointer.now()
  const second = checkpointer.now()
  const third = checkpointer.now()
  expect(started()).toBe(1)
  saves[0]!()
  await first
  await expect.poll(started).toBe(2)
  saves[1]!()
  await Promise.all([second, third])
  expect(started()).toBe(2)
})
