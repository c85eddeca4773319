import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Bitfield, seededRandom } from '../base/index.ts'
import { Availability } from './availability.ts'
import { PieceSet } from './piece-set.ts'

describe('PieceSet', () => {
  test('finds what a plain set finds, in order from the start and around', () => {
    const pieces = fc.integer({ min: 1, max: 3000 })
    fc.assert(
      fc.property(pieces, fc.integer(), fc.nat(), fc.nat({ max: 40 }), (length, seed, at, limit) => {
        const random = seededRandom(seed)
        const set = new PieceSet(length)
        const among = new Bitfield(length)
        const members: number[] = []
        for (let piece = 0; piece < length; piece++) {
          if (random.below(3) === 0) set.add(piece)
          if (random.below(3) === 0) among.set(piece)
          if (set.has(piece) && among.has(piece)) members.push(piece)
        }
        const start = at % length
        const found: number[] = []
        set.search(among, start, limit, found)
        const expected = [...members.filter(p => p >= start), ...members.filter(p => p < start)]
        expect(found).toEqual(expected.slice(0, limit))
      }),
    )
  })

  test('is full after fill, whatever its length', () => {
    for (const length of [1, 7, 8, 9, 1023, 1024, 1025, 2500]) {
      const set = new PieceSet(length)
      set.fill()
      const found: number[] = []
      set.search(undefined, 0, length + 10, found)
      expect(found.length).toBe(length)
      for (let piece = 0; piece < length; piece++) expect(set.delete(piece)).toBe(true)
      expect(set.size).toBe(0)
    }
  })
})

describe('Availability', () => {
  test('gives the rarest of the highest class, as sorting all pieces would', () => {
    fc.assert(
      fc.property(fc.integer(), seed => {
        const random = seededRandom(seed)
        const count = 1 + random.below(200)
        const availability = new Availability(count)
        const copies = new Array<number>(count).fill(0)
        const open = new Array<number>(count).fill(0)
        const peers: Bitfield[] = []
        for (let step = 0; step < 60; step++) {
          const kind = random.below(4)
          if (kind === 0) {
            const bits = new Bitfield(count)
            for (let piece = 0; piece < count; piece++) if (random.below(2) === 0) bits.set(piece)
            peers.push(bits)
            availability.changeAll(bits, 1)
            for (let piece = 0; piece < count; piece++) if (bits.has(piece)) copies[piece]!++
          } else if (kind === 1 && peers.length > 0) {
            const [bits] = peers.splice(random.below(peers.length), 1)
            availability.changeAll(bits!, -1)
            for (let piece = 0; piece < count; piece++) if (bits!.has(piece)) copies[piece]!--
          } else {
            const piece = random.below(count)
            open[piece] = random.below(4)
            availability.setOpen(piece, open[piece]!)
          }
        }
        expect(availability.openCount).toBe(open.filter(priority => priority > 0).length)
        const rank = (piece: number): number => -open[piece]! * 1000 + copies[piece]!
        const found = availability.rarest(undefined, random.below(count), 10)
        const best = open
          .flatMap((priority, piece) => (priority > 0 ? [rank(piece)] : []))
          .sort((a, b) => a - b)
        expect(found.map(rank)).toEqual(best.slice(0, 10))
      }),
    )
  })

  test('tells distributed copies', () => {
    const availability = new Availability(4)
    availability.seeds = 2
    availability.change(0, 1)
    const own = new Bitfield(4)
    own.set(1)
    expect(availability.distributedCopies(own)).toBe(2.5)
  })

  test('takes a million pieces and a hundred peers in its stride', () => {
    const count = 1_000_000
    const random = seededRandom(1)
    const availability = new Availability(count)
    availability.openAll()
    const bits = new Bitfield(count, random.bytes((count + 7) >> 3))
    const started = process.cpuUsage()
    for (let i = 0; i < 3; i++) availability.changeAll(bits, 1)
    for (let i = 0; i < 100_000; i++) availability.change(random.below(count), 1)
    for (let i = 0; i < 2000; i++) {
      const [piece] = availability.rarest(bits, random.below(count), 1)
      availability.setOpen(piece!, 0)
    }
    // 1.6 million changes and 2,000 choices; generous, for slow machines.
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(3000)
  })
})
