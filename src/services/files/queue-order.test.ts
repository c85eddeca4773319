import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inOrder, placesFor, type QueueLimits, type Waiting, whoWaits } from './queue-order.ts'

const none: QueueLimits = { maxActiveDownloads: 0, maxActiveSeeds: 0, maxActive: 0 }
let made = 0
function one(id: string, parts: Partial<Waiting> = {}): Waiting {
  return {
    id,
    wants: 'download',
    isRunning: false,
    isSlow: false,
    forced: false,
    position: undefined,
    addedAt: made++,
    ratio: 0,
    ...parts,
  }
}
const waiting = (all: Waiting[], limits: Partial<QueueLimits>): string[] =>
  [...whoWaits(all, { ...none, ...limits }).keys()].sort()

describe('who waits', () => {
  it('nobody without limits', () => {
    expect(waiting([one('a'), one('b', { wants: 'seed' })], {})).toEqual([])
  })

  it('those that came last, downloads and seeds apart', () => {
    const all = [one('a'), one('b'), one('c'), one('s', { wants: 'seed' }), one('t', { wants: 'seed' })]
    expect(waiting(all, { maxActiveDownloads: 2 })).toEqual(['c'])
    expect(waiting(all, { maxActiveSeeds: 1 })).toEqual(['t'])
    expect(waiting(all, { maxActive: 4 })).toEqual(['t'])
  })

  it('what runs and is slow takes nobody’s place, what waits is not slow', () => {
    const slow = { isRunning: true, isSlow: true }
    expect(waiting([one('a', slow), one('b', slow), one('c'), one('d')], { maxActiveDownloads: 1 })).toEqual([
      'd',
    ])
    expect(waiting([one('a', { isSlow: true }), one('b')], { maxActiveDownloads: 1 })).toEqual(['b'])
    expect(waiting([one('a', slow), one('b')], { maxActive: 1 })).toEqual(['b'])
  })

  it('not whoever is forced, which takes nobody’s place either', () => {
    const all = [one('a'), one('b', { forced: true }), one('c')]
    expect(waiting(all, { maxActiveDownloads: 1 })).toEqual(['c'])
  })

  it('the place that the user gave goes first; seeds that gave least go before others', () => {
    const all = [one('a'), one('b', { position: 1 }), one('c', { position: 0 })]
    expect(inOrder(all).map(({ id }) => id)).toEqual(['c', 'b', 'a'])
    const seeds = [one('s', { wants: 'seed', ratio: 2.5 }), one('t', { wants: 'seed', ratio: 1.9 })]
    expect(inOrder(seeds).map(({ id }) => id)).toEqual(['t', 's'])
    const close = [one('u', { wants: 'seed', ratio: 1.9 }), one('v', { wants: 'seed', ratio: 1.1 })]
    expect(inOrder(close).map(({ id }) => id)).toEqual(['u', 'v'])
  })

  it('says why, and what to do', () => {
    const why = whoWaits([one('a'), one('b')], { ...none, maxActiveDownloads: 1 }).get('b')
    expect(why).toBe(
      '1 download runs already (files.maxActiveDownloads); `peerage set --forced` starts it at once',
    )
  })

  it('is stable: applied again to what it decided, it decides the same; and keeps the limits', () => {
    const waitings = fc.array(
      fc.record({
        wants: fc.constantFrom('download' as const, 'seed' as const),
        isRunning: fc.boolean(),
        isSlow: fc.boolean(),
        forced: fc.boolean(),
        position: fc.option(fc.nat(5), { nil: undefined }),
        ratio: fc.double({ min: 0, max: 5, noNaN: true }),
      }),
      { maxLength: 30 },
    )
    const limit = fc.nat(4)
    fc.assert(
      fc.property(waitings, limit, limit, limit, (parts, maxActiveDownloads, maxActiveSeeds, maxActive) => {
        const limits = { maxActiveDownloads, maxActiveSeeds, maxActive }
        const all = parts.map((part, i) => one(String(i), { ...part, isSlow: part.isSlow && part.isRunning }))
        const waits = whoWaits(all, limits)
        const after = all.map(each => ({ ...each, isRunning: !waits.has(each.id) }))
        expect([...whoWaits(after, limits).keys()]).toEqual([...waits.keys()])
        const fast = after.filter(each => each.isRunning && !each.isSlow && !each.forced)
        const count = (wants: string): number => fast.filter(each => each.wants === wants).length
        if (maxActiveDownloads > 0) expect(count('download')).toBeLessThanOrEqual(maxActiveDownloads)
        if (maxActiveSeeds > 0) expect(count('seed')).toBeLessThanOrEqual(maxActiveSeeds)
      }),
    )
  })
})

describe('a new place', () => {
  const queue = ['a', 'b', 'c', 'd'].map(id => ({ id, position: undefined as number | undefined }))

  it.each([
    ['to the front', 'd', 0, 'dabc', 1],
    ['behind another', 'a', 1, 'bacd', 2],
    ['to the end', 'a', 3, 'bcda', 4],
    ['beyond the end', 'b', 99, 'acdb', 4],
  ])('%s', (_what, id, position, wanted, written) => {
    const places = placesFor(queue, id, position)
    expect(places.size).toBe(written)
    const all = queue.map((each, addedAt) => one(each.id, { addedAt, position: places.get(each.id) }))
    expect(
      inOrder(all)
        .map(each => each.id)
        .join(''),
    ).toBe(wanted)
  })

  it('comes to stand wherever it is sent, whatever was set before', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(4), fc.nat(6)), { maxLength: 10 }), moves => {
        let all = ['a', 'b', 'c', 'd', 'e'].map((id, addedAt) => one(id, { addedAt }))
        for (const [which, to] of moves) {
          const id = 'abcde'[which]!
          const before = inOrder(all)
          const places = placesFor(before, id, to)
          all = all.map(each => (places.has(each.id) ? { ...each, position: places.get(each.id) } : each))
          const wanted = before.filter(each => each.id !== id).map(each => each.id)
          wanted.splice(Math.min(to, 4), 0, id)
          expect(inOrder(all).map(each => each.id)).toEqual(wanted)
        }
      }),
    )
  })
})
