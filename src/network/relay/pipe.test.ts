import { expect, test } from 'vitest'
import { TokenBucket, VirtualWorld } from '../../base/index.ts'
import type { PeerStream } from '../peer-stream.ts'
import { Pipe } from './pipe.ts'

/** A stream that takes nothing until it is told to, as its peer does not read. */
class Stalled {
  readonly waiting: { readonly bytes: Uint8Array; readonly released: () => void }[] = []
  isPaused = false
  isEnded = false
  onBytes: (chunk: Uint8Array) => void = () => undefined
  onEnded: () => void = () => undefined
  #onSent: () => void = () => undefined

  get bufferedBytes(): number {
    return this.waiting.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  send(bytes: Uint8Array, released: () => void): boolean {
    this.waiting.push({ bytes, released })
    return true
  }

  /** Its peer reads so much. */
  read(pieces: number): number[] {
    const taken = this.waiting.splice(0, pieces).map(({ bytes, released }) => {
      const [first = 0] = bytes
      released()
      return first
    })
    this.#onSent()
    return taken
  }

  onSent(callback: () => void): void {
    this.#onSent = callback
  }

  onData(callback: (chunk: Uint8Array) => void): void {
    this.onBytes = callback
  }

  onEnd(callback: () => void): void {
    this.onEnded = callback
  }

  async closeWrite(): Promise<void> {
    this.isEnded = true
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }
}

function piped({ bytesPerSecond = 0, count = (): boolean => true, rest = new Uint8Array(0) } = {}) {
  const world = new VirtualWorld(1)
  const [from, to] = [new Stalled(), new Stalled()]
  const rate = new TokenBucket(bytesPerSecond, world.now())
  new Pipe({
    world,
    from: from as unknown as PeerStream,
    to: to as unknown as PeerStream,
    rest,
    rate,
    count,
  }).start()
  return { world, from, to }
}

const KiB = 1024

test('whoever sends waits while the other side does not read, and goes on when it does', () => {
  const { from, to } = piped()
  let sent = 0
  const shared = new Uint8Array(16 * KiB)
  while (!from.isPaused) {
    // The chunk is valid during the call only.
    shared.fill(sent)
    from.onBytes(shared)
    sent++
  }
  expect(to.bufferedBytes).toBe(256 * KiB)
  expect(to.read(4)).toEqual([0, 1, 2, 3])
  expect(from.isPaused).toBe(true)
  to.read(4)
  expect(from.isPaused).toBe(false)
  expect(to.read(8)).toEqual([8, 9, 10, 11, 12, 13, 14, 15])
  from.onEnded()
  expect(to.isEnded).toBe(true)
})

test('what came before is passed on first, in pieces', () => {
  const { to } = piped({ rest: new Uint8Array(40 * KiB).fill(9) })
  expect(to.waiting.map(({ bytes }) => bytes.length)).toEqual([16 * KiB, 16 * KiB, 8 * KiB])
  expect(to.read(3)).toEqual([9, 9, 9])
})

test('no more goes through a second than is allowed', () => {
  const { world, from, to } = piped({ bytesPerSecond: 100_000 })
  let passed = 0
  for (let ms = 0; ms < 10_000; ms += 10) {
    while (!from.isPaused) {
      from.onBytes(new Uint8Array(16 * KiB))
      passed += 16 * KiB
      to.read(1)
    }
    world.advance(10)
  }
  expect(passed).toBeGreaterThan(950_000)
  expect(passed).toBeLessThan(1_050_000)
})

test('what is too much is not passed on', () => {
  const { from, to } = piped({ count: () => false })
  from.onBytes(new Uint8Array(10))
  expect(to.waiting).toEqual([])
})
