import { type Timer, toHex, type World } from '../../base/index.ts'
import { type ScrapeReply, type SwarmCounts, scrapeUrl } from '../../wire/index.ts'
import type { TrackersConfig } from './config.ts'

export interface ScrapesParts {
  readonly world: World
  readonly config: TrackersConfig
  /** Asks about all names at once; how they are put into requests is the tracker's protocol's matter. */
  ask(url: string, names: readonly Uint8Array[]): Promise<ScrapeReply>
}

interface Wish {
  readonly name: Uint8Array
  readonly tell: (counts: SwarmCounts) => void
  nextAt: number
}

/** Contents that are added together are asked about together. */
const gatherMs = 10_000
/** One that fails so often cannot be scraped. */
const mostFailures = 3

/** Asks each tracker how large the swarms are (BEP 48), about all contents at once and seldom. */
export class Scrapes {
  readonly #parts: ScrapesParts
  readonly #trackers = new Map<string, TrackerScrapes>()

  constructor(parts: ScrapesParts) {
    this.#parts = parts
  }

  /** Tells how large a swarm is whenever the tracker says. Returns what ends it. */
  add(url: string, name: Uint8Array, tell: (counts: SwarmCounts) => void): () => void {
    // BEP 48: whose path does not end in `announce` has none. UDP trackers all have.
    if (!url.startsWith('udp:') && scrapeUrl(url, []) === undefined) return () => undefined
    let tracker = this.#trackers.get(url)
    if (tracker === undefined) {
      tracker = new TrackerScrapes(url, this.#parts)
      this.#trackers.set(url, tracker)
    }
    const remove = tracker.add(name, tell)
    return () => {
      remove()
      if (tracker.isEmpty) this.#trackers.delete(url)
    }
  }

  stop(): void {
    for (const tracker of this.#trackers.values()) tracker.stop()
    this.#trackers.clear()
  }
}

class TrackerScrapes {
  readonly #url: string
  readonly #parts: ScrapesParts
  readonly #wishes = new Set<Wish>()
  #timer: Timer | undefined
  #earliest = 0
  #failures = 0
  #asking = false

  constructor(url: string, parts: ScrapesParts) {
    this.#url = url
    this.#parts = parts
  }

  get isEmpty(): boolean {
    return this.#wishes.size === 0
  }

  add(name: Uint8Array, tell: (counts: SwarmCounts) => void): () => void {
    const wish = { name, tell, nextAt: this.#parts.world.now() + gatherMs }
    this.#wishes.add(wish)
    this.#schedule()
    return () => {
      this.#wishes.delete(wish)
      if (this.isEmpty) this.stop()
    }
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#asking || this.#failures >= mostFailures) return
    let soonest = Number.POSITIVE_INFINITY
    for (const { nextAt } of this.#wishes) soonest = Math.min(soonest, nextAt)
    if (soonest === Number.POSITIVE_INFINITY) return
    const { world } = this.#parts
    const wait = Math.max(0, soonest - world.now(), this.#earliest - world.now())
    this.#timer = world.after(wait, () => void this.#run())
  }

  async #run(): Promise<void> {
    const { world, config, ask } = this.#parts
    this.#timer = undefined
    this.#asking = true
    const due = [...this.#wishes].filter(({ nextAt }) => nextAt <= world.now() + gatherMs)
    const again = world.now() + config.scrapeMs * (1 + world.random.fraction() / 10)
    for (const wish of due) wish.nextAt = again
    this.#earliest = world.now() + config.minIntervalMs
    try {
      const { counts, minInterval = 0 } = await ask(
        this.#url,
        due.map(({ name }) => name),
      )
      this.#failures = 0
      this.#earliest =
        world.now() + Math.min(config.maxIntervalMs, Math.max(config.minIntervalMs, minInterval * 1000))
      for (const { name, tell } of due) {
        const found = counts.get(toHex(name))
        if (found !== undefined) tell(found)
      }
    } catch {
      this.#failures++
    }
    this.#asking = false
    this.#schedule()
  }
}
