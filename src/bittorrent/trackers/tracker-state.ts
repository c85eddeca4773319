import type { World } from '../../base/index.ts'
import type { DiscoveryStatus } from '../../swarm/index.ts'
import type { AnnounceReply } from '../../wire/index.ts'
import type { TrackersConfig } from './config.ts'

/** What we know of one tracker for one content: when it may be asked next, and how it went. Decides only. */
export class TrackerState {
  readonly url: string
  readonly #world: World
  readonly #config: TrackersConfig
  nextAt: number
  /** It was told that we are there, and must be told when we go. */
  isTold = false
  /** It was told that all is here. */
  isToldComplete = false
  trackerId: string | undefined
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

  begin(): void {
    this.#working = true
  }

  /** Intervals are the tracker's to say, within bounds. */
  succeeded({ interval, minInterval = 0, peers, trackerId, warning }: AnnounceReply): void {
    const { minIntervalMs, maxIntervalMs } = this.#config
    this.#working = false
    this.#failures = 0
    this.#peers += peers.length
    this.#message = warning
    this.trackerId = trackerId ?? this.trackerId
    const now = this.#world.now()
    const bounded = (seconds: number): number =>
      Math.min(maxIntervalMs, Math.max(minIntervalMs, seconds * 1000))
    this.#earliest = now + bounded(minInterval)
    // Not all at the same second: a tracker that was away would be hit by everyone at once.
    this.nextAt = now + bounded(Math.max(interval, minInterval)) * (1 + this.#world.random.fraction() / 10)
  }

  failedWith(message: string): void {
    const { firstRetryMs, maxRetryMs } = this.#config
    this.#working = false
    this.#message = message
    const pause = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(20, this.#failures++))
    this.nextAt = this.#world.now() + pause * (0.75 + this.#world.random.fraction() / 2)
  }

  /** Something happened that the tracker should know, or a user is in a hurry: as soon as it allows. */
  hurry(): void {
    this.nextAt = Math.min(this.nextAt, Math.max(this.#world.now(), this.failed ? 0 : this.#earliest))
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
      ...(this.#message !== undefined && { message: this.#message }),
      ...(!this.isSupported && {
        state: 'off' as const,
        message: 'Only browsers use trackers of this kind.',
      }),
    }
  }
}
