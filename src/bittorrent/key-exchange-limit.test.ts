import { expect, test } from 'vitest'
import { VirtualWorld } from '../base/index.ts'
import { KeyExchangeLimit } from './key-exchange-limit.ts'

test('so many key exchanges in a second, then none until the next', () => {
  const world = new VirtualWorld(1)
  const limit = new KeyExchangeLimit(world, 3)
  for (let second = 0; second < 3; second++) {
    expect([1, 2, 3, 4, 5].map(() => limit.allows())).toEqual([true, true, true, false, false])
    world.advance(999)
    expect(limit.allows()).toBe(false)
    world.advance(1)
  }
})
