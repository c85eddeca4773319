import { beforeAll, describe, expect, test } from 'vitest'
import { systemWorld, type World } from '../base/index.ts'
import { Circles } from './circles.ts'
import { MemoryKeyValue } from './memory-key-value.ts'
import { identityFromSeed } from './signing.ts'

const [ann, bob] = [1, 2].map(byte => identityFromSeed(new Uint8Array(32).fill(byte))) as [Identity, Identity]
type Identity = ReturnType<typeof identityFromSeed>
const count = 300

/** Each look at its clock takes a millisecond, so a millisecond is a step of work; others run whenever they get a turn. */
class BusyWorld implements World {
  /** Steps before each turn. */
  readonly blocks: number[] = []
  /** What others do in their turns, one after the other. */
  readonly others: (() => void)[] = []
  #now = 0
  #last = 0

  now(): number {
    return ++this.#now
  }

  after(_delayMs: number, callback: () => void): { cancel(): void } {
    this.blocks.push(this.#now - this.#last)
    this.#last = this.#now
    queueMicrotask(() => {
      this.others.shift()?.()
      callback()
    })
    return { cancel: () => undefined }
  }

  wallTime = (): number => 1
  localOffset = systemWorld.localOffset
  random = systemWorld.random
  every = systemWorld.every
}

function side(identity: Identity, state = new MemoryKeyValue()): Side {
  const world = new BusyWorld()
  return { circles: new Circles({ identity, world, state, max: 10 }), world, state }
}

interface Side {
  readonly circles: Circles
  readonly world: BusyWorld
  readonly state: MemoryKeyValue
}

let id: string
let statements: Uint8Array[]

beforeAll(() => {
  const { circles } = side(ann)
  id = circles.create('family').id
  circles.change(id, { roles: { [bob.peerId]: 'admin' } })
  for (let i = 2; i < count; i++) circles.change(id, { name: `family ${i}` })
  statements = circles.statements(id, circles.ids(id))
})

/** What is there after a restart. */
function idsKept({ state }: Side): string[] {
  return side(bob, state).circles.ids(id)
}

describe('a long roster', () => {
  test('is received and read with turns for others', async () => {
    const here = side(bob)
    expect(await here.circles.receive(statements.toReversed())).toMatchObject({ kept: count, refused: [] })
    expect(Math.max(...here.world.blocks)).toBeLessThan(12)
    // Each signature, each place in the graph, each row on disk.
    expect(here.world.blocks.length).toBeGreaterThan((3 * count) / 12)

    const again = side(bob, here.state)
    await Promise.all([again.circles.prepare(id), again.circles.prepare(id)])
    expect(Math.max(...again.world.blocks)).toBeLessThan(12)
    expect(again.world.blocks.length).toBeGreaterThan(count / 12)
    expect(again.circles.prepare(id)).toBeUndefined()
    expect(again.circles.ids(id)).toHaveLength(count)
    expect(again.circles.get(id)).toMatchObject({ name: `family ${count - 1}`, role: 'admin' })
  })

  test('comes from two peers at once, the later part first', async () => {
    const here = side(bob)
    await here.circles.receive(statements.slice(0, 2))
    const both = [statements.slice(150), statements.slice(2, 200)].map(part => here.circles.receive(part))
    const [late, early] = await Promise.all(both)
    expect(late).toMatchObject({ kept: 0, unready: count - 150, refused: [] })
    expect(early).toMatchObject({ kept: 198, unready: 0, refused: [] })
    expect(await here.circles.receive(statements, 'a peer')).toMatchObject({ kept: count - 200 })
    expect(idsKept(here)).toHaveLength(count)
  })

  test('while the user changes it: nothing is lost', async () => {
    const here = side(bob)
    await here.circles.receive(statements.slice(0, 2))
    const told: (string | undefined)[] = []
    here.circles.onChanged((_, from) => told.push(from))
    for (let i = 0; i < 60; i++)
      here.world.others.push(() => {
        if (i % 10 === 9) here.circles.change(id, { name: `mine ${i}` })
      })
    expect(await here.circles.receive(statements, 'a peer')).toMatchObject({ kept: count - 2, refused: [] })
    expect(told).toEqual([...new Array(6).fill(undefined), 'a peer'])
    expect(here.circles.ids(id)).toHaveLength(count + 6)
    expect(idsKept(here)).toEqual(here.circles.ids(id))
    expect(side(bob, here.state).circles.members(id)).toEqual(here.circles.members(id))
  })

  test('while the user changes what is still being read', async () => {
    const before = side(bob)
    await before.circles.receive(statements)
    const here = side(bob, before.state)
    here.world.others.push(() => here.circles.change(id, { name: 'mine' }))
    await here.circles.prepare(id)
    expect(here.circles.ids(id)).toHaveLength(count + 1)
    expect(idsKept(here)).toHaveLength(count + 1)
  })

  test('that is forgotten meanwhile stays so', async () => {
    const here = side(bob)
    await here.circles.receive(statements.slice(0, 2))
    const turns = here.world.blocks.length
    const forget = (): void => {
      here.circles.leave(id)
      here.circles.forget(id)
    }
    for (let i = 0; i < 50; i++) here.world.others.push(() => undefined)
    here.world.others.push(forget)
    const { kept } = await here.circles.receive(statements)
    expect(here.world.blocks.length - turns).toBeGreaterThan(50)
    expect(kept).toBeLessThan(count - 2)
    expect(here.circles.list()).toEqual([])
    expect([...here.state.entries(`access.circle.${id}`)]).toEqual([])
  })

  test('is no more received when this peer stops; the rest comes later', async () => {
    const here = side(bob)
    await here.circles.receive(statements.slice(0, 2))
    let closed: Promise<void> | undefined
    for (let i = 0; i < 50; i++) here.world.others.push(() => undefined)
    here.world.others.push(() => {
      closed = here.circles.close()
    })
    await expect(here.circles.receive(statements)).rejects.toThrow('closed')
    await closed
    const again = side(bob, here.state)
    const kept = again.circles.ids(id).length
    expect(kept).toBeGreaterThan(2)
    expect(kept).toBeLessThan(count)
    expect(await again.circles.receive(statements)).toMatchObject({ kept: count - kept, refused: [] })
  })
})
