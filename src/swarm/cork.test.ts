import { expect, test } from 'vitest'
import { Cork } from './cork.ts'

const part = (value: number): Uint8Array => new Uint8Array(16_000).fill(value)

test('gathers parts, and does not use the room again before it was sent', () => {
  const written: { bytes: Uint8Array; released: (() => void) | undefined }[] = []
  const cork = new Cork((bytes, released) => written.push({ bytes, released }))
  for (let value = 1; value <= 100; value++) {
    cork.add(part(value))
    cork.flush()
  }
  expect(written.map(({ bytes }) => bytes.every(byte => byte === bytes[0]) && bytes[0])).toEqual(
    Array.from({ length: 100 }, (_, i) => i + 1),
  )
  const rooms = new Set(written.map(({ bytes }) => bytes.buffer))
  for (const { released } of written) released?.()
  cork.add(part(7))
  cork.flush()
  expect(rooms.has(written.at(-1)!.bytes.buffer)).toBe(true)
  expect(written.at(-1)!.bytes).toEqual(part(7))
})

test('long parts pass as they are, behind what came before', () => {
  const written: Uint8Array[] = []
  const cork = new Cork(bytes => written.push(bytes))
  const long = new Uint8Array(20_000)
  const released: number[] = []
  cork.add(Uint8Array.of(1), () => released.push(1))
  cork.add(long)
  expect(written).toEqual([Uint8Array.of(1), long])
  expect(written[1]).toBe(long)
  expect(released).toEqual([1])
})
