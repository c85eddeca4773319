import { describe, expect, test } from 'vitest'
import { seededRandom } from '../base/index.ts'
import type { Lease } from './ports.ts'
import { leafBytes } from './request-depth.ts'
import { type BlockRequest, type Fetcher, SegmentDownload } from './segment-download.ts'

const leases: { bytes: Uint8Array; open: boolean }[] = []

function lease(length: number): Lease {
  const entry = { bytes: new Uint8Array(length), open: true }
  leases.push(entry)
  return {
    bytes: entry.bytes,
    release: () => {
      if (!entry.open) throw new Error('released twice')
      entry.open = false
    },
  }
}

const fetcher = (peer: string): Fetcher => ({
  peer,
  snubbed: false,
  drainMs: () => 0,
  cancel: () => undefined,
  holds: () => false,
  forgetSegment: () => undefined,
})

function segmentOf(length: number): SegmentDownload {
  leases.length = 0
  return new SegmentDownload({ piece: 3, index: 0, begin: 0, length }, lease(length), undefined, 0)
}

function ask(segment: SegmentDownload, by: Fetcher, firstLeaf: number, leaves: number): BlockRequest {
  const request: BlockRequest = {
    by,
    key: firstLeaf,
    segment,
    firstLeaf,
    leaves,
    begin: firstLeaf * leafBytes,
    length: segment.runBytes(firstLeaf, leaves),
    mark: { sentAt: 0, deliveredBefore: 0 },
    givenUp: false,
    target: undefined,
    scratch: undefined,
  }
  segment.addRequest(request)
  return request
}

/** The whole block arrives at once. */
function deliver(segment: SegmentDownload, request: BlockRequest, byte: number): boolean {
  segment.startWriting(request)?.fill(byte)
  const done = segment.finishWriting(request, lease)
  segment.removeRequest(request)
  return done
}

describe('SegmentDownload', () => {
  const a = fetcher('a')
  const b = fetcher('b')

  test('counts free leaves through requests, blocks and rejects', () => {
    const segment = segmentOf(5 * leafBytes - 100)
    expect(segment.leaves).toBe(5)
    const first = ask(segment, a, 0, 2)
    const last = ask(segment, a, 4, 1)
    expect(last.length).toBe(leafBytes - 100)
    expect(segment.free).toBe(2)
    expect(segment.freeRun(10)).toEqual({ firstLeaf: 2, leaves: 2 })
    segment.removeRequest(first)
    expect(segment.free).toBe(4)
    expect(deliver(segment, last, 1)).toBe(true)
    expect(segment.free).toBe(4)
    expect(segment.receivedLeaves).toBe(1)
    expect(segment.suppliers[4]).toBe('a')
  })

  test('a rival overtakes one that stalls in the middle of a block, and its late bytes harm nothing', () => {
    const segment = segmentOf(2 * leafBytes)
    const slow = ask(segment, a, 0, 2)
    const slowTarget = segment.startWriting(slow)!
    slowTarget.fill(1, 0, 100)
    const rival = ask(segment, b, 0, 2)
    expect(deliver(segment, rival, 2)).toBe(true)
    expect(segment.complete).toBe(true)
    expect(segment.suppliers).toEqual(['b', 'b'])
    slowTarget.fill(1)
    expect(segment.lease.lease.bytes.every(byte => byte === 2)).toBe(true)
    // The first lease is given back when the slow one is done, the second when it was verified.
    expect(leases.map(entry => entry.open)).toEqual([true, true])
    segment.finishWriting(slow, lease)
    segment.removeRequest(slow)
    expect(leases.map(entry => entry.open)).toEqual([false, true])
    segment.lease.drop()
    expect(leases.every(entry => !entry.open)).toBe(true)
  })

  test('does without the rival when there is no memory to keep it apart', () => {
    const segment = segmentOf(leafBytes)
    const slow = ask(segment, a, 0, 1)
    segment.startWriting(slow)
    const rival = ask(segment, b, 0, 1)
    segment.startWriting(rival)!.fill(2)
    expect(segment.finishWriting(rival, () => undefined)).toBe(false)
    segment.removeRequest(rival)
    expect(segment.complete).toBe(false)
  })

  test('asks nobody twice for the same leaf, and nobody for more than two copies', () => {
    const segment = segmentOf(4 * leafBytes)
    ask(segment, a, 0, 4)
    expect(segment.duplicateRun(10, a)).toBeUndefined()
    expect(segment.duplicateRun(10, b)).toEqual({ firstLeaf: 0, leaves: 4 })
    ask(segment, b, 0, 4)
    expect(segment.duplicateRun(10, fetcher('c'))).toBeUndefined()
  })

  test('given up leaves are free again, and still count when they come', () => {
    const segment = segmentOf(2 * leafBytes)
    const slow = ask(segment, a, 0, 2)
    segment.giveUp(slow)
    expect(segment.free).toBe(2)
    const other = ask(segment, b, 0, 1)
    expect(deliver(segment, slow, 1)).toBe(true)
    expect(segment.complete).toBe(true)
    segment.removeRequest(other)
    expect(segment.free).toBe(0)
  })

  test.each(Array.from({ length: 200 }, (_, i) => i))('ends whole whatever the order (seed %i)', seed => {
    const random = seededRandom(seed)
    const segment = segmentOf((1 + random.below(20)) * leafBytes - random.below(leafBytes))
    const peers = [fetcher('a'), fetcher('b'), fetcher('c')]
    const open: BlockRequest[] = []
    // Each leaf holds its own number, whoever sends it; whoever stalls writes rubbish at the end.
    const write = (request: BlockRequest, target: Uint8Array | undefined): void => {
      for (let i = 0; target !== undefined && i < request.leaves; i++)
        target.fill(1 + request.firstLeaf + i, i * leafBytes, (i + 1) * leafBytes)
    }
    for (let step = 0; step < 2000 && !segment.complete; step++) {
      const by = peers[random.below(3)]!
      const kind = random.below(5)
      const busy = open.find(request => request.by === by && request.target !== undefined)
      if (kind < 2) {
        const longest = 1 + random.below(6)
        const run = segment.freeRun(longest) ?? segment.duplicateRun(longest, by)
        const twice = run !== undefined && open.some(r => r.by === by && r.firstLeaf === run.firstLeaf)
        if (run !== undefined && !twice) open.push(ask(segment, by, run.firstLeaf, run.leaves))
      } else if (kind === 2 && busy === undefined) {
        const request = open.find(candidate => candidate.by === by)
        if (request !== undefined && random.below(2) === 0) write(request, segment.startWriting(request))
      } else if (kind === 3) {
        const at = open.findIndex(candidate => candidate.by === by)
        if (at < 0) continue
        const [request] = open.splice(at, 1)
        if (request!.target === undefined && request!.scratch === undefined)
          write(request!, segment.startWriting(request!))
        segment.finishWriting(request!, lease)
        segment.removeRequest(request!)
      } else if (open.length > 0) segment.giveUp(open[random.below(open.length)]!)
    }
    expect(segment.complete).toBe(true)
    const bytes = segment.lease.lease.bytes
    for (let at = 0; at < bytes.length; at++)
      if (bytes[at] !== 1 + Math.floor(at / leafBytes)) throw new Error(`byte ${at} is ${bytes[at]}`)
    for (const request of open) segment.removeRequest(request)
    segment.lease.drop()
    expect(leases.filter(entry => entry.open).length).toBe(0)
  })
})
