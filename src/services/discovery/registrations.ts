import type { World } from '../../base/index.ts'

export interface RegistrationLimits {
  /** In all; more are refused. */
  readonly total: number
  readonly perPeer: number
  /** Of one address group, so that one machine cannot fill the table with made-up peers. */
  readonly perGroup: number
  readonly perTopic: number
  readonly maxTtlMs: number
}

export interface Entry {
  readonly peer: string
  readonly topic: string
  readonly record: Uint8Array
  readonly expiresAt: number
  /** Rises with each that comes. */
  readonly order: number
}

interface Kept extends Entry {
  readonly group: string
}

/** Who can be met under which topic, for a while. Decides only; time comes from the world. */
export class Registrations {
  readonly #world: World
  readonly #limits: RegistrationLimits
  /** By topic, then by peer, in the order in which they came. */
  readonly #topics = new Map<string, Map<string, Kept>>()
  readonly #perPeer = new Map<string, number>()
  readonly #perGroup = new Map<string, number>()
  #size = 0
  #order = 0
  #swept = 0

  constructor(world: World, limits: RegistrationLimits) {
    this.#world = world
    this.#limits = limits
  }

  get size(): number {
    return this.#size
  }

  get topics(): number {
    return this.#topics.size
  }

  /** False: there is no room for it. `group`: where the peer comes from, see `addressGroup`. */
  add(
    topic: string,
    { peer, group, record }: Pick<Kept, 'peer' | 'group' | 'record'>,
    ttlMs: number,
  ): boolean {
    this.#sweep()
    const before = this.#topics.get(topic)?.get(peer)
    const { total, perPeer, perGroup, perTopic, maxTtlMs } = this.#limits
    const isFull =
      this.#size >= total ||
      (this.#perPeer.get(peer) ?? 0) >= perPeer ||
      (this.#perGroup.get(group) ?? 0) >= perGroup ||
      (this.#topics.get(topic)?.size ?? 0) >= perTopic
    if (before === undefined && isFull) return false
    if (before !== undefined) this.#drop(before)
    const expiresAt = this.#world.now() + Math.min(ttlMs, maxTtlMs)
    const peers = this.#topics.get(topic) ?? new Map<string, Kept>()
    this.#topics.set(topic, peers)
    peers.set(peer, { topic, peer, group, record: record.slice(), expiresAt, order: ++this.#order })
    this.#count(peer, group, 1)
    return true
  }

  remove(topic: string, peer: string): void {
    const kept = this.#topics.get(topic)?.get(peer)
    if (kept !== undefined) this.#drop(kept)
  }

  /** Of those that came after `order`, the first `limit`, in the order in which they came. */
  find(topic: string, limit: number, order = 0): Entry[] {
    const now = this.#world.now()
    const found: Entry[] = []
    for (const kept of this.#topics.get(topic)?.values() ?? []) {
      if (found.length >= limit) break
      if (kept.order > order && kept.expiresAt > now) found.push(kept)
    }
    return found
  }

  #drop({ topic, peer, group }: Kept): void {
    const peers = this.#topics.get(topic)
    if (peers?.delete(peer) !== true) return
    if (peers.size === 0) this.#topics.delete(topic)
    this.#count(peer, group, -1)
  }

  #count(peer: string, group: string, by: number): void {
    this.#size += by
    for (const [counts, key] of [
      [this.#perPeer, peer],
      [this.#perGroup, group],
    ] as const) {
      const count = (counts.get(key) ?? 0) + by
      if (count > 0) counts.set(key, count)
      else counts.delete(key)
    }
  }

  /** Drops what is over, at most once a minute. */
  #sweep(): void {
    const now = this.#world.now()
    if (now - this.#swept < 60_000) return
    this.#swept = now
    for (const peers of [...this.#topics.values()])
      for (const kept of [...peers.values()]) if (kept.expiresAt <= now) this.#drop(kept)
  }
}
