import { expect, test } from 'vitest'
import { Circles, identityFromSeed } from '../../access/index.ts'
import { VirtualWorld } from '../../base/index.ts'
import { CircleTopics, introductionLimits } from './circle-topics.ts'
import { memory } from './virtual-town.ts'

const world = new VirtualWorld(1)
const side = (): { circles: Circles; peerId: string } => {
  const identity = identityFromSeed(world.random.bytes(32))
  return { circles: new Circles({ identity, world, state: memory(), max: 10 }), peerId: identity.peerId }
}

/** Someone who was let into a circle of two statements, of which the first peer told the first one. */
async function halfTold(): Promise<{
  topics: CircleTopics
  circles: Circles
  rest: Parameters<CircleTopics['receive']>[0]
}> {
  const [admin, here] = [side(), side()]
  const { id } = admin.circles.create('family')
  admin.circles.change(id, { roles: { [here.peerId]: 'member' } })
  const [first, second] = admin.circles.statements(id, admin.circles.ids(id))
  const topics = new CircleTopics({ ...here, keysOf: peer => [peer], mayIntroduce: () => true })
  const told = { topic: `circle:${id}`, from: 'a', more: true }
  await topics.receive({ ...told, statements: [first!] })
  return { topics, circles: here.circles, rest: { ...told, statements: [second!], more: false } }
}

const junk = { topic: 'circle:00', from: 'b', more: true, statements: [new Uint8Array(1_000)] }

test('a new circle is taken when all of it has come', async () => {
  const { topics, circles, rest } = await halfTold()
  await topics.receive(junk)
  expect(circles.list()).toEqual([])
  expect(await topics.receive(rest)).toMatchObject({ incomplete: false })
  expect(circles.list()).toMatchObject([{ name: 'family', role: 'member' }])
})

test('of a bounded number of peers at once: who began first is forgotten', async () => {
  const { topics, circles, rest } = await halfTold()
  for (let i = 0; i < introductionLimits.peers; i++) await topics.receive({ ...junk, from: `other ${i}` })
  await topics.receive(rest)
  expect(circles.list()).toEqual([])
})

test('and of a bounded number of bytes', async () => {
  const { topics, circles, rest } = await halfTold()
  await topics.receive({ ...rest, more: true, statements: [new Uint8Array(introductionLimits.bytes)] })
  await topics.receive(rest)
  expect(circles.list()).toEqual([])
})
