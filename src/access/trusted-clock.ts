import type { World } from '../base/index.ts'

/** How long the machine's clock must stay behind before it is believed that it was wrong before. */
const settleMs = 3_600_000

/**
 * The time that expiries are judged by, in a world whose wall clock may jump. Setting the clock back does not bring to life
 * again what had expired: the time is the later one of the wall clock and of the wall clock at start plus the steady time
 * since. Setting it ahead ends permissions for as long as it is ahead. When the wall clock has stayed behind for an hour it
 * is taken to have been corrected (a machine that started with a wrong date), and counts from then on.
 */
export class TrustedClock {
  readonly #world: World
  #offset: number
  #behindSince: number | undefined

  constructor(world: World) {
    this.#world = world
    this.#offset = Math.floor(world.wallTime() - world.now())
  }

  /** Whole milliseconds since the Unix epoch. */
  now(): number {
    const steady = Math.floor(this.#world.now())
    const wall = Math.floor(this.#world.wallTime())
    const expected = this.#offset + steady
    // Small corrections are followed at once; they are no jump.
    if (wall >= expected - 60_000) {
      this.#behindSince = undefined
      return Math.max(wall, expected)
    }
    this.#behindSince ??= steady
    if (steady - this.#behindSince < settleMs) return expected
    this.#offset = wall - steady
    this.#behindSince = undefined
    return wall
  }
}
