import type { World } from '../../base/index.ts'
import type { LsdConfig } from './config.ts'

const minuteMs = 60_000

/** How many packets of whom are read in a minute. */
export class SenderLimit {
  readonly #world: World
  readonly #config: LsdConfig
  readonly #counts = new Map<string, number>()
  #began: number

  constructor(world: World, config: LsdConfig) {
    this.#world = world
    this.#config = config
    this.#began = world.now()
  }

  /** Counts a packet of `sender`; false when it is one too many. */
  take(sender: string): boolean {
    const now = this.#world.now()
    if (now - this.#began >= minuteMs) {
      this.#began = now
      this.#counts.clear()
    }
    const count = (this.#counts.get(sender) ?? 0) + 1
    const { maxSenders, maxPacketsPerMinute } = this.#config
    if (count > maxPacketsPerMinute || (count === 1 && this.#counts.size >= maxSenders)) return false
    this.#counts.set(sender, count)
    return true
  }
}
