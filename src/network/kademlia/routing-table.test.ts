import { describe, expect, it } from 'vitest'
import { VirtualWorld } from '../../base/index.ts'
import type { Contact } from './contact.ts'
import { commonBits, compareDistance, distanceOf, type Place, placeOf } from './place.ts'
import { bucketSize, RoutingTable } from './routing-table.ts'

const limits = { maxNodesPerNetwork: 8 }
const own: Place = new Uint32Array(8)

/** A peer that has so many bits in common with us. */
function peerAt(bits: number, i: number): Contact {
  const place = new Uint32Array(8)
  place[bits >> 5] = 2 ** (31 - (bits & 31))
  place[7] = i
  return { peer: `peer ${bits} ${i}`, place, addresses: [] }
}

function setUp(): { world: VirtualWorld; table: RoutingTable } {
  const world = new VirtualWorld(1)
  return { world, table: new RoutingTable(world, limits, own) }
}

describe('places', () => {
  it('are far from one another by the exclusive or of their hashes', () => {
    const [a, b] = [peerAt(3, 1).place, peerAt(40, 1).place]
    expect([commonBits(own, a), commonBits(own, b), commonBits(a, a)]).toEqual([3, 40, 256])
    expect(compareDistance(own, a, b)).toBeGreaterThan(0)
    expect(compareDistance(a, a, b)).toBeLessThan(0)
    expect(compareDistance(own, a, a)).toBe(0)
    expect([distanceOf(own, a), distanceOf(own, b), distanceOf(a, a)]).toEqual([2 ** -4, 2 ** -41, 0])
  })
})

describe('the routing table', () => {
  it('keeps twenty a bucket, those that are there, and asks after the one that was silent longest', () => {
    const { world, table } = setUp()
    for (let i = 0; i < bucketSize; i++) expect(table.answered(peerAt(0, i), undefined)).toBeUndefined()
    expect(table.hasRoom(peerAt(0, 0).place)).toBe(false)
    // All of them answered just now: nobody is to be asked.
    expect(table.answered(peerAt(0, 98), undefined)).toBeUndefined()
    world.advance(600_000)
    expect(table.answered(peerAt(0, 99), undefined)).toEqual(peerAt(0, 0))
    table.answered(peerAt(0, 0), undefined)
    expect([table.size, table.has('peer 0 99')]).toEqual([bucketSize, false])
    // It does not answer: the one that came last takes its place.
    expect(table.failed('peer 0 1')).toBe(true)
    expect([table.size, table.has('peer 0 99'), table.has('peer 0 1')]).toEqual([bucketSize, true, false])
    expect(table.failed('nobody')).toBe(false)
  })

  it('gives one that fails once the benefit of the doubt while nobody waits', () => {
    const { table } = setUp()
    table.answered(peerAt(0, 0), undefined)
    expect(table.failed('peer 0 0')).toBe(false)
    table.answered(peerAt(0, 0), undefined)
    expect(table.failed('peer 0 0')).toBe(false)
    expect(table.failed('peer 0 0')).toBe(true)
  })

  it('takes two of one network a bucket, eight in all, and gives their places back', () => {
    const { table } = setUp()
    for (let bits = 0; bits < 10; bits++)
      for (let i = 0; i < 5; i++) table.answered(peerAt(bits, i), 'a network')
    expect(table.size).toBe(8)
    expect(table.contacts().filter(({ peer }) => peer.startsWith('peer 0 '))).toHaveLength(2)
    for (const [bits, i] of [
      [0, 0],
      [0, 0],
    ] as const)
      table.failed(`peer ${bits} ${i}`)
    table.answered(peerAt(9, 0), 'a network')
    expect([table.size, table.has('peer 9 0')]).toEqual([8, true])
  })

  it('finds the same as whoever sorts all of them', () => {
    const { world, table } = setUp()
    const all: Contact[] = []
    for (let i = 0; i < 500; i++) {
      const contact = { peer: `${i}`, place: placeOf(world.random.bytes(8)), addresses: [] }
      table.answered(contact, undefined)
      if (table.has(contact.peer)) all.push(contact)
    }
    const targets = [own, ...Array.from({ length: 50 }, () => placeOf(world.random.bytes(8)))]
    for (const target of [...targets, ...all.slice(0, 50).map(({ place }) => place)]) {
      const sorted = all.toSorted((a, b) => compareDistance(target, a.place, b.place))
      expect(table.nearest(target, 20)).toEqual(sorted.slice(0, 20))
    }
    expect(table.nearest(own, 10_000)).toHaveLength(all.length)
  })

  it('tells who was silent, and where nothing was looked up', () => {
    const { world, table } = setUp()
    table.answered(peerAt(0, 0), undefined)
    world.advance(1_000)
    table.answered(peerAt(1, 0), undefined)
    expect(table.silent(1_000, 9)).toEqual([peerAt(0, 0)])
    expect(table.silent(0, 1)).toEqual([peerAt(0, 0)])
    table.searched(peerAt(0, 5).place)
    expect(table.stale(0, 9)).toEqual([0, 1])
    expect(table.stale(1, 9)).toEqual([])
    world.advance(1)
    expect(table.stale(1, 1)).toEqual([0])
  })
})
