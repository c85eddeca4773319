import { expect, test } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import { Seeker } from './seeker.ts'

const topic = new Uint8Array(32).fill(1)
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

function setup(holders: string[]) {
  const world = new VirtualWorld(1)
  const found: string[] = []
  let searches = 0
  let moved = (): void => {}
  const state = { wants: true }
  const seeker = new Seeker({
    world,
    network: {
      async *findTopic(asked) {
        expect(asked).toBe(topic)
        searches++
        for (const peer of holders) yield { peer, addresses: [], teller: 'direct', how: 'overlay' }
      },
      on: (_name, listener) => {
        moved = listener as () => void
        return () => {}
      },
    },
    topic: () => topic,
    begin: () => {},
    wants: () => state.wants,
    onFound: peer => found.push(peer),
  })
  return { world, found, state, seeker, move: () => moved(), searches: () => searches }
}

test('whom a link names has a head start, and who is found is told', async () => {
  const { world, found, seeker, searches } = setup(['a', 'b'])
  seeker.run(true)
  world.advance(1_000)
  expect(searches()).toBe(0)
  world.advance(1_000)
  await turn()
  expect(found).toEqual(['a', 'b'])
})

test('it is sought again, ever more rarely, while nobody is there, and at once when this machine moved', async () => {
  const { world, state, seeker, move, searches } = setup([])
  seeker.run(false)
  for (let seconds = 0; seconds < 7_200; seconds += 5) {
    world.advance(5_000)
    await turn()
  }
  expect(searches()).toBeGreaterThan(10)
  expect(searches()).toBeLessThan(25)
  const before = searches()
  move()
  world.advance(2_000)
  await turn()
  expect(searches()).toBe(before + 1)
  state.wants = false
  world.advance(700_000)
  await turn()
  expect(searches()).toBe(before + 1)
})

test('nothing is sought after its end', async () => {
  const { world, seeker, searches } = setup([])
  seeker.run(false)
  seeker.stop()
  world.advance(60_000)
  await turn()
  expect(searches()).toBe(0)
})
