import { expect, test } from 'vitest'
import { TokenBucket } from '../base/index.ts'
import { RateLimit } from './rate-limit.ts'
import { RateMeter } from './rate-meter.ts'

test('lets through what the limit allows over time, in whole blocks', () => {
  const limit = new RateLimit(new TokenBucket(0, 0), new TokenBucket(10_000, 0), new TokenBucket(50_000, 0))
  let sent = 0
  for (let now = 0; now < 10_000; now += 10)
    while (limit.waitMs(now) === 0) {
      limit.spend(3000)
      sent += 3000
    }
  expect(sent).toBeGreaterThan(99_000)
  expect(sent).toBeLessThan(105_000)
  expect(limit.bytesPerSecond).toBe(10_000)
})

test('says how long to wait', () => {
  const bucket = new TokenBucket(1000, 0)
  bucket.spend(600)
  expect(bucket.waitMs(0)).toBeCloseTo(501)
  expect(bucket.waitMs(502)).toBe(0)
  bucket.setLimit(0, 502)
  bucket.spend(1e9)
  expect(bucket.waitMs(502)).toBe(0)
})

test('gives back what was spent on nothing, but saves no more than the burst', () => {
  const bucket = new TokenBucket(1000, 0)
  bucket.spend(5000)
  bucket.refund(50_000)
  bucket.spend(101)
  expect(bucket.waitMs(0)).toBeGreaterThan(0)
})

test('measures a steady rate and forgets it', () => {
  const meter = new RateMeter(0)
  for (let now = 0; now <= 30_000; now += 10) meter.add(100, now)
  expect(meter.rate(30_000)).toBeGreaterThan(9_800)
  expect(meter.rate(30_000)).toBeLessThan(10_200)
  expect(meter.rate(60_000)).toBeLessThan(10)
  expect(meter.total).toBe(300_100)
})
