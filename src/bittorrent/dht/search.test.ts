import { expect, it } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import type { DhtContact } from '../../wire/index.ts'
import { type DhtConfig, dhtConfig } from './config.ts'
import { secureId } from './node-id.ts'
import { type FoundNode, search } from './search.ts'

const own = new Uint8Array(20).fill(1)
const target = new Uint8Array(20)
const { random } = new VirtualWorld(5)
const secure = (address: string): DhtContact => ({ id: secureId(address, random), address, port: 1 })
const fresh = (n: number, i: number): string => `${20 + (n % 80)}.${n >> 4}.${i}.1`

/** Every node that is asked answers with what `tell` says, or not at all. */
function look(
  start: DhtContact[],
  tell: (asked: DhtContact, n: number) => DhtContact[] | undefined,
  config: Partial<DhtConfig> = {},
): { found: Promise<FoundNode[]>; asked: DhtContact[] } {
  const asked: DhtContact[] = []
  const found = search({
    world: new VirtualWorld(6),
    config: dhtConfig.parse(config),
    target,
    own,
    start,
    signal: new AbortController().signal,
    ask: async ({ id, address, port }) => {
      asked.push({ id, address, port })
      const nodes = tell({ id, address, port }, asked.length)
      if (nodes === undefined) throw new Error('silent')
      return { type: 'response', transaction: own, id, nodes, peers: [] }
    },
  })
  return { found, asked }
}

it('asks so many nodes and no more, however many it hears of', async () => {
  // Always nearer than all before, and none of them with an id that counts.
  const nearer = (n: number): DhtContact[] =>
    Array.from({ length: 16 }, (_, i) => ({
      id: new Uint8Array(20).fill(i).fill(255 - n, 0, 1),
      address: fresh(n, i),
      port: 1,
    }))
  const one = look([secure('8.8.8.8')], (_, n) => nearer(n), { maxSearchNodes: 50 })
  await one.found
  expect(one.asked).toHaveLength(50)
})

it('asks so many nodes of one network', async () => {
  const crowd = Array.from({ length: 200 }, (_, i) => secure(`8.8.8.${i + 1}`))
  const one = look(crowd, () => [], { maxNodesPerNetwork: 5 })
  await one.found
  expect(one.asked).toHaveLength(5)
})

it('asks one address once, whatever ids it is given', async () => {
  const many = (): DhtContact[] =>
    Array.from({ length: 16 }, (_, i) => ({ id: random.bytes(20), address: '9.9.9.9', port: i + 1 }))
  const one = look([secure('8.8.8.8')], many)
  await one.found
  expect(one.asked).toHaveLength(2)
})

it('believes nobody whose nodes are not there', async () => {
  const one = look([secure('8.8.8.8')], ({ address }) =>
    address === '8.8.8.8' ? Array.from({ length: 32 }, (_, i) => secure(fresh(3, i))) : undefined,
  )
  await one.found
  // Eight in vain, and those that were on their way.
  expect(one.asked.length).toBeLessThanOrEqual(1 + 8 + 4)
})

it('remembers so many candidates, the nearest', async () => {
  const many = Array.from({ length: 500 }, (_, i) => secure(`${20 + (i % 50)}.1.${i >> 4}.1`))
  const one = look(many, () => undefined, { maxCandidates: 30 })
  await one.found
  expect(one.asked).toHaveLength(30)
})

it('counts only nodes whose id fits their address, while there are eight (BEP 42)', async () => {
  const bad = Array.from({ length: 20 }, (_, i) => ({
    id: new Uint8Array(20).fill(i + 1, 19),
    address: `8.${i}.1.1`,
    port: 1,
  }))
  const good = Array.from({ length: 12 }, (_, i) => secure(`9.${i}.1.1`))
  const found = await look([...bad, ...good], () => []).found
  expect(found).toHaveLength(8)
  expect(found.every(({ address }) => address.startsWith('9.'))).toBe(true)
  const few = await look([...bad, ...good.slice(0, 3)], () => []).found
  expect(few.filter(({ address }) => address.startsWith('9.'))).toHaveLength(3)
  expect(few).toHaveLength(8)
})

it('asks `parallel` at a time, and more when they are slow', () => {
  const world = new VirtualWorld(7)
  let open = 0
  void search({
    world,
    config: dhtConfig.parse({ parallel: 3, slowMs: 1_000 }),
    target,
    own,
    start: Array.from({ length: 30 }, (_, i) => secure(`8.${i}.1.1`)),
    signal: new AbortController().signal,
    ask: () => {
      open++
      return new Promise(() => undefined)
    },
  })
  expect(open).toBe(3)
  world.advance(1_000)
  expect(open).toBe(6)
})
