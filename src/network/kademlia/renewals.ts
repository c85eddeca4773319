import { PeerageError, type Timer, toHex, type World } from '../../base/index.ts'

/** Announcements that run at the same time; the others wait their turn. */
const maxAtOnce = 2
/** So long after a failed one it is tried again. */
const retryMs = 300_000
/** Renewals are spread over this part of the time between them. */
const spread = 0.2

interface RenewalParts {
  readonly world: World
  readonly intervalMs: number
  readonly maxKeys: number
  /** Announces once. Answers at how many peers. */
  announce(key: Uint8Array): Promise<number>
}

interface Renewed {
  readonly key: Uint8Array
  users: number
  timer: Timer | undefined
  /** Peers that keep it since the last time. */
  at: number
}

/** Announces things again and again, each at a time of its own, few at once. */
export class Renewals {
  readonly #parts: RenewalParts
  readonly #all = new Map<string, Renewed>()
  readonly #queue = new Set<Renewed>()
  #running = 0

  constructor(parts: RenewalParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#all.size
  }

  /** Those that some peer keeps now. */
  get announced(): number {
    let count = 0
    for (const { at } of this.#all.values()) if (at > 0) count++
    return count
  }

  /** Until the returned function is called. Throws `network.limit`. */
  add(key: Uint8Array): () => void {
    const name = toHex(key)
    let renewed = this.#all.get(name)
    if (renewed === undefined) {
      if (this.#all.size >= this.#parts.maxKeys)
        throw new PeerageError('network.limit', 'Too much is announced already (kademlia.maxRenewed).')
      renewed = { key: key.slice(), users: 0, timer: undefined, at: 0 }
      this.#all.set(name, renewed)
      this.#enqueue(renewed)
    }
    const own = renewed
    own.users++
    return () => {
      if (--own.users > 0) return
      this.#all.delete(name)
      own.timer?.cancel()
    }
  }

  /** Announces all of them anew, for example because our addresses changed. */
  again(): void {
    for (const renewed of this.#all.values()) this.#enqueue(renewed)
  }

  stop(): void {
    for (const { timer } of this.#all.values()) timer?.cancel()
    this.#all.clear()
    this.#queue.clear()
  }

  #enqueue(renewed: Renewed): void {
    renewed.timer?.cancel()
    this.#queue.add(renewed)
    this.#next()
  }

  #next(): void {
    for (const renewed of this.#queue) {
      if (this.#running >= maxAtOnce) return
      this.#queue.delete(renewed)
      if (this.#isWanted(renewed)) void this.#run(renewed)
    }
  }

  #isWanted(renewed: Renewed): boolean {
    return this.#all.get(toHex(renewed.key)) === renewed
  }

  async #run(renewed: Renewed): Promise<void> {
    const { world, intervalMs, announce } = this.#parts
    this.#running++
    renewed.at = await announce(renewed.key).catch(() => 0)
    this.#running--
    if (this.#isWanted(renewed)) {
      const wholeMs = renewed.at > 0 ? intervalMs : Math.min(retryMs, intervalMs)
      const delayMs = wholeMs * (1 - spread * world.random.fraction())
      renewed.timer = world.after(delayMs, () => this.#enqueue(renewed))
    }
    this.#next()
  }
}
