import { expect, test } from 'vitest'
import { VirtualWorld } from '../base/index.ts'
import { DialSlots } from './dial-slots.ts'
import { SharedRuns } from './shared-runs.ts'

const never = new AbortController().signal
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test('runs so many at once, lets so many wait and refuses the rest', async () => {
  const slots = new DialSlots({ maxParallelDials: 2, maxQueuedDials: 1 })
  const gates = [0, 1, 2].map(() => Promise.withResolvers<number>())
  const runs = gates.map(gate => slots.run(never, () => gate.promise))
  await turn()
  expect([slots.taken, slots.waiting]).toEqual([2, 1])
  await expect(slots.run(never, async () => 9)).rejects.toMatchObject({ code: 'network.limit' })
  gates[0]!.resolve(0)
  await runs[0]
  await turn()
  expect([slots.taken, slots.waiting]).toEqual([2, 0])
  gates[1]!.reject(new Error('no'))
  gates[2]!.resolve(2)
  await expect(runs[1]).rejects.toThrow('no')
  expect(await runs[2]).toBe(2)
  expect(slots.taken).toBe(0)
})

test('who waits can give up', async () => {
  const slots = new DialSlots({ maxParallelDials: 1, maxQueuedDials: 1 })
  const gate = Promise.withResolvers<void>()
  const first = slots.run(never, () => gate.promise)
  const controller = new AbortController()
  const second = slots.run(controller.signal, async () => {})
  controller.abort(new Error('enough'))
  await expect(second).rejects.toThrow('enough')
  expect(slots.waiting).toBe(0)
  gate.resolve()
  await first
  expect(slots.taken).toBe(0)
})

test('those who want the same share one run, which ends when all have given up', async () => {
  const runs = new SharedRuns<number>(new VirtualWorld(1))
  const started: AbortSignal[] = []
  const task = (signal: AbortSignal): Promise<number> => {
    started.push(signal)
    return new Promise(() => {})
  }
  const a = new AbortController()
  const b = new AbortController()
  const first = runs.join('x', a.signal, task)
  const second = runs.join('x', b.signal, task)
  expect(started).toHaveLength(1)
  a.abort(new Error('a'))
  await expect(first).rejects.toThrow('a')
  expect(started[0]!.aborted).toBe(false)
  b.abort(new Error('b'))
  await expect(second).rejects.toThrow('b')
  expect(started[0]!.aborted).toBe(true)
  void runs.join('x', never, task)
  expect(started).toHaveLength(2)
})

test('who comes later than a second gets a run of its own, which others then share', async () => {
  const world = new VirtualWorld(1)
  const runs = new SharedRuns<string>(world)
  const gates: ((result: string) => void)[] = []
  const task = (): Promise<string> => new Promise(resolve => gates.push(resolve))
  const old = runs.join('x', never, task)
  world.advance(999)
  const joined = runs.join('x', never, task)
  world.advance(1)
  const anew = runs.join('x', never, task)
  const joinedAnew = runs.join('x', never, task)
  expect(gates).toHaveLength(2)
  gates[1]!('new')
  expect(await Promise.all([anew, joinedAnew])).toEqual(['new', 'new'])
  gates[0]!('old')
  expect(await Promise.all([old, joined])).toEqual(['old', 'old'])
})
