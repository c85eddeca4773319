import { fromHex, type Timer, toHex, type World } from '../../base/index.ts'
import { maxLocalNames } from '../../wire/index.ts'
import type { LsdConfig } from './config.ts'

export interface LocalAnnouncerParts {
  readonly world: World
  readonly config: LsdConfig
  /** Names of all contents that may be announced now, 20 bytes each. */
  names(): Iterable<Uint8Array>
  /** Sends one packet with these names to every local network. */
  send(names: readonly Uint8Array[]): void
}

/** News are gathered so long, and up to twice as long, lest all peers on a network speak up at once. */
const settleMs = 100

/**
 * When which content is announced (BEP 14): every `intervalMs`, never sooner than after `minIntervalMs`, many in one packet, and a
 * packet only every `packetMs`, so that a thousand contents are no flood. Decides only.
 */
export class LocalAnnouncer {
  readonly #parts: LocalAnnouncerParts
  /** When each name was announced last; kept for a while when it is gone. */
  readonly #told = new Map<string, number>()
  #timer: Timer | undefined
  #dueAt: number = Number.POSITIVE_INFINITY
  /** Before this moment what was announced counts for nothing: the networks have changed. */
  #stale: number = Number.NEGATIVE_INFINITY
  #lastPacketAt: number = Number.NEGATIVE_INFINITY

  constructor(parts: LocalAnnouncerParts) {
    this.#parts = parts
  }

  /** There may be new contents. */
  changed(): void {
    const { world } = this.#parts
    const settle = settleMs * (1 + world.random.fraction())
    this.#schedule(world.now() + settle)
  }

  /** This machine has other networks than before: all contents are announced again as soon as may be. */
  moved(): void {
    this.#stale = this.#parts.world.now()
    this.changed()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#dueAt = Number.NEGATIVE_INFINITY
  }

  #schedule(at: number): void {
    const { world, config } = this.#parts
    const due = Math.max(at, this.#lastPacketAt + config.packetMs)
    if (due >= this.#dueAt) return
    this.#timer?.cancel()
    this.#dueAt = due
    this.#timer = world.after(due - world.now(), () => {
      this.#dueAt = Number.POSITIVE_INFINITY
      this.#round()
    })
  }

  /** One packet: what is due, filled up with what soon will be. */
  #round(): void {
    const { world, config } = this.#parts
    const now = world.now()
    const waiting: { name: string; dueAt: number }[] = []
    for (const bytes of this.#parts.names()) {
      const name = toHex(bytes)
      waiting.push({ name, dueAt: this.#dueTime(name) })
    }
    this.#forget(now)
    waiting.sort((a, b) => a.dueAt - b.dueAt)
    const soonest = waiting[0]?.dueAt ?? Number.POSITIVE_INFINITY
    if (soonest > now) {
      if (waiting.length > 0) this.#schedule(soonest)
      return
    }
    const ripe = waiting.filter(
      ({ name, dueAt }) => dueAt <= now + config.minIntervalMs && this.#freeAt(name) <= now,
    )
    this.#tell(ripe.slice(0, maxLocalNames).map(({ name }) => name))
    this.#schedule(waiting[maxLocalNames]?.dueAt ?? now + config.intervalMs)
  }

  #tell(names: readonly string[]): void {
    const now = this.#parts.world.now()
    for (const name of names) this.#told.set(name, now)
    this.#lastPacketAt = now
    this.#parts.send(names.map(fromHex))
  }

  #dueTime(name: string): number {
    const told = this.#told.get(name)
    if (told === undefined) return Number.NEGATIVE_INFINITY
    return told < this.#stale ? this.#freeAt(name) : told + this.#parts.config.intervalMs
  }

  #freeAt(name: string): number {
    return (this.#told.get(name) ?? Number.NEGATIVE_INFINITY) + this.#parts.config.minIntervalMs
  }

  #forget(now: number): void {
    for (const [name, told] of this.#told)
      if (told + 2 * this.#parts.config.intervalMs < now) this.#told.delete(name)
  }
}
