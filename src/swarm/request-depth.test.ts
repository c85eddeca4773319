import { expect, test } from 'vitest'
import { leafBytes, RequestDepth } from './request-depth.ts'

const limits = { startWindowBytes: 65_536, maxWindowBytes: 24 * 1_048_576, queueTimeMs: 100 }

/** A peer that answers in order at `bytesPerMs` after `rttMs`; gives the window after `ms`. */
function windowAfter(ms: number, bytesPerMs: number, rttMs: number): { window: number; reachedAt: number } {
  const depth = new RequestDepth(limits, 0)
  const line: { at: number; bytes: number; mark: ReturnType<RequestDepth['sent']> }[] = []
  let freeAt = 0
  let reachedAt = Number.POSITIVE_INFINITY
  const goal = Math.min(bytesPerMs * rttMs, limits.maxWindowBytes) * 0.9
  for (let now = 0; now < ms; now += 0.1) {
    while (line[0] !== undefined && line[0].at <= now) {
      const { bytes, mark } = line.shift()!
      depth.roundTrip(rttMs)
      depth.received(bytes, mark, now)
    }
    while (depth.outstanding < depth.window) {
      const bytes = depth.requestBytes(1_048_576)
      freeAt = Math.max(freeAt, now + rttMs) + bytes / bytesPerMs
      line.push({ at: freeAt, bytes, mark: depth.sent(bytes, now) })
    }
    if (depth.window > goal && reachedAt === Number.POSITIVE_INFINITY) reachedAt = now
  }
  return { window: depth.window, reachedAt }
}

test('fills a fast line after a few round trips', () => {
  expect(windowAfter(100, 400_000, 0.5).reachedAt).toBeLessThan(5)
  expect(windowAfter(3000, 12_500, 100).reachedAt).toBeLessThan(700)
})

test('keeps little waiting at a slow peer', () => {
  // 312 kB/s: an eighth of a 20 Mbit/s line.
  const { window } = windowAfter(5000, 312, 20)
  expect(window).toBeLessThan(312 * 160)
  expect(window).toBeGreaterThan(312 * 100)
})

test('never goes below two leaves or above its bound', () => {
  expect(windowAfter(20_000, 1, 10).window).toBe(2 * leafBytes)
  expect(windowAfter(1000, 10_000_000, 50).window).toBe(limits.maxWindowBytes)
})

test('cuts requests so that at least four fit', () => {
  const depth = new RequestDepth(limits, 0)
  expect(depth.requestBytes(1_048_576)).toBe(leafBytes)
  const mark = depth.sent(16_777_216, 0)
  depth.received(16_777_216, mark, 50)
  expect(depth.requestBytes(1_048_576)).toBe(1_048_576)
  expect(depth.requestBytes(leafBytes)).toBe(leafBytes)
})

test('asks more and more of a peer that sends all it was asked for twice a second', () => {
  const depth = new RequestDepth(limits, 0)
  const asked: ReturnType<RequestDepth['sent']>[] = []
  // It began slowly, so that no more than two blocks are due.
  depth.collapse()
  depth.roundTrip(1)
  for (let now = 0; now < 6_000; now += 500) {
    const due = asked.splice(0)
    for (const [i, mark] of due.entries()) {
      depth.received(leafBytes, mark, now + i * 0.1)
      // The next is asked for before the last of the burst is here.
      while (depth.outstanding + leafBytes <= depth.window) asked.push(depth.sent(leafBytes, now + i * 0.1))
    }
    while (depth.outstanding + leafBytes <= depth.window) asked.push(depth.sent(leafBytes, now + 1))
  }
  expect(depth.window).toBeGreaterThan(1_048_576)
})
