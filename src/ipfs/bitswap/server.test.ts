import type { CID } from 'multiformats/cid'
import { expect, it } from 'vitest'
import { TokenBucket, VirtualWorld } from '../../base/index.ts'
import { RateLimit } from '../../swarm/index.ts'
import type { BitswapMessage } from '../../wire/index.ts'
import type { BlockLoan } from '../ports.ts'
import { TestBlocks, testBytes, testCid } from '../test-blocks.ts'
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

it('gives back what it was lent once it has left, also for those who have gone meanwhile', async () => {
  const world = new VirtualWorld(1)
  const blocks = new TestBlocks()
  const cids = [await blocks.make(1, 100), await blocks.make(2, blockBytes), await blocks.make(3, blockBytes)]
  let lent = 0
  let most = 0
  const loan = async (cid: CID): Promise<BlockLoan | undefined> => {
    const block = await blocks.get(cid)
    most = Math.max(most, ++lent)
    return block && { block, release: () => void lent-- }
  }
  const server = new Server({
    world,
    config: bitswapConfig.parse({}),
    blocks: { sizeOf: cid => blocks.sizeOf(cid), get: cid => blocks.get(cid), loan },
    limit: new RateLimit(),
    mayServe: () => true,
  })
  const waiting: (() => void)[] = []
  const sent: number[] = []
  const send = (message: Partial<BitswapMessage>, released: () => void = () => {}): void => {
    for (const { data } of message.blocks ?? []) sent.push(data.length)
    waiting.push(released)
  }
  const [stays, leaves] = [new Customer('stays', { send }, 1024), new Customer('leaves', { send }, 1024)]
  const wants = cids.map(cid => ({
    cid: cid.bytes,
    priority: 1,
    cancel: false,
    type: 'block' as const,
    sendDontHave: true,
  }))
  for (const customer of [stays, leaves])
    server.noted(customer, { full: false, wants, presences: [], pendingBytes: 0 })
  server.left(leaves)
  await Promise.all([stays.sending, leaves.sending])
  expect(sent).toEqual([100, blockBytes, blockBytes])
  // Still needed: they are on their way.
  expect(most).toBeGreaterThan(3)
  expect(lent).toBe(3)
  for (const released of waiting) released()
  expect(lent).toBe(0)
  server.stop()
})

it('what is open is bounded for all together, and who has the most of it loses the oldest', async () => {
  const world = new VirtualWorld(1)
  const blocks = new TestBlocks()
  const config = bitswapConfig.parse({ maxOpenWants: 10 })
  const server = new Server({ world, config, blocks, limit: new RateLimit(), mayServe: () => true })
  blocks.onArrival(hash => server.arrived(hash))
  const told = new Map<string, number>()
  const customer = (name: string): Customer => {
    const send = ({ presences = [] }: Partial<BitswapMessage>): void => {
      for (const { has } of presences) if (has) told.set(name, (told.get(name) ?? 0) + 1)
    }
    return new Customer(name, { send }, 1024)
  }
  const want = (who: Customer, numbers: readonly number[]): void => {
    const wants = numbers.map(number => ({
      cid: testCid(testBytes(number, 100)).bytes,
      priority: 1,
      cancel: false,
      type: 'have' as const,
      sendDontHave: true,
    }))
    server.noted(who, { full: false, wants, presences: [], pendingBytes: 0 })
  }
  const [modest, greedy] = [customer('modest'), customer('greedy')]
  want(modest, [1, 2])
  want(
    greedy,
    Array.from({ length: 100 }, (_, at) => 100 + at),
  )
  expect([modest.ledger.openSize, greedy.ledger.openSize]).toEqual([2, 8])
  for (const number of [1, 2, 100, 150, 191, 192, 199]) await blocks.make(number, 100)
  world.advance(99)
  expect(told.size).toBe(0)
  world.advance(1)
  expect(told).toEqual(
    new Map([
      ['modest', 2],
      ['greedy', 2],
    ]),
  )
  server.left(greedy)
  want(modest, [3, 4])
  await blocks.make(3, 100)
  server.arrived()
  world.advance(200)
  expect(told.get('modest')).toBe(3)
  expect(modest.ledger.openSize).toBe(1)
  server.stop()
})
