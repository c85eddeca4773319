import type { World } from '../../base/index.ts'

/** So many bytes at once, and so many a second in the long run. */
export class Allowance {
  readonly #world: World
  readonly #burst: number
  readonly #perSecond: number
  #left: number
  #at: number

  constructor(world: World, burst: number, perSecond: number) {
    this.#world = world
    this.#burst = burst
    this.#perSecond = perSecond
    this.#left = burst
    this.#at = world.now()
  }

  /** Takes `bytes`, and gives the milliseconds after which more may follow. */
  take(bytes: number): number {
    const now = this.#world.now()
    this.#left = Math.min(this.#burst, this.#left + ((now - this.#at) * this.#perSecond) / 1_000) - bytes
    this.#at = now
    return this.#left >= 0 ? 0 : (-this.#left * 1_000) / this.#perSecond
  }
}
