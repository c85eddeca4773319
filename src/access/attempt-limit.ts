import type { World } from '../base/index.ts'

interface Bucket {
  tokens: number
  at: number
}

/** Counts failures of each peer: a token bucket that holds one minute's worth. Bounded; the peer quiet for longest is forgotten first. */
export class AttemptLimit {
  readonly #world: World
  readonly #perMinute: number
  readonly #maxPeers: number
  readonly #buckets = new Map<string, Bucket>()

  constructor(world: World, perMinute: number, maxPeers: number) {
    this.#world = world
    this.#perMinute = perMinute
    this.#maxPeers = maxPeers
  }

  /** Whether `peer` may try (again). */
  allows(peer: string): boolean {
    const bucket = this.#buckets.get(peer)
    return bucket === undefined || this.#refill(bucket) >= 1
  }

  /** Notes that `peer` tried and failed. */
  failed(peer: string): void {
    const bucket = this.#buckets.get(peer) ?? { tokens: this.#perMinute, at: this.#world.now() }
    bucket.tokens = Math.max(0, this.#refill(bucket) - 1)
    // Inserted anew, so that the map is in the order of the last failure.
    this.#buckets.delete(peer)
    this.#buckets.set(peer, bucket)
    if (this.#buckets.size > this.#maxPeers) this.#buckets.delete(this.#buckets.keys().next().value!)
  }

  get size(): number {
    return this.#buckets.size
  }

  #refill(bucket: Bucket): number {
    const now = this.#world.now()
    bucket.tokens = Math.min(this.#perMinute, bucket.tokens + ((now - bucket.at) * this.#perMinute) / 60_000)
    bucket.at = now
    return bucket.tokens
  }
}
