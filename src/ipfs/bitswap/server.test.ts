import type { CID } from 'multiformats/cid'
import { expect, it } from 'vitest'
import { TokenBucket, VirtualWorld } from '../../base/index.ts'
import { RateLimit } from '../../swarm/index.ts'
import type { BitswapMessage } from '../../wire/index.ts'
import { TestBlocks } from '../test-blocks.ts'
import { bitswapConfig } from './config.ts'
import { Customer, Server } from './server.ts'

const blockBytes = 100_000

it('peers take turns, and all together get no more than the limit allows', async () => {
  const world = new VirtualWorld(1)
  const blocks = new TestBlocks()
  const cids: CID[] = []
  for (let at = 0; at < 20; at++) cids.push(await blocks.make(at, blockBytes))
  const limit = new RateLimit(new TokenBucket(1_000_000, world.now()))
  const server = new Server({ world, config: bitswapConfig.parse({}), blocks, limit, mayServe: () => true })
  const order: string[] = []
  const customer = (name: string): Customer => {
    const send = (message: Partial<BitswapMessage>, released: () => void = () => {}): void => {
      for (const _ of message.blocks ?? []) order.push(name)
      released()
    }
    return new Customer(name, { send }, 1024)
  }
  const wants = cids.map(cid => ({
    cid: cid.bytes,
    priority: 1,
    cancel: false,
    type: 'block' as const,
    sendDontHave: true,
  }))
  for (const name of ['a', 'b'])
    server.noted(customer(name), { full: false, wants, presences: [], pendingBytes: 0 })
  for (let at = 0; at < 200; at++) {
    await new Promise(resolve => setImmediate(resolve))
    world.advance(5)
  }
  // One second at ten blocks a second, and what may be sent at once after a rest.
  expect(order.length).toBeGreaterThanOrEqual(9)
  expect(order.length).toBeLessThanOrEqual(12)
  const ofA = order.filter(name => name === 'a').length
  expect(Math.abs(2 * ofA - order.length)).toBeLessThanOrEqual(1)
  server.stop()
})
