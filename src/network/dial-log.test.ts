import { expect, test } from 'vitest'
import { VirtualWorld } from '../base/index.ts'
import { DialLog, dialLogLimits } from './dial-log.ts'

test('the latest dials of a peer are remembered, with what kept them from succeeding', () => {
  const world = new VirtualWorld(1)
  const log = new DialLog(world)
  expect(log.of('a')).toEqual([])
  log.note('a', '/ip4/192.0.2.1/tcp/1', new Error(`refused ${'x'.repeat(300)}`))
  world.advance(1_000)
  log.note('a', '/ip4/192.0.2.2/tcp/1')
  const [latest, first] = log.of('a')
  expect(latest).toEqual({ address: '/ip4/192.0.2.2/tcp/1', at: world.wallTime() })
  expect(first?.problem).toHaveLength(dialLogLimits.maxProblemLength)
  log.note('a', '/ip4/192.0.2.1/tcp/1')
  expect(log.of('a').map(({ problem }) => problem)).toEqual([undefined, undefined])
})

test('peers and addresses that were dialled longest ago are forgotten', () => {
  const log = new DialLog(new VirtualWorld(1))
  log.note('old', 'x')
  for (let i = 0; i < dialLogLimits.maxAddresses + 5; i++) log.note('a', `${i}`)
  expect(log.of('a')).toHaveLength(dialLogLimits.maxAddresses)
  expect(log.of('a').at(-1)?.address).toBe('5')
  for (let i = 0; i < dialLogLimits.maxPeers; i++) log.note(`${i}`, 'x')
  expect(log.of('old')).toEqual([])
  expect(log.of(`${dialLogLimits.maxPeers - 1}`)).toHaveLength(1)
})
