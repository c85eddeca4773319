import { expect, test } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import { Facts, maxFacts, maxTold } from './facts.ts'
import type { FilesHost } from './host.ts'
import { maxSpeeds, SpeedRecorder, speedStepMs, speedSteps } from './speeds.ts'

test('what happened is told in order, and the oldest goes first', () => {
  const facts = new Facts(new VirtualWorld(1))
  const told: unknown[] = []
  const host = facts.heard({ emit: event => told.push(event) } as Pick<FilesHost, 'emit'> as FilesHost)
  host.emit({ type: 'transfer.paused', infoHash: 'a' })
  facts.state('a', 'paused')
  facts.state('a', 'paused')
  expect(facts.of('a')).toMatchObject([
    { type: 'transfer.paused' },
    { type: 'transfer.state', state: 'paused' },
  ])
  expect(told).toEqual([{ type: 'transfer.paused', infoHash: 'a' }])
  for (let i = 0; i < maxFacts; i++) host.emit({ type: 'file.completed', infoHash: 'a', path: String(i) })
  expect(facts.of('a')).toHaveLength(maxFacts)
  expect(facts.of('a')[0]).toMatchObject({ path: '0' })
  for (let i = 0; i < maxTold; i++) host.emit({ type: 'transfer.paused', infoHash: `other ${i}` })
  expect(facts.of('a')).toEqual([])
  host.emit({ type: 'content.removed', infoHash: 'other 1' })
  expect(facts.of('other 1')).toEqual([])
})

test('speeds of the last hour, of one and of all, without those that stood still', () => {
  const world = new VirtualWorld(1)
  const moved = new Map([
    ['a', 100],
    ['b', 0],
  ])
  const speeds = new SpeedRecorder(world)
  speeds.start(() => Array.from(moved, ([id, downloaded]) => ({ id, downloaded, uploaded: 0 })))
  const step = (a: number): void => {
    moved.set('a', moved.get('a')! + (a * speedStepMs) / 1000)
    world.advance(speedStepMs)
  }
  step(10)
  step(0)
  step(30)
  expect(speeds.of('a').down).toEqual([10, 0, 30])
  expect(speeds.of().down).toEqual([10, 0, 30])
  expect(speeds.of('b').down).toEqual([])
  for (let i = 0; i < speedSteps - 1; i++) step(1)
  expect(speeds.of('a').down).toEqual([30, ...Array(speedSteps - 1).fill(1)])
  for (let i = 0; i <= speedSteps; i++) step(0)
  expect(speeds.of('a').down).toEqual([])
  speeds.stop()
})

test('so many are remembered, those that moved last', () => {
  const world = new VirtualWorld(1)
  let downloaded = 0
  const speeds = new SpeedRecorder(world)
  speeds.start(() =>
    Array.from({ length: maxSpeeds + 1 }, (_, i) => ({ id: String(i), downloaded, uploaded: 0 })),
  )
  downloaded = 5
  world.advance(speedStepMs)
  const known = Array.from({ length: maxSpeeds + 1 }, (_, i) => speeds.of(String(i)).down.length)
  expect(known.filter(length => length > 0).length).toBeLessThanOrEqual(maxSpeeds)
  expect(speeds.of().down).toEqual([(5 * (maxSpeeds + 1) * 1000) / speedStepMs])
  speeds.stop()
})
