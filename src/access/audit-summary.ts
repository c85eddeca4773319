import type { World } from '../base/index.ts'
import type { AuditRecord, AuditRow } from './audit-line.ts'

/** What is to be written: a record, and how often the same happened. */
export type Summed = AuditRecord & Pick<AuditRow, 'count'>

interface Repeated {
  readonly record: AuditRecord
  count: number
  bytes: number
}

const windowMs = 60_000
/** Different things that are told apart within a minute. */
const maxDifferent = 10_000

/**
 * Keeps a flood from filling the log: what happens again within a minute is told once more at its end, with how often; of what
 * strangers do only so many different things a minute are told one by one, all others as a number.
 */
export class AuditSummary {
  readonly #world: World
  readonly #strangersPerMinute: number
  readonly #write: (record: Summed) => void
  readonly #seen = new Map<string, Repeated>()
  #strangers = 0
  #untold = 0
  #isCounting = false

  constructor(world: World, strangersPerMinute: number, write: (record: Summed) => void) {
    this.#world = world
    this.#strangersPerMinute = strangersPerMinute
    this.#write = write
  }

  add(record: AuditRecord): void {
    this.#begin()
    const { peer, action, resource, allowed, reason, bytes = 0 } = record
    const key = JSON.stringify([peer, action, resource, allowed, reason, record.bytes === undefined])
    const before = this.#seen.get(key)
    if (before !== undefined) {
      before.count++
      before.bytes += bytes
    } else if (this.#isTooMany(record)) this.#untold++
    else {
      this.#seen.set(key, { record, count: 0, bytes: 0 })
      this.#write(record)
    }
  }

  /** Tells what was only counted so far. */
  end(): void {
    this.#isCounting = false
    for (const { record, count, bytes } of this.#seen.values())
      if (count > 0) this.#write({ ...record, count, ...(record.bytes !== undefined && { bytes }) })
    if (this.#untold > 0) this.#write({ ...manyOthers, count: this.#untold })
    this.#seen.clear()
    this.#strangers = this.#untold = 0
  }

  #begin(): void {
    if (this.#isCounting) return
    this.#isCounting = true
    this.#world.after(windowMs, () => this.end())
  }

  /** Who is named by a rule, a contact or a circle is never among those that are only counted, unless there are thousands. */
  #isTooMany({ allowed, rule }: AuditRecord): boolean {
    const isStranger = rule === 'everyone' || (!allowed && rule === undefined)
    if (isStranger && ++this.#strangers > this.#strangersPerMinute) return true
    return this.#seen.size >= maxDifferent
  }
}

const manyOthers: AuditRecord = {
  peer: '*',
  action: '*',
  resource: '*',
  allowed: false,
  reason: 'too many strangers in this minute to name them',
}
