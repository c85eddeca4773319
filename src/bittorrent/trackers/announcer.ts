import type { Timer, World } from '../../base/index.ts'
import type { Endpoint } from '../../network/index.ts'
import type { DiscoveryStatus } from '../../swarm/index.ts'
import type { AnnounceReply, AnnounceRequest } from '../../wire/index.ts'
import type { TrackersConfig } from './config.ts'
import { TrackerState } from './tracker-state.ts'

/** One content as trackers are told of it. */
export interface AnnouncedContent {
  /** 20 bytes each; trackers are told of every one. */
  readonly names: readonly Uint8Array[]
  readonly tiers: readonly (readonly string[])[]
  progress(): { readonly uploaded: number; readonly downloaded: number; readonly left: number | undefined }
  onPeers(peers: readonly Endpoint[]): void
}

export type Ask = (
  url: string,
  request: Omit<AnnounceRequest, 'peerId' | 'port' | 'key'>,
  signal: AbortSignal,
) => Promise<AnnounceReply>

export interface AnnouncerParts {
  readonly world: World
  readonly config: TrackersConfig
  readonly content: AnnouncedContent
  ask: Ask
}

/**
 * Announces one content to its trackers (BEP 3, BEP 12): in each tier to one tracker, the next one when that fails. Events are told
 * once to each tracker that knows of us.
 */
export class Announcer {
  readonly #parts: AnnouncerParts
  #tiers: TrackerState[][] = []
  readonly #abort = new AbortController()
  #timer: Timer | undefined
  readonly #busy = new Set<TrackerState>()

  constructor(parts: AnnouncerParts) {
    this.#parts = parts
    this.setTiers(parts.content.tiers)
  }

  /** Trackers that stay keep what is known of them. Within a tier the order is shuffled (BEP 12). */
  setTiers(tiers: readonly (readonly string[])[]): void {
    const { world, config } = this.#parts
    const known = new Map(this.#tiers.flat().map(tracker => [tracker.url, tracker]))
    const fresh = tiers.flat().filter(url => !known.has(url))
    if (fresh.length === 0 && known.size === tiers.flat().length) return
    this.#tiers = tiers.map(tier => {
      const states = tier.map(url => known.get(url) ?? new TrackerState(url, world, config))
      for (let i = states.length - 1; i > 0; i--) {
        const j = world.random.below(i + 1)
        ;[states[i], states[j]] = [states[j]!, states[i]!]
      }
      return states
    })
    this.#schedule()
  }

  /** All that is wanted is here now. */
  completed(): void {
    for (const tracker of this.#tiers.flat()) if (tracker.isTold) tracker.now()
    this.#schedule()
  }

  /** More peers are wanted: as soon as the trackers allow. */
  reannounce(): void {
    for (const tracker of this.#tiers.flat()) tracker.hurry()
    this.#schedule()
  }

  status(): DiscoveryStatus[] {
    return this.#tiers.flat().map(tracker => tracker.status())
  }

  /** Tells the trackers that know of us that we go, within a short time. */
  async stop(): Promise<void> {
    if (this.#abort.signal.aborted) return
    this.#abort.abort(new Error('stopped'))
    this.#timer?.cancel()
    const { world, config } = this.#parts
    const told = this.#tiers.flat().filter(tracker => tracker.isTold)
    if (told.length === 0) return
    const deadline = new AbortController()
    const timer = world.after(config.stopTimeoutMs, () => deadline.abort(new Error('too slow')))
    await Promise.allSettled(told.map(tracker => this.#announce(tracker, 'stopped', deadline.signal)))
    timer.cancel()
  }

  #schedule(): void {
    this.#timer?.cancel()
    if (this.#abort.signal.aborted) return
    const { world } = this.#parts
    let soonest = Number.POSITIVE_INFINITY
    for (const tier of this.#tiers) {
      const current = this.#current(tier)
      if (current !== undefined && !this.#busy.has(current)) soonest = Math.min(soonest, current.nextAt)
    }
    if (soonest === Number.POSITIVE_INFINITY) return
    this.#timer = world.after(Math.max(0, soonest - world.now()), () => this.#run())
  }

  /** The tracker of a tier that is used: the first one that works, or the one that may be tried soonest. */
  #current(tier: readonly TrackerState[]): TrackerState | undefined {
    const usable = tier.filter(tracker => tracker.isSupported)
    return usable.find(tracker => !tracker.failed) ?? usable.toSorted((a, b) => a.nextAt - b.nextAt)[0]
  }

  #run(): void {
    const now = this.#parts.world.now()
    for (const tier of this.#tiers) {
      const tracker = this.#current(tier)
      if (tracker !== undefined && !this.#busy.has(tracker) && tracker.nextAt <= now)
        void this.#ask(tier, tracker)
    }
    this.#schedule()
  }

  async #ask(tier: TrackerState[], tracker: TrackerState): Promise<void> {
    const isComplete = this.#parts.content.progress().left === 0
    const event = !tracker.isTold
      ? 'started'
      : isComplete && !tracker.isToldComplete
        ? 'completed'
        : undefined
    this.#busy.add(tracker)
    tracker.begin()
    try {
      const reply = await this.#announce(tracker, event, this.#abort.signal)
      tracker.isTold = true
      // Who was complete when it started has never completed.
      tracker.isToldComplete ||= isComplete
      tracker.succeeded(reply)
      // BEP 12: one that answers comes first from now on.
      tier.splice(tier.indexOf(tracker), 1)
      tier.unshift(tracker)
    } catch (error) {
      if (this.#abort.signal.aborted) return
      tracker.failedWith(error instanceof Error ? error.message : String(error))
    } finally {
      this.#busy.delete(tracker)
    }
    this.#schedule()
  }

  /** Every name of the content; the last reply counts for intervals. */
  async #announce(
    tracker: TrackerState,
    event: AnnounceRequest['event'],
    signal: AbortSignal,
  ): Promise<AnnounceReply> {
    const { content, config, ask } = this.#parts
    const { trackerId } = tracker
    let last: AnnounceReply | undefined
    for (const infoHash of content.names) {
      const wanted = content.progress().left === 0 ? 0 : config.wanted
      last = await ask(tracker.url, { infoHash, ...content.progress(), event, wanted, trackerId }, signal)
      if (last.peers.length > 0 && !this.#abort.signal.aborted) content.onPeers(last.peers)
    }
    return last!
  }
}
