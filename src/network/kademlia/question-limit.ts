import { TokenBucket, type World } from '../../base/index.ts'

/** Who asks at the same time; of more, those that asked longest ago are forgotten. */
const maxAskers = 1_024
const burstSeconds = 10

/** At most so many questions of one peer are answered. */
export class QuestionLimit {
  readonly #world: World
  readonly #perSecond: number
  readonly #askers = new Map<string, TokenBucket>()

  constructor(world: World, perSecond: number) {
    this.#world = world
    this.#perSecond = perSecond
  }

  allows(peer: string): boolean {
    const now = this.#world.now()
    const bucket =
      this.#askers.get(peer) ?? new TokenBucket(this.#perSecond, now, this.#perSecond * burstSeconds)
    this.#askers.delete(peer)
    this.#askers.set(peer, bucket)
    if (this.#askers.size > maxAskers) this.#askers.delete(this.#askers.keys().next().value!)
    if (bucket.waitMs(now) > 0) return false
    bucket.spend(1)
    return true
  }
}
