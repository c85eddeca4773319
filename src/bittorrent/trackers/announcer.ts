import { PeerageError, type Timer, toHex, type World } from '../../base/index.ts'
import type { Endpoint } from '../../network/index.ts'
import type { DiscoveryStatus } from '../../swarm/index.ts'
import type { AnnounceReply, AnnounceRequest } from '../../wire/index.ts'
import type { TrackersConfig } from './config.ts'
import type { Scrapes } from './scrapes.ts'
import { TrackerState } from './tracker-state.ts'

/** One content as trackers are told of it. */
export interface AnnouncedContent {
  /** 20 bytes each; trackers are told of every one. */
  readonly names: readonly Uint8Array[]
  readonly tiers: readonly (readonly string[])[]
  progress(): { readonly uploaded: number; readonly downloaded: number; readonly left: number | undefined }
  /** Peers that a tracker knows by that one of the names. */
  onPeers(peers: readonly Endpoint[], name: Uint8Array): void
}

/** Asks one tracker; gives peers to `found` as they come, which may be before it resolves. */
export type Ask = (
  url: string,
  request: Omit<AnnounceRequest, 'peerId' | 'port' | 'key'>,
  signal: AbortSignal,
  found: (peers: readonly Endpoint[]) => void,
) => Promise<AnnounceReply>

export interface AnnouncerParts {
  readonly world: World
  readonly config: TrackersConfig
  readonly content: AnnouncedContent
  readonly scrapes?: Scrapes
  ask: Ask
}

/**
 * Announces one content to its trackers (BEP 3, BEP 12): to one of the first tier that works. Events are told once to each tracker
 * that knows of us, under every name of the content.
 */
export class Announcer {
  readonly #parts: AnnouncerParts
  #tiers: TrackerState[][] = []
  readonly #abort = new AbortController()
  #timer: Timer | undefined
  readonly #busy = new Set<TrackerState>()
  /** What ends the scraping of one name at one tracker. */
  readonly #unscrape = new Map<string, () => void>()

  constructor(parts: AnnouncerParts) {
    this.#parts = parts
    this.setTiers(parts.content.tiers)
  }

  /** Trackers that stay keep what is known of them. Within a tier the order is shuffled (BEP 12). */
  setTiers(tiers: readonly (readonly string[])[]): void {
    const { world, config, content } = this.#parts
    const known = new Map(this.#tiers.flat().map(tracker => [tracker.url, tracker]))
    // Metadata may have brought the other name of a hybrid.
    for (const tracker of known.values())
      if (tracker.isTold && content.names.some(name => !tracker.isToldOf(name))) tracker.now()
    const fresh = tiers.flat().filter(url => !known.has(url))
    if (fresh.length > 0 || known.size !== tiers.flat().length)
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

  /** A user is in a hurry: as soon as the trackers allow. */
  hurry(): void {
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
    for (const end of this.#unscrape.values()) end()
    const { world, config, content } = this.#parts
    const late = new AbortController()
    const timer = world.after(config.stopTimeoutMs, () => late.abort(new Error('too slow')))
    await Promise.allSettled(
      this.#tiers.flat().flatMap(tracker =>
        content.names
          // Whoever is being asked right now may know of us, too.
          .filter(name => tracker.isToldOf(name) || this.#busy.has(tracker))
          .map(name => this.#announce(tracker, name, 'stopped', late.signal)),
      ),
    )
    timer.cancel()
  }

  #schedule(): void {
    this.#timer?.cancel()
    if (this.#abort.signal.aborted) return
    const { world } = this.#parts
    let soonest = Number.POSITIVE_INFINITY
    for (const [, tracker] of this.#inTurn()) soonest = Math.min(soonest, tracker.nextAt)
    if (soonest < Number.POSITIVE_INFINITY)
      this.#timer = world.after(Math.max(0, soonest - world.now()), () => this.#run())
  }

  /** The tracker of each tier that is used and not busy, down to the first tier with one that works (BEP 12). */
  *#inTurn(): Iterable<[tier: TrackerState[], tracker: TrackerState]> {
    for (const tier of this.#tiers) {
      const usable = tier.filter(tracker => tracker.isSupported)
      const working = usable.find(tracker => !tracker.failed)
      const current = working ?? usable.toSorted((a, b) => a.nextAt - b.nextAt)[0]
      if (current !== undefined && !this.#busy.has(current)) yield [tier, current]
      if (working !== undefined && !this.#parts.config.allTiers) return
    }
  }

  #run(): void {
    const now = this.#parts.world.now()
    const due = [...this.#inTurn()].filter(([, tracker]) => tracker.nextAt <= now)
    for (const [tier, tracker] of due) void this.#ask(tier, tracker)
    this.#schedule()
  }

  async #ask(tier: TrackerState[], tracker: TrackerState): Promise<void> {
    this.#busy.add(tracker)
    tracker.begin()
    try {
      tracker.succeeded(await this.#announceAll(tracker))
      // BEP 12: one that answers comes first from now on.
      tier.splice(tier.indexOf(tracker), 1)
      tier.unshift(tracker)
      this.#scrape(tracker)
      // It completed meanwhile.
      if (this.#owesNews(tracker)) tracker.now()
    } catch (error) {
      if (this.#abort.signal.aborted) return
      tracker.failedWith(error)
    } finally {
      this.#busy.delete(tracker)
    }
    this.#schedule()
  }

  /** One name after the other; it works when it works for one of them, for some trackers know only the names of v1. */
  async #announceAll(tracker: TrackerState): Promise<AnnounceReply> {
    const { content } = this.#parts
    const { signal } = this.#abort
    let last: AnnounceReply | undefined
    let problem: unknown
    for (const name of content.names) {
      const isComplete = content.progress().left === 0
      try {
        last = await this.#announce(tracker, name, tracker.eventFor(name, isComplete), signal)
        tracker.heard(name, isComplete, last)
      } catch (error) {
        problem ??= error
        // A tracker that is away is not waited for twice.
        if (signal.aborted || !(error instanceof PeerageError) || error.code === 'network.unreachable') break
      }
    }
    signal.throwIfAborted()
    if (last === undefined) throw problem
    return last
  }

  #owesNews(tracker: TrackerState): boolean {
    const { names, progress } = this.#parts.content
    const isComplete = progress().left === 0
    return names.some(name => tracker.isToldOf(name) && tracker.eventFor(name, isComplete) !== undefined)
  }

  #announce(
    tracker: TrackerState,
    infoHash: Uint8Array,
    event: AnnounceRequest['event'],
    signal: AbortSignal,
  ): Promise<AnnounceReply> {
    const { content, config, ask } = this.#parts
    const { trackerId } = tracker
    const progress = content.progress()
    const request = { infoHash, ...progress, event, wanted: config.wanted, trackerId }
    return ask(tracker.url, request, signal, peers => {
      if (peers.length > 0 && !this.#abort.signal.aborted) content.onPeers(peers, infoHash)
    })
  }

  /** Whoever was told of a content is asked for the size of its swarm from time to time. */
  #scrape(tracker: TrackerState): void {
    const { scrapes, content } = this.#parts
    if (scrapes === undefined || this.#abort.signal.aborted) return
    for (const name of content.names) {
      const key = `${toHex(name)} ${tracker.url}`
      if (this.#unscrape.has(key)) continue
      this.#unscrape.set(
        key,
        scrapes.add(tracker.url, name, counts => tracker.counted(name, counts)),
      )
    }
  }
}
