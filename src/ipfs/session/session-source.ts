import type { World } from '../../base/index.ts'
import { type DepthLimits, type DepthMark, RateMeter, RequestDepth } from '../../swarm/index.ts'
import type { BlockSource, SourceStatus } from '../ports.ts'
import type { SessionConfig } from './config.ts'

/** Who is late by so many times is waited for no more. */
const timesUsual = 8

type Patience = Pick<SessionConfig, 'patienceMs' | 'leastPatienceMs'>

/** One of those that a session asks, and how it did so far. */
export class SessionSource {
  readonly source: BlockSource
  readonly depth: RequestDepth
  readonly #world: World
  readonly #rate: RateMeter
  /** Wants that it has not answered. */
  asked = 0
  failures = 0
  /** It said that it lacks so many in a row. */
  lacking = 0
  bytes = 0
  isDropped = false
  /** See `BlockSource`; found out later, too. */
  isPublic: boolean
  /** When it last gave something, or was first asked after a rest. */
  #heardAt: number
  /** Nothing is asked of it until then. */
  restsUntil = 0
  /** Until then it is asked only for what those have not who are likelier to have it. */
  lacksUntil = 0
  message: string | undefined

  constructor(world: World, limits: DepthLimits, source: BlockSource) {
    this.#world = world
    this.source = source
    this.isPublic = source.isPublic === true
    this.depth = new RequestDepth(limits, world.now())
    this.#rate = new RateMeter(world.now())
    this.#heardAt = world.now()
  }

  /** Whether it can be asked for one more, of about so many bytes. */
  hasRoom(bytes: number): boolean {
    if (this.isDropped || this.asked >= this.source.atOnce || this.restsUntil > this.#world.now())
      return false
    return this.asked === 0 || this.depth.outstanding + bytes <= this.depth.window
  }

  get isLacking(): boolean {
    return this.lacksUntil > this.#world.now()
  }

  /** Whether what is asked of it soon comes, as far as is known. */
  get isLikely(): boolean {
    return !this.isDropped && !this.isLacking && this.restsUntil <= this.#world.now()
  }

  sent(bytes: number): DepthMark {
    if (this.asked++ === 0) this.#heardAt = this.#world.now()
    return this.depth.sent(bytes, this.#world.now())
  }

  received(bytes: number, expected: number, mark: DepthMark): void {
    const now = this.#world.now()
    this.asked--
    this.depth.dropped(expected - bytes)
    this.depth.roundTrip(now - mark.sentAt)
    this.depth.received(bytes, mark, now)
    this.#rate.add(bytes, now)
    this.bytes += bytes
    this.#heardAt = now
    this.failures = 0
    this.lacking = 0
    this.lacksUntil = 0
  }

  gaveUp(expected: number): void {
    this.asked--
    this.depth.dropped(expected)
  }

  /** Milliseconds since anything came from it. */
  get silentMs(): number {
    return this.#world.now() - Math.max(this.#heardAt, this.source.heardAt ?? 0)
  }

  /** How long it may be silent: by what it was asked for, or as it was in other sessions; as long as anybody until one of them is known. */
  patienceMs({ patienceMs, leastPatienceMs }: Patience): number {
    const usualMs = this.depth.bytesPerSecond === 0 ? this.source.usualMs : this.depth.etaMs(0)
    if (usualMs === undefined) return patienceMs
    return Math.min(Math.max(timesUsual * usualMs, leastPatienceMs), patienceMs)
  }

  get status(): SourceStatus {
    const { name, kind } = this.source
    const bytesPerSecond = Math.round(this.#rate.rate(this.#world.now()))
    return {
      name,
      kind,
      bytesPerSecond,
      bytes: this.bytes,
      ...(this.message !== undefined && { message: this.message }),
    }
  }
}
