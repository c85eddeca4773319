import type { Contact } from './contact.ts'
import { distanceOf, type Place } from './place.ts'
import { bucketSize } from './routing-table.ts'

/** Random look-ups that are remembered; the oldest go first. */
const maxSamples = 8
const fewestSamples = 3

/**
 * How many peers there are, from how near the nearest ones to places are that nobody else chose. The median: who sits around some
 * of these places, our own for example, with many names does not move it.
 */
export class SizeEstimate {
  readonly #random: number[] = []
  #own: number | undefined

  /** Tells the nearest peers to our own place or to a random one; `nearest` has the nearest first. */
  add(target: Place, nearest: readonly Contact[], isOwn: boolean): void {
    if (nearest.length < bucketSize) return
    // The k-th nearest of n is on average k/(n+1) of the space away.
    const sample = (bucketSize - 1) / distanceOf(target, nearest[bucketSize - 1]!.place)
    if (isOwn) this.#own = sample
    else this.#random.push(sample)
    if (this.#random.length > maxSamples) this.#random.shift()
  }

  /** Undefined until there is enough to tell. */
  get size(): number | undefined {
    const samples = this.#own === undefined ? [...this.#random] : [this.#own, ...this.#random]
    if (samples.length < fewestSamples) return undefined
    return samples.sort((a, b) => a - b)[samples.length >> 1]!
  }

  /** The distance within which as many peers are expected as a look-up wants; 0: not known. */
  get radius(): number {
    return this.size === undefined ? 0 : Math.min(1, bucketSize / this.size)
  }
}
