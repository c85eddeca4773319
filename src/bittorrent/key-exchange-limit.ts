import type { World } from '../base/index.ts'

/** Bounds how many key exchanges strangers may begin in each second: one costs half a millisecond, and them nothing. */
export class KeyExchangeLimit {
  readonly #world: World
  readonly #perSecond: number
  #since = Number.NEGATIVE_INFINITY
  #count = 0

  constructor(world: World, perSecond: number) {
    this.#world = world
    this.#perSecond = perSecond
  }

  /** Counts one. */
  allows(): boolean {
    const now = this.#world.now()
    if (now - this.#since >= 1000) {
      this.#since = now
      this.#count = 0
    }
    return ++this.#count <= this.#perSecond
  }
}
