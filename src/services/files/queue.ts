import type { Timer, World } from '../../base/index.ts'
import type { FilesConfig } from './config.ts'
import { goalReached, ratioOf } from './goals.ts'
import { inOrder, placesFor, type Waiting, whoWaits } from './queue-order.ts'
import type { Transfer } from './transfer.ts'

/** How often rates and goals are looked at. */
const lookMs = 5_000
/** Changes come in flocks; they are answered together. */
const settleMs = 500

/** What of the configuration the queue follows at once. */
export const queueKeys: readonly (keyof FilesConfig)[] = [
  'maxActiveDownloads',
  'maxActiveSeeds',
  'maxActive',
  'slowBytesPerSecond',
  'slowMs',
  'seedRatio',
  'seedMinutes',
]

export interface QueueParts {
  readonly world: World
  /** As it is now: limits follow the configuration at once. */
  config(): FilesConfig
  transfers(): Iterable<Transfer>
}

interface Activity {
  activeAt: number
}

/** Lets transfers run, wait or end their seeding, by the limits of the queue and by the seeding goals. */
export class Queue {
  readonly #parts: QueueParts
  readonly #activity = new Map<string, Activity>()
  #timer: Timer | undefined
  #soon: Timer | undefined

  constructor(parts: QueueParts) {
    this.#parts = parts
  }

  start(): void {
    this.#timer = this.#parts.world.every(lookMs, () => this.look())
  }

  stop(): void {
    this.#timer?.cancel()
    this.#soon?.cancel()
    this.#timer = undefined
  }

  /** A transfer began, ended, was paused or set: who runs may be another one now. */
  changed(): void {
    if (this.#timer === undefined) return
    this.#soon ??= this.#parts.world.after(settleMs, () => this.look())
  }

  /** A transfer is new, or begins again: it must not run for a moment if it has to wait. */
  admit(transfer: Transfer): void {
    const { maxActive, maxActiveDownloads, maxActiveSeeds } = this.#parts.config()
    const { wants } = transfer
    const limit = wants === 'seed' ? maxActiveSeeds : maxActiveDownloads
    // What never waits takes no place either: thousands of private shares are not worth a look each.
    if (wants !== 'nothing' && (maxActive > 0 || limit > 0)) this.look()
    else this.changed()
  }

  /** Decides anew. */
  look(): void {
    this.#soon?.cancel()
    this.#soon = undefined
    const transfers = [...this.#parts.transfers()]
    for (const transfer of transfers) this.#checkGoal(transfer)
    const all = this.#waiting(transfers)
    const ordered = inOrder(all)
    const waits = whoWaits(all, this.#parts.config())
    const places = new Map(ordered.map(({ id }, place) => [id, place]))
    for (const transfer of transfers) {
      const reason = waits.get(transfer.id)
      transfer.queuePlace = places.get(transfer.id)
      transfer.wait(reason === undefined ? undefined : { reason, position: transfer.queuePlace ?? 0 })
    }
    for (const id of this.#activity.keys()) if (!places.has(id) || waits.has(id)) this.#activity.delete(id)
  }

  /** Puts a transfer at that place of the queue, 0 first. */
  move(transfer: Transfer, position: number): void {
    const transfers = [...this.#parts.transfers()]
    const ordered = inOrder(this.#waiting(transfers))
    const places = placesFor(ordered, transfer.id, position)
    for (const one of transfers) {
      const place = places.get(one.id)
      if (place !== undefined && place !== one.record.settings?.position) one.adjust({ position: place })
    }
  }

  #waiting(transfers: readonly Transfer[]): Waiting[] {
    return transfers.flatMap(transfer => {
      const { wants, record } = transfer
      if (wants === 'nothing') return []
      const { uploaded } = transfer.moved
      return {
        id: transfer.id,
        wants,
        isRunning: transfer.waits === undefined,
        isSlow: this.#isSlow(transfer),
        forced: record.settings?.forced ?? false,
        position: record.settings?.position,
        addedAt: record.addedAt,
        ratio: ratioOf({ uploaded, totalBytes: record.totalBytes }),
      }
    })
  }

  #isSlow(transfer: Transfer): boolean {
    const { world, config } = this.#parts
    if (transfer.waits !== undefined) return false
    const { slowBytesPerSecond, slowMs } = config()
    const now = world.now()
    const activity = this.#activity.get(transfer.id) ?? { activeAt: now }
    this.#activity.set(transfer.id, activity)
    const { downRate = 0, upRate = 0 } = transfer.swarm?.stats() ?? {}
    if ((transfer.isComplete ? upRate : downRate) >= slowBytesPerSecond) activity.activeAt = now
    return now - activity.activeAt > slowMs
  }

  #checkGoal(transfer: Transfer): void {
    if (transfer.wants !== 'seed') return
    const { seedRatio, seedMinutes } = this.#parts.config()
    const { settings, totalBytes } = transfer.record
    const goals = { ratio: settings?.ratio ?? seedRatio, minutes: settings?.seedingMinutes ?? seedMinutes }
    const given = { uploaded: transfer.moved.uploaded, totalBytes, seedingMs: transfer.seedingMs }
    const goal = goalReached(goals, given)
    if (goal !== undefined) transfer.reached(goal, ratioOf(given))
  }
}
