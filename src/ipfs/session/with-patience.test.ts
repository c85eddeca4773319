import { expect, it } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import { TestBlocks } from '../test-blocks.ts'
import { Session } from './block-session.ts'
import { sessionConfig } from './config.ts'
import { type Looking, withPatience } from './with-patience.ts'

async function setUp() {
  const world = new VirtualWorld(3)
  const blocks = new TestBlocks()
  const here = await blocks.make(1, 100)
  const nowhere = await new TestBlocks().make(2, 100)
  const silent = (name: string) =>
    ({ name, kind: 'gateway', atOnce: 1, has: async () => false, want: async () => undefined }) as const
  const session = new Session(nowhere, {
    world,
    config: sessionConfig.parse({}),
    blocks,
    connected: () => [silent('one'), silent('two')],
    sourceOf: () => undefined,
  })
  const controller = new AbortController()
  const told: (Looking | number)[] = []
  let state = 'running'
  const patience = {
    world,
    session: () => session,
    name: 'it',
    timeoutMs: 5_000,
    signal: controller.signal,
  }
  const done = (async () => {
    for await (const update of withPatience(patience, async function* (signal) {
      yield (await session.get(here, { signal })).bytes.length
      yield (await session.get(nowhere, { signal })).bytes.length
    }))
      told.push(update)
  })()
  done.then(
    () => (state = 'done'),
    () => (state = 'failed'),
  )
  const pass = async (until: () => boolean): Promise<void> => {
    for (let turn = 0; turn < 1_000 && !until(); turn++) {
      await new Promise(resolve => setImmediate(resolve))
      world.advance(100)
    }
  }
  return { world, controller, told, done, pass, session, isOver: () => state !== 'running' }
}

it('who waits is told whom was asked, and that nobody gave anything', async () => {
  const { world, told, done, pass, session, isOver } = await setUp()
  await pass(isOver)
  await expect(done).rejects.toMatchObject({ code: 'network.no-peers', details: { asked: 2 } })
  expect(world.now()).toBeGreaterThan(5_000)
  expect(told[0]).toBe(100)
  expect(told.at(-1)).toMatchObject({ phase: 'looking', name: 'it', asked: 2 })
  expect(told.length).toBeGreaterThan(5)
  expect(session.quietMs).toBe(0)
})

it('who has enough ends it, and the wants with it', async () => {
  const { controller, done, pass, told, session, isOver } = await setUp()
  await pass(() => told.length > 2)
  controller.abort(new Error('enough'))
  await pass(isOver)
  await expect(done).rejects.toThrow('enough')
  expect(session.quietMs).toBe(0)
})
