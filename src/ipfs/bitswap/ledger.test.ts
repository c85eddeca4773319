import type { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import type { BitswapWant } from '../../wire/index.ts'
import { testBytes, testCid } from '../test-blocks.ts'
import { blockKey } from './block-name.ts'
import { Ledger } from './ledger.ts'

// Bitswap 1.2.0: `cancel`, `priority`, `wantType` and `sendDontHave` of the entries of a want-list.

const cid = (number: number): CID => testCid(testBytes(number, 8))
const want = (number: number, more: Partial<BitswapWant> = {}): BitswapWant => ({
  cid: cid(number).bytes,
  priority: 1,
  cancel: false,
  type: 'block',
  sendDontHave: true,
  ...more,
})

function noted(ledger: Ledger, wants: readonly BitswapWant[], full = false): readonly number[] {
  return ledger.update({ full, wants, presences: [], pendingBytes: 0 }).map(one => numberOf(one.cid))
}

const numberOf = (of: CID): number => [...Array(50).keys()].find(number => cid(number).equals(of))!

function takeAll(ledger: Ledger): [number, string][] {
  const taken: [number, string][] = []
  for (let next = ledger.take(); next !== undefined; next = ledger.take())
    taken.push([numberOf(next.cid), next.type])
  return taken
}

describe('the wants of a peer', () => {
  it('are answered by priority, those of the same in the order in which they came', () => {
    const ledger = new Ledger(100)
    noted(ledger, [want(1), want(2, { priority: 9 }), want(3), want(4, { priority: -5 })])
    noted(ledger, [want(5, { priority: 9 })])
    expect(takeAll(ledger).map(([number]) => number)).toEqual([2, 5, 1, 3, 4])
  })

  it('have the last word of what was said twice, and whoever wants the block gets it', () => {
    const ledger = new Ledger(100)
    noted(ledger, [want(1, { type: 'have' }), want(1), want(2), want(3), want(3, { cancel: true })])
    noted(ledger, [want(1, { type: 'have', priority: 0 }), want(2, { priority: 7 })])
    expect(takeAll(ledger)).toEqual([
      [2, 'block'],
      [1, 'block'],
    ])
  })

  it('end with a cancel, though it says another type, and one of nothing is nothing', () => {
    const ledger = new Ledger(100)
    noted(ledger, [want(1), want(2, { type: 'have' })])
    noted(ledger, [
      want(1, { cancel: true, type: 'have' }),
      want(2, { cancel: true }),
      want(3, { cancel: true }),
    ])
    expect(ledger.size).toBe(0)
    ledger.leaveOpen({ cid: cid(4), priority: 1, type: 'have', sendDontHave: true })
    noted(ledger, [want(4, { cancel: true })])
    expect([ledger.openSize, ledger.arrived(blockKey(cid(4)))]).toEqual([0, false])
  })

  it('are replaced by a full list, open ones too', () => {
    const ledger = new Ledger(100)
    noted(ledger, [want(1)])
    ledger.leaveOpen({ cid: cid(2), priority: 1, type: 'have', sendDontHave: true })
    noted(ledger, [want(3)], true)
    expect(ledger.openSize).toBe(0)
    expect(takeAll(ledger)).toEqual([[3, 'block']])
    noted(ledger, [], true)
    expect(ledger.size).toBe(0)
  })

  it('are no more than the bound, open ones included, which give way', () => {
    const ledger = new Ledger(3)
    for (const number of [1, 2, 3, 4])
      ledger.leaveOpen({ cid: cid(number), priority: 1, type: 'have', sendDontHave: true })
    expect(ledger.openSize).toBe(3)
    expect(ledger.arrived(blockKey(cid(1)))).toBe(false)
    expect(noted(ledger, [want(10), want(11), want(12), want(13)])).toEqual([13])
    expect([ledger.size, ledger.openSize]).toEqual([3, 0])
    // What is known may be said again.
    expect(noted(ledger, [want(10, { priority: 8 })])).toEqual([])
    expect(takeAll(ledger)[0]).toEqual([10, 'block'])
  })

  it('are taken up once when the block comes, and nobody is told a second time that it is not here', () => {
    const ledger = new Ledger(3)
    ledger.leaveOpen({ cid: cid(1), priority: 1, type: 'have', sendDontHave: true })
    expect(ledger.arrived(blockKey(cid(1)))).toBe(true)
    expect(ledger.arrived(blockKey(cid(1)))).toBe(false)
    expect(ledger.take()).toMatchObject({ type: 'have', sendDontHave: false })
  })

  it('keep nothing of the message that they came in but their names', () => {
    const ledger = new Ledger(10)
    const message = new Uint8Array(1_000_000)
    const { bytes } = cid(1)
    message.set(bytes, 5_000)
    noted(ledger, [want(1, { cid: message.subarray(5_000, 5_000 + bytes.length) })])
    const { cid: kept } = ledger.take()!
    expect(kept.equals(cid(1))).toBe(true)
    expect(kept.bytes.buffer.byteLength + kept.multihash.bytes.buffer.byteLength).toBeLessThan(1_000)
  })
})
