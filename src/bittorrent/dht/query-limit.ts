import type { World } from '../../base/index.ts'
import { networkOf } from './addresses.ts'
import type { DhtConfig } from './config.ts'

/**
 * Bounds what is answered in each second: to one address (IPv6: one /64), to all, and in bytes. The last is what keeps us from
 * being an amplifier: BEP 5 makes answers larger than questions, and nothing proves that who asks is who it says.
 */
export class QueryLimit {
  readonly #world: World
  readonly #config: DhtConfig
  readonly #recent = new Map<string, number>()
  #all = 0
  #bytes = 0
  #since = 0

  constructor(world: World, config: DhtConfig) {
    this.#world = world
    this.#config = config
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#recent.size
  }

  /** Counts a question. */
  allows(address: string): boolean {
    this.#turn()
    const key = address.includes(':') ? networkOf(address) : address
    const own = this.#recent.get(key) ?? 0
    if (this.#all >= this.#config.maxQueriesPerSecond || own >= this.#config.maxQueriesPerAddress)
      return false
    this.#all++
    this.#recent.set(key, own + 1)
    return true
  }

  /** Counts an answer. */
  allowsReply(bytes: number): boolean {
    this.#turn()
    if (this.#bytes + bytes > this.#config.maxReplyBytesPerSecond) return false
    this.#bytes += bytes
    return true
  }

  #turn(): void {
    const now = this.#world.now()
    if (now - this.#since < 1000) return
    this.#recent.clear()
    this.#all = 0
    this.#bytes = 0
    this.#since = now
  }
}
