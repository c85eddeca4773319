import { expect, it } from 'vitest'
import { TokenBucket, VirtualWorld } from '../base/index.ts'
import { LimitedSession } from './limited-session.ts'
import type { BlockSession } from './ports.ts'
import { TestBlocks } from './test-blocks.ts'

const blockBytes = 100_000

async function setUp(bytesPerSecond: number) {
  const world = new VirtualWorld(1)
  const theirs = new TestBlocks()
  const ours = new TestBlocks()
  const cids = await Promise.all(Array.from({ length: 20 }, (_, i) => theirs.make(i, blockBytes)))
  let asked = 0
  const inner: BlockSession = {
    async get(cid) {
      asked++
      return (await theirs.get(cid))!
    },
    sources: () => [],
    asked: 0,
    quietMs: 0,
    close: () => undefined,
  }
  const download = new TokenBucket(bytesPerSecond, world.now())
  const session = new LimitedSession(inner, { world, blocks: ours, download })
  const pass = async (ms: number): Promise<void> => {
    for (let i = 0; i < ms / 100; i++) {
      world.advance(100)
      for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    }
  }
  return { world, ours, theirs, cids, session, download, pass, asked: () => asked }
}

it('keeps to the limit, whatever is asked for at once', async () => {
  const { session, cids, pass, asked } = await setUp(200_000)
  const all = Promise.all(cids.map(cid => session.get(cid)))
  await pass(5_000)
  expect(asked()).toBeGreaterThanOrEqual(5)
  expect(asked()).toBeLessThanOrEqual(13)
  await pass(15_000)
  expect(await all).toHaveLength(20)
})

it('asks for nothing while nothing may pass, and goes on afterwards', async () => {
  const { session, cids, pass, asked, download, world } = await setUp(0)
  download.close(world.now())
  const block = session.get(cids[0]!)
  await pass(60_000)
  expect(asked()).toBe(0)
  download.setLimit(0, world.now())
  await pass(1_100)
  expect((await block).bytes).toHaveLength(blockBytes)
})

it('what is here costs nothing', async () => {
  const { session, ours, theirs, download, world, asked } = await setUp(1)
  const cid = await ours.make(1, 10)
  await theirs.make(1, 10)
  download.close(world.now())
  await session.get(cid)
  expect(asked()).toBe(1)
})

it('whoever gives up waits no longer', async () => {
  const { session, cids, download, world, pass, asked } = await setUp(0)
  download.close(world.now())
  const controller = new AbortController()
  const block = session.get(cids[0]!, { signal: controller.signal })
  const failed = expect(block).rejects.toThrow('enough')
  controller.abort(new Error('enough'))
  await pass(1_100)
  await failed
  expect(asked()).toBe(0)
})

it('whoever gives up in a long wait hears of it at once, and takes nothing of the limit', async () => {
  const { session, cids, asked, pass } = await setUp(1_000)
  const first = session.get(cids[0]!)
  await pass(100)
  const controller = new AbortController()
  const second = session.get(cids[1]!, { signal: controller.signal })
  controller.abort(new Error('enough'))
  await expect(second).rejects.toThrow('enough')
  expect(asked()).toBe(1)
  await first
})
