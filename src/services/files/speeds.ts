import type { Timer, World } from '../../base/index.ts'

/** How fast it went: mean bytes per second of each step, the oldest first. */
export interface Speeds {
  readonly stepMs: number
  /** World.wallTime() at the end of the last step. */
  readonly until: number
  readonly down: readonly number[]
  readonly up: readonly number[]
}

/** What is measured: payload bytes that came and went over all runs. */
export interface Measured {
  readonly id: string
  readonly downloaded: number
  readonly uploaded: number
}

export const speedStepMs = 5_000
/** An hour. */
export const speedSteps = 720
/** How many transfers are remembered: those that moved something last, 6 KB each. */
export const maxSpeeds = 1_000

const everything = ''

/** How fast each transfer was during the last hour, and all of them together. Nothing is kept of one that stood still. */
export class SpeedRecorder {
  readonly #world: World
  readonly #rings = new Map<string, Ring>()
  readonly #before = new Map<string, Measured>()
  #timer: Timer | undefined
  #step = 0
  #until: number

  constructor(world: World) {
    this.#world = world
    this.#until = world.wallTime()
  }

  /** Measures until `stop`. What is there already when it begins has moved before. */
  start(all: () => Iterable<Measured>): void {
    this.#remember(all())
    this.#timer = this.#world.every(speedStepMs, () => this.#measure(all()))
  }

  stop(): void {
    this.#timer?.cancel()
  }

  forget(id: string): void {
    this.#rings.delete(id)
  }

  /** Of one transfer, of all when none is named. */
  of(id: string = everything): Speeds {
    const ring = this.#rings.get(id)
    const [down = [], up = []] =
      ring === undefined ? [] : [ring.read(0, this.#step), ring.read(1, this.#step)]
    return { stepMs: speedStepMs, until: this.#until, down, up }
  }

  #measure(all: Iterable<Measured>): void {
    const step = ++this.#step
    this.#until = this.#world.wallTime()
    let down = 0
    let up = 0
    const now: Measured[] = []
    for (const one of all) {
      now.push(one)
      const before = this.#before.get(one.id)
      const moved = [
        Math.max(0, one.downloaded - (before?.downloaded ?? 0)),
        Math.max(0, one.uploaded - (before?.uploaded ?? 0)),
      ] as const
      down += moved[0]
      up += moved[1]
      if (moved[0] + moved[1] > 0) this.#ring(one.id).write(step, ...moved)
    }
    if (down + up > 0 || this.#rings.has(everything)) this.#ring(everything).write(step, down, up)
    this.#remember(now)
    for (const [id, ring] of this.#rings) if (step - ring.last >= speedSteps) this.#rings.delete(id)
  }

  #remember(all: Iterable<Measured>): void {
    this.#before.clear()
    for (const one of all) this.#before.set(one.id, one)
  }

  /** Those that moved last are the last of the map. */
  #ring(id: string): Ring {
    const ring = this.#rings.get(id) ?? new Ring(this.#step)
    this.#rings.delete(id)
    this.#rings.set(id, ring)
    if (this.#rings.size > maxSpeeds) this.#rings.delete(this.#rings.keys().next().value!)
    return ring
  }
}

/** Bytes per second by step, both ways, of the last hour. */
class Ring {
  /** The first step that is known, and the last one in which something moved. */
  readonly first: number
  last: number
  readonly #values: readonly [Float32Array, Float32Array] = [
    new Float32Array(speedSteps),
    new Float32Array(speedSteps),
  ]

  constructor(step: number) {
    this.first = step
    this.last = step
  }

  write(step: number, down: number, up: number): void {
    // Steps in which nothing moved were not written.
    for (let at = Math.max(this.last + 1, step - speedSteps + 1); at < step; at++) this.#set(at, 0, 0)
    this.#set(step, down, up)
    this.last = step
  }

  /** Until `step`, the oldest first. */
  read(way: 0 | 1, step: number): number[] {
    const out: number[] = []
    for (let at = Math.max(this.first, step - speedSteps + 1); at <= step; at++)
      out.push(at > this.last ? 0 : Math.round(this.#values[way][at % speedSteps]!))
    return out
  }

  #set(step: number, down: number, up: number): void {
    this.#values[0][step % speedSteps] = (down * 1000) / speedStepMs
    this.#values[1][step % speedSteps] = (up * 1000) / speedStepMs
  }
}
