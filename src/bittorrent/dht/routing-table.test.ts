import { describe, expect, it } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import type { DhtContact } from '../../wire/index.ts'
import { compareDistance, secureId } from './node-id.ts'
import { RoutingTable } from './routing-table.ts'

const { random } = new VirtualWorld(1)
const own = new Uint8Array(20)

/** An id in the bucket of so many shared bits, below 8. */
function idAt(depth: number): Uint8Array {
  const id = random.bytes(20)
  id[0] = (128 >> depth) | (id[0]! & ((128 >> depth) - 1))
  return id
}

/** Addresses of local networks have any id, and any number of nodes. */
function local(i: number, depth = 0): DhtContact {
  return { id: idAt(depth), address: `10.0.${i >> 8}.${i & 255}`, port: 6881 }
}

function table(maxPerNetwork = 8): RoutingTable {
  return new RoutingTable(own, maxPerNetwork)
}

describe('a bucket', () => {
  it('holds eight, and as many in reserve', () => {
    const full = table()
    const nodes = Array.from({ length: 20 }, (_, i) => local(i))
    for (const [i, node] of nodes.entries()) full.seen(node, i)
    expect(full.size).toBe(8)
    expect([...full.nodes()].map(({ address }) => address)).toEqual(nodes.slice(0, 8).map(one => one.address))
    // Of those that came later the last eight are known.
    expect(nodes.filter(one => full.knows(one))).toEqual([...nodes.slice(0, 8), ...nodes.slice(12)])
  })

  it('replaces a node after two failures by the latest in reserve, after four by nobody', () => {
    const full = table()
    const nodes = Array.from({ length: 10 }, (_, i) => local(i))
    for (const node of nodes) full.seen(node, 0)
    full.failed(nodes[0]!)
    expect(full.knows(nodes[0]!)).toBe(true)
    full.failed(nodes[0]!)
    expect(full.knows(nodes[0]!)).toBe(false)
    expect(full.nearest(nodes[9]!.id, 1)).toMatchObject([{ address: nodes[9]!.address }])
    full.failed(nodes[1]!)
    full.failed(nodes[1]!)
    for (let i = 0; i < 3; i++) full.failed(nodes[2]!)
    expect(full.knows(nodes[2]!)).toBe(true)
    expect(full.nearest(nodes[2]!.id, 8)).not.toContainEqual(expect.objectContaining(nodes[2]))
    full.failed(nodes[2]!)
    expect(full.knows(nodes[2]!)).toBe(false)
    expect(full.size).toBe(7)
  })

  it('forgives a node that answers again', () => {
    const one = table()
    const node = local(1)
    one.seen(node, 0)
    for (let i = 0; i < 3; i++) one.failed(node)
    one.seen(node, 5)
    for (let i = 0; i < 3; i++) one.failed(node)
    expect(one.knows(node)).toBe(true)
  })

  it('lets nodes whose id fits their address push out others (BEP 42)', () => {
    const mixed = table()
    for (let i = 0; i < 8; i++) mixed.seen({ id: idAt(0), address: `8.${i}.1.1`, port: 1 }, 0)
    let good = 0
    for (let i = 0; good < 3; i++) {
      const address = `9.${i}.1.1`
      const id = secureId(address, random)
      if (id[0]! < 128) continue
      mixed.seen({ id, address, port: 1 }, 0)
      good++
    }
    expect(mixed.size).toBe(8)
    expect([...mixed.nodes()].filter(({ secure }) => secure)).toHaveLength(3)
  })
})

describe('one address', () => {
  it('has one node', () => {
    const one = table()
    const first = { id: idAt(0), address: '8.8.8.8', port: 1 }
    one.seen(first, 0)
    for (let port = 2; port < 50; port++) one.seen({ id: idAt(port & 7), address: '8.8.8.8', port }, 0)
    expect([...one.nodes()]).toMatchObject([first])
  })

  it('may change its id, or its port once it has failed', () => {
    const one = table()
    one.seen({ id: idAt(0), address: '8.8.8.8', port: 1 }, 0)
    const renamed = { id: idAt(1), address: '8.8.8.8', port: 1 }
    one.seen(renamed, 1)
    expect([...one.nodes()]).toMatchObject([renamed])
    const moved = { id: idAt(2), address: '8.8.8.8', port: 2 }
    one.failed(renamed)
    one.seen(moved, 2)
    expect([...one.nodes()]).toMatchObject([moved])
  })

  it('of this machine has one node a port', () => {
    const one = table()
    for (let port = 1; port < 5; port++) one.seen({ id: idAt(0), address: '127.0.0.1', port }, 0)
    expect(one.size).toBe(4)
  })

  it('cannot take the id of another that works', () => {
    const one = table()
    const honest = { id: idAt(0), address: '8.8.8.8', port: 1 }
    one.seen(honest, 0)
    const thief = { id: honest.id, address: '9.9.9.9', port: 1 }
    one.seen(thief, 0)
    expect([...one.nodes()]).toMatchObject([honest])
    one.failed(honest)
    one.seen(thief, 1)
    expect([...one.nodes()]).toMatchObject([thief])
  })
})

it('one network has so many nodes and no more (`maxNodesPerNetwork`)', () => {
  const few = table(2)
  for (let i = 0; i < 20; i++) few.seen({ id: idAt(i & 7), address: `8.8.8.${i}`, port: 1 }, 0)
  expect(few.size).toBe(2)
  for (let i = 1; i < 20; i++) few.seen({ id: idAt(i & 7), address: `2001:db8:0:1::${i}`, port: 1 }, 0)
  expect(few.size).toBe(4)
  // Its room comes back.
  const [gone] = [...few.nodes()].filter(({ address }) => address.startsWith('8.'))
  for (let i = 0; i < 4; i++) few.failed(gone!)
  few.seen({ id: idAt(3), address: '8.8.8.100', port: 1 }, 0)
  expect(few.size).toBe(4)
})

it('tells the nearest exactly as sorting all would', () => {
  const many = table()
  for (let i = 0; i < 2_000; i++) many.seen({ ...local(i), id: random.bytes(20) }, 0)
  const all = [...many.nodes()]
  expect(all.length).toBeGreaterThan(50)
  for (let i = 0; i < 200; i++) {
    const target = i % 3 === 0 ? idAt(i & 7) : random.bytes(20)
    const sorted = all.toSorted((a, b) => compareDistance(target, a.id, b.id))
    expect(many.nearest(target, 8)).toEqual(sorted.slice(0, 8))
  }
})

it('does not hold our own id', () => {
  const one = table()
  one.seen({ id: own, address: '8.8.8.8', port: 1 }, 0)
  expect(one.size).toBe(0)
})

it('tells who has been silent and which bucket is stale', () => {
  const one = table()
  const [a, b] = [local(1, 0), local(2, 3)]
  one.seen(a, 100)
  one.seen(b, 200)
  expect(one.mostSilent(100)).toBeUndefined()
  expect(one.mostSilent(300)).toMatchObject(a)
  expect(one.staleBucket(150)).toBe(0)
  expect(one.staleBucket(150)).toBeUndefined()
  one.touched(0, 400)
  expect(one.staleBucket(300)).toBe(3)
  expect(one.staleBucket(500)).toBe(0)
})
