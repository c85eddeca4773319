import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Lease, SlabPool, slabBytes } from './slab-pool.ts'

const nobody = { added: () => undefined, removed: () => undefined }

it('never has more slabs than allowed, and gives room again after a release', () => {
  const pool = new SlabPool(3 * slabBytes, nobody)
  const leases = [1, 2, 3].map(() => pool.lease(slabBytes)!)
  expect(pool.lease(1)).toBeUndefined()
  leases[1]!.release()
  leases[1]!.release()
  const again = pool.lease(slabBytes)
  expect(again).toBeDefined()
  expect(pool.lease(slabBytes)).toBeUndefined()
})

it('puts many small leases into one slab, and takes it back with the last of them', () => {
  let slabs = 0
  const pool = new SlabPool(2 * slabBytes, { ...nobody, added: () => slabs++ })
  const leases = Array.from({ length: 128 }, () => pool.lease(8192)!)
  expect(slabs).toBe(1)
  expect(pool.locate(leases[5]!)).toEqual({ slab: 0, at: 5 * 8192 })
  for (const lease of leases) lease.release()
  expect(pool.lease(slabBytes)).toBeDefined()
  expect(pool.lease(slabBytes)).toBeDefined()
  expect(pool.lease(1)).toBeUndefined()
})

it('counts a large lease as so many slabs, and takes free ones away for it', () => {
  const live = new Map<number, number>()
  const pool = new SlabPool(6 * slabBytes, {
    added: (index, buffer) => void live.set(index, buffer.byteLength),
    removed: index => expect(live.delete(index)).toBe(true),
  })
  const small = [1, 2, 3].map(() => pool.lease(slabBytes)!)
  expect(pool.lease(3.5 * slabBytes)).toBeUndefined()
  small[0]!.release()
  const large = pool.lease(3.5 * slabBytes)!
  expect(large.bytes.length).toBe(3.5 * slabBytes)
  expect(pool.busy).toBe(6)
  expect(pool.lease(1)).toBeUndefined()
  const { slab } = pool.locate(large)
  large.release()
  expect(pool.locate(pool.lease(3.25 * slabBytes)!).slab).toBe(slab)
  expect(pool.lease(7 * slabBytes)).toBeUndefined()
  expect([...live.values()].reduce((sum, bytes) => sum + bytes, 0)).toBe(6 * slabBytes)
})

it('gives large leases the room that small ones left', () => {
  const pool = new SlabPool(4 * slabBytes, nobody)
  for (const lease of [pool.lease(5)!, pool.lease(slabBytes)!, pool.lease(slabBytes)!]) lease.release()
  const whole = pool.lease(4 * slabBytes)!
  whole.release()
  expect(pool.busy).toBe(0)
  expect(pool.lease(100)).toBeDefined()
})

it('refuses leases of no size, and those of others', () => {
  const pool = new SlabPool(slabBytes, nobody)
  for (const length of [0, -1, 1.5]) expect(() => pool.lease(length)).toThrow(TypeError)
  expect(pool.lease(slabBytes + 1)).toBeUndefined()
  const other = new SlabPool(slabBytes, nobody).lease(1)!
  expect(() => pool.locate(other)).toThrow(TypeError)
})

it('property: leases in hand never overlap, and all room comes back', () => {
  const step = fc.record({
    length: fc.integer({ min: 1, max: 2.5 * slabBytes }),
    small: fc.boolean(),
    drop: fc.nat(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const pool = new SlabPool(4 * slabBytes, nobody)
      const held: Lease[] = []
      for (const { length, small, drop } of steps) {
        const lease = pool.lease(small ? Math.ceil(length / 64) : length)
        if (lease === undefined && held.length === 0) throw new Error('all is free')
        if (lease === undefined) held.splice(drop % held.length, 1)[0]!.release()
        else held.push(lease)
        const spans = held.map(one => ({ ...pool.locate(one), length: one.bytes.length }))
        spans.sort((a, b) => a.slab - b.slab || a.at - b.at)
        for (let i = 1; i < spans.length; i++) {
          const [before, after] = [spans[i - 1]!, spans[i]!]
          if (before.slab === after.slab) expect(before.at + before.length).toBeLessThanOrEqual(after.at)
        }
      }
      for (const lease of held) lease.release()
      const whole = Array.from({ length: 4 }, () => pool.lease(slabBytes))
      expect(whole.every(lease => lease !== undefined)).toBe(true)
    }),
    { numRuns: 50 },
  )
})
