import { PeerageError, toHex, type World } from '../../base/index.ts'
import type { DiscoveryStatus } from '../../swarm/index.ts'
import type { AnnounceReply, AnnounceRequest, SwarmCounts } from '../../wire/index.ts'
import type { TrackersConfig } from './config.ts'

/** What we know of one tracker for one content: when it may be asked next, and how it went. Decides only. */
export class TrackerState {
  readonly url: string
  readonly #world: World
  readonly #config: TrackersConfig
  nextAt: number
  trackerId: string | undefined
  /** Names (in hex) under which it was told that we are there; it must be told when we go. */
  readonly #told = new Set<string>()
  /** Names under which it was told that all is here. */
  readonly #toldComplete = new Set<string>()
  readonly #counts = new Map<string, Partial<SwarmCounts>>()
  #failures = 0
  #peers = 0
  #working = false
  #message: string | undefined
  #earliest = 0

  constructor(url: string, world: World, config: TrackersConfig) {
    this.url = url
    this.#world = world
    this.#config = config
    this.nextAt = world.now()
  }

  get failed(): boolean {
    return this.#failures > 0
  }

  get isSupported(): boolean {
    return /^(https?|udp):/i.test(this.url)
  }

  get isTold(): boolean {
    return this.#told.size > 0
  }

  isToldOf(name: Uint8Array): boolean {
    return this.#told.has(toHex(name))
  }

  /** What has to be said next (BEP 3): that we are there, that we completed, or nothing new. */
  eventFor(name: Uint8Array, isComplete: boolean): AnnounceRequest['event'] {
    const id = toHex(name)
    if (!this.#told.has(id)) return 'started'
    return isComplete && !this.#toldComplete.has(id) ? 'completed' : undefined
  }

  begin(): void {
    this.#working = true
  }

  /** It answered about one name, and knows now what it was told. */
  heard(name: Uint8Array, isComplete: boolean, { seeds, leeches, peers }: AnnounceReply): void {
    const id = toHex(name)
    this.#told.add(id)
    // Who was complete when it started has never completed.
    if (isComplete) this.#toldComplete.add(id)
    this.#peers += peers.length
    this.counted(name, { ...(seeds !== undefined && { seeds }), ...(leeches !== undefined && { leeches }) })
  }

  counted(name: Uint8Array, counts: Partial<SwarmCounts>): void {
    const id = toHex(name)
    this.#counts.set(id, { ...this.#counts.get(id), ...counts })
  }

  /** Intervals are the tracker's to say, within bounds. */
  succeeded({ interval, minInterval = 0, trackerId, warning }: AnnounceReply): void {
    const { minIntervalMs, maxIntervalMs } = this.#config
    this.#working = false
    this.#failures = 0
    this.#message = warning
    this.trackerId = trackerId ?? this.trackerId
    const now = this.#world.now()
    const bounded = (seconds: number): number =>
      Math.min(maxIntervalMs, Math.max(minIntervalMs, seconds * 1000))
    this.#earliest = now + bounded(minInterval)
    // Not all at the same second: a tracker that was away would be hit by everyone at once.
    this.nextAt = now + bounded(Math.max(interval, minInterval)) * (1 + this.#world.random.fraction() / 10)
  }

  /** The next try is later each time, or when the tracker itself says (BEP 31). */
  failedWith(error: unknown): void {
    const { firstRetryMs, maxRetryMs } = this.#config
    this.#working = false
    this.#message = error instanceof Error ? error.message : String(error)
    const pause = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(20, this.#failures++))
    const asked = error instanceof PeerageError ? error.details.retryMinutes : undefined
    const now = this.#world.now()
    this.#earliest = typeof asked === 'number' ? now + Math.max(firstRetryMs, asked * 60_000) : now
    this.nextAt = Math.max(this.#earliest, now + pause * (0.75 + this.#world.random.fraction() / 2))
  }

  /** As soon as the tracker allows; at once when it failed, unless it said when to come again. */
  hurry(): void {
    this.nextAt = Math.min(this.nextAt, Math.max(this.#world.now(), this.#earliest))
  }

  /** Events are told at once, whatever the interval. */
  now(): void {
    if (!this.failed) this.nextAt = this.#world.now()
  }

  status(): DiscoveryStatus {
    return {
      name: this.url,
      kind: 'tracker',
      state: this.#working ? 'working' : this.failed ? 'failed' : this.isTold ? 'ok' : 'idle',
      peers: this.#peers,
      ...this.#largest(),
      ...(this.#message !== undefined && { message: this.#message }),
      ...(!this.isSupported && {
        state: 'off' as const,
        message: 'Only browsers use trackers of this kind.',
      }),
    }
  }

  /** The swarms of a hybrid are mostly the same peers. */
  #largest(): Partial<SwarmCounts> {
    const out: Record<string, number> = {}
    for (const counts of this.#counts.values())
      for (const [what, count] of Object.entries(counts)) out[what] = Math.max(out[what] ?? 0, count)
    return out
  }
}
