import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Lease, SlabPool, slabBytes } from './slab-pool.ts'

it('never has more slabs than allowed, and gives room again after a release', () => {
  const pool = new SlabPool(3 * slabBytes, () => undefined)
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
  const pool = new SlabPool(2 * slabBytes, () => slabs++)
  const leases = Array.from({ length: 128 }, () => pool.lease(8192)!)
  expect(slabs).toBe(1)
  expect(pool.locate(leases[5]!)).toEqual({ slab: 0, at: 5 * 8192 })
  for (const lease of leases) lease.release()
  expect(pool.lease(slabBytes)).toBeDefined()
  expect(pool.lease(slabBytes)).toBeDefined()
  expect(pool.lease(1)).toBeUndefined()
})

it('refuses leases of no size, of more than a slab, and of others', () => {
  const pool = new SlabPool(slabBytes, () => undefined)
  for (const length of [0, -1, 1.5, slabBytes + 1]) expect(() => pool.lease(length)).toThrow(TypeError)
  const other = new SlabPool(slabBytes, () => undefined).lease(1)!
  expect(() => pool.locate(other)).toThrow(TypeError)
})

it('property: leases in hand never overlap, and all room comes back', () => {
  const step = fc.record({
    length: fc.integer({ min: 1, max: slabBytes }),
    small: fc.boolean(),
    drop: fc.nat(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const pool = new SlabPool(4 * slabBytes, () => undefined)
      const held: Lease[] = []
      for (const { length, small, drop } of steps) {
        const lease = pool.lease(small ? Math.ceil(length / 64) : length)
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
