import type { Random, Timer, World } from './world.ts'

/** mulberry32: 32 bits of state, the same sequence for the same seed everywhere. Not for keys. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
  return {
    fraction: () => next() / 4294967296,
    below: bound => Math.floor((next() / 4294967296) * bound),
    bytes: length => Uint8Array.from({ length }, () => next() & 255),
  }
}

interface Scheduled {
  readonly at: number
  readonly order: number
  readonly run: () => void
  cancelled: boolean
}

/** A world whose time moves only when told to; events at the same time run in the order they were scheduled. */
export class VirtualWorld implements World {
  readonly random: Random
  readonly seed: number
  /** Where on earth the machine is: milliseconds ahead of UTC at a wall time. */
  zone: (wallTime: number) => number = () => 0
  #now = 0
  #order = 0
  #epoch: number
  readonly #heap: Scheduled[] = []

  constructor(seed: number, epochMs = 1_700_000_000_000) {
    this.seed = seed
    this.random = seededRandom(seed)
    this.#epoch = epochMs
  }

  now(): number {
    return this.#now
  }

  wallTime(): number {
    return this.#epoch + this.#now
  }

  /** UTC, until `zone` is set. */
  localOffset(wallTime: number): number {
    return this.zone(wallTime)
  }

  /** Makes the machine's clock jump; monotonic time is unmoved. */
  jumpWallTime(byMs: number): void {
    this.#epoch += byMs
  }

  after(delayMs: number, callback: () => void): Timer {
    const entry: Scheduled = {
      at: this.#now + Math.max(0, delayMs),
      order: this.#order++,
      run: callback,
      cancelled: false,
    }
    this.#push(entry)
    return {
      cancel: () => {
        entry.cancelled = true
      },
    }
  }

  every(intervalMs: number, callback: () => void): Timer {
    let timer: Timer
    const again = (): void => {
      timer = this.after(intervalMs, again)
      callback()
    }
    timer = this.after(intervalMs, again)
    return { cancel: () => timer.cancel() }
  }

  /** Runs the next event, moving time to it. False when nothing is scheduled. */
  step(): boolean {
    for (;;) {
      const entry = this.#pop()
      if (entry === undefined) return false
      if (entry.cancelled) continue
      this.#now = entry.at
      entry.run()
      return true
    }
  }

  /** Runs all events up to `timeMs` from now, then moves time there. */
  advance(timeMs: number): void {
    const until = this.#now + timeMs
    for (let top = this.#heap[0]; top !== undefined && top.at <= until; top = this.#heap[0]) {
      if (top.cancelled) this.#pop()
      else this.step()
    }
    this.#now = until
  }

  #before(a: Scheduled, b: Scheduled): boolean {
    return a.at < b.at || (a.at === b.at && a.order < b.order)
  }

  #push(entry: Scheduled): void {
    const heap = this.#heap
    let at = heap.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#before(entry, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = entry
  }

  #pop(): Scheduled | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || top === last) return top
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.#before(heap[child + 1]!, heap[child]!)) child++
      if (!this.#before(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return top
  }
}
