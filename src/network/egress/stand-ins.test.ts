import { expect, test } from 'vitest'
import { isPrivateIp } from '../path.ts'
import { isStandIn, maxStandIns, StandIns } from './stand-ins.ts'

test('a name gets an address of its own, which nobody has and which leads back to it', async () => {
  const names = new StandIns()
  const [one] = await names.resolve('Tracker.Example', 0)
  expect(await names.resolve('tracker.example', 4)).toEqual([one])
  expect(isStandIn(one!.address) && !isPrivateIp(one!.address)).toBe(true)
  expect(names.meant(one!.address)).toBe('tracker.example')
  expect(await names.resolve('tracker.example', 6)).toEqual([])
  expect(await names.resolve('192.0.2.1', 0)).toEqual([{ address: '192.0.2.1', family: 4 }])
  expect(names.meant('192.0.2.1')).toBe('192.0.2.1')
})

test('only so many are remembered, and an old one leads to nobody else', async () => {
  const names = new StandIns()
  const first = (await names.resolve('first.example', 0))[0]!.address
  for (let i = 0; i < maxStandIns; i++) await names.resolve(`${i}.example`, 0)
  expect(names.meant(first)).toBeUndefined()
  expect((await names.resolve('first.example', 0))[0]!.address).not.toBe(first)
})
