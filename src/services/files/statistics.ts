import type { KeyValue } from '../../access/index.ts'
import { type Timer, type World, z } from '../../base/index.ts'

/** What this peer has done over all its runs. */
export interface Totals {
  /** Payload bytes, waste counted. */
  readonly downloaded: number
  readonly uploaded: number
  /** The part of them that the public network sent and got. */
  readonly publicDownloaded: number
  readonly publicUploaded: number
  /** Received and thrown away: sent twice, or not what it should be. */
  readonly wasted: number
  /** Milliseconds for which it ran. */
  readonly runningMs: number
}

/** Written to disk no later than this: what `kill -9` can cost. */
export const flushMs = 30_000

const kind = 'files.statistics'
const key = 'totals'
const amount = z.number().min(0).default(0)
const schema: z.ZodType<Totals> = z.object({
  downloaded: amount,
  uploaded: amount,
  publicDownloaded: amount,
  publicUploaded: amount,
  wasted: amount,
  runningMs: amount,
})

/**
 * Counts for the whole peer, kept over restarts. Its running time is also the clock by which seeding is timed: it stands still
 * while the peer does not run, and no change of the machine's clock moves it.
 */
export class Statistics {
  readonly #world: World
  readonly #state: KeyValue
  readonly #startedAt: number
  #totals: Totals
  #timer: Timer | undefined

  constructor(world: World, state: KeyValue) {
    this.#world = world
    this.#state = state
    this.#startedAt = world.now()
    this.#totals = schema.catch(schema.parse({})).parse(state.get(kind, key))
  }

  get totals(): Totals {
    return { ...this.#totals, runningMs: this.clock() }
  }

  /** Running time as it stood on disk when this run began: an earlier run that was killed lasted until then. */
  get runningBefore(): number {
    return this.#totals.runningMs
  }

  /** Milliseconds for which this peer has run, over all runs. */
  clock(): number {
    return this.#totals.runningMs + this.#world.now() - this.#startedAt
  }

  add(moved: Omit<Totals, 'runningMs'>): void {
    const sum = { ...this.#totals }
    for (const name of ['downloaded', 'uploaded', 'publicDownloaded', 'publicUploaded', 'wasted'] as const)
      sum[name] += moved[name]
    this.#totals = sum
  }

  /** Writes itself and whatever `flush` writes to disk, twice a minute until `stop`. */
  start(flush: () => void): void {
    this.#timer = this.#world.every(flushMs, () => {
      flush()
      this.#save()
    })
  }

  stop(): void {
    this.#timer?.cancel()
    this.#save()
  }

  #save(): void {
    this.#state.put(kind, key, this.totals)
  }
}
