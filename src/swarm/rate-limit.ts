import type { TokenBucket } from '../base/index.ts'

/** Buckets that all must agree: of this machine, of the share and of the peer. */
export class RateLimit {
  readonly #own: readonly TokenBucket[]
  #buckets: readonly TokenBucket[]

  constructor(...buckets: readonly TokenBucket[]) {
    this.#own = buckets
    this.#buckets = buckets
  }

  /** One more that must agree, in place of the one set before. */
  set also(bucket: TokenBucket | undefined) {
    this.#buckets = bucket === undefined ? this.#own : [...this.#own, bucket]
  }

  /** Milliseconds until all of them allow something; 0 is now. */
  waitMs(now: number): number {
    let wait = 0
    for (const bucket of this.#buckets) if (bucket.limited) wait = Math.max(wait, bucket.waitMs(now))
    return wait
  }

  spend(bytes: number): void {
    for (const bucket of this.#buckets) bucket.spend(bytes)
  }

  refund(bytes: number): void {
    for (const bucket of this.#buckets) bucket.refund(bytes)
  }

  /** The lowest limit in bytes per second; Infinity without one. */
  get bytesPerSecond(): number {
    let lowest = Number.POSITIVE_INFINITY
    for (const bucket of this.#buckets) if (bucket.limited) lowest = Math.min(lowest, bucket.bytesPerSecond)
    return lowest
  }
}
