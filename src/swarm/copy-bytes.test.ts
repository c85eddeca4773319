import { expect, test } from 'vitest'
import { seededRandom } from '../base/index.ts'
import { copyBytes, copyOf } from './copy-bytes.ts'
import { Cork } from './cork.ts'

test('copies any part anywhere, and nothing else', () => {
  const random = seededRandom(4)
  for (let i = 0; i < 300; i++) {
    const from = random.bytes(random.below(5000))
    const start = random.below(from.length + 1)
    const end = i % 3 === 0 ? from.length : start + random.below(from.length - start + 1)
    const first = i % 3 === 0 && i % 2 === 0 ? 0 : start
    const to = new Uint8Array(new SharedArrayBuffer(6000))
    const expected = new Uint8Array(6000)
    const at = random.below(6000 - (end - first) + 1)
    copyBytes(from, first, end, to, at)
    expected.set(from.subarray(first, end), at)
    expect(Buffer.compare(to, expected)).toBe(0)
  }
})

test('a copy is of its own, also of shared memory', () => {
  for (const length of [0, 1, 1023, 1024, 100_000]) {
    const shared = new Uint8Array(new SharedArrayBuffer(length + 2)).subarray(1, length + 1).fill(3)
    const copy = copyOf(shared)
    shared.fill(4)
    expect(copy.buffer).toBeInstanceOf(ArrayBuffer)
    expect(Buffer.compare(copy, new Uint8Array(length).fill(3))).toBe(0)
  }
})

test('a cork keeps the order, copies short parts together and passes long ones', async () => {
  const writes: Uint8Array[] = []
  const cork = new Cork(bytes => writes.push(bytes))
  const long = new Uint8Array(20_000).fill(9)
  cork.add(Uint8Array.of(1))
  cork.add(Uint8Array.of(2, 3))
  cork.add(long)
  cork.add(Uint8Array.of(4))
  expect(writes.length).toBe(2)
  expect([...writes[0]!]).toEqual([1, 2, 3])
  expect(writes[1]).toBe(long)
  cork.flushSoon()
  await Promise.resolve()
  expect([...writes[2]!]).toEqual([4])
  expect(cork.bytes).toBe(0)
})
