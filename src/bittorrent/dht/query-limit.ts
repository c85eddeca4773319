import type { World } from '../../base/index.ts'
import type { DhtConfig } from './config.ts'

/** Bounds what is answered in each second, to one address and to all. */
export class QueryLimit {
  readonly #world: World
  readonly #config: DhtConfig
  readonly #recent = new Map<string, number>()
  #all = 0
  #since = 0

  constructor(world: World, config: DhtConfig) {
    this.#world = world
    this.#config = config
  }

  allows(address: string): boolean {
    const now = this.#world.now()
    if (now - this.#since >= 1000) {
      this.#recent.clear()
      this.#all = 0
      this.#since = now
    }
    const own = this.#recent.get(address) ?? 0
    if (this.#all >= this.#config.maxQueriesPerSecond || own >= this.#config.maxQueriesPerAddress)
      return false
    this.#all++
    this.#recent.set(address, own + 1)
    return true
  }
}
