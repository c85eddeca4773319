import { TokenBucket, type World, z } from '../base/index.ts'
import type { Allowance, Quota } from './allowance.ts'
import type { AccessConfig } from './config.ts'
import type { KeyValue } from './records.ts'

interface StoredCount {
  bytes: number
  day: number
  dayBytes: number
  uses: number
}

const count = z.int().min(0)
const storedCount: z.ZodType<StoredCount> = z.object({
  bytes: count,
  day: z.int(),
  dayBytes: count,
  uses: count,
})
const kind = 'access.usage'
/** Strangers whose count has not moved for so long may be forgotten to make room. */
const idleMs = 3_600_000
const smallestBlock = 65_536
const largestBlock = 16 * 1024 * 1024

/** Whose count it is. The parts have no spaces. */
export interface UsageKey {
  readonly resource: string
  /** Which rule: its subject and actions. */
  readonly rule: string
  /** The persons under whose keys the count may stand, the newest first. Empty: one count for the rule. */
  readonly persons: readonly string[]
  /** Whether the rule is about people whom nobody here named, so that there may be any number of them. */
  readonly strangers: boolean
}

/** What one person used under one rule, or all of those that the rule is about (`person` is empty). */
export interface UsedUp {
  /** Of the rule, see `SubjectRule`. */
  readonly subject: string
  readonly person: string
  readonly bytes: number
  readonly bytesToday: number
  readonly uses: number
}

/**
 * What was used up of quotas, on disk before it is given: in blocks, so that a crash costs the person at most one block (a 64th of
 * its quota, at least 64 KiB, at most 16 MiB) and never gives too much. Bounded: strangers get at most half of the places, and those
 * that were quiet for an hour make room.
 */
export class Usage {
  readonly #world: World
  readonly #state: KeyValue
  readonly #max: number
  readonly #now: () => number
  readonly #counts = new Map<string, Count>()
  /** Those of strangers, the one quiet for longest first. */
  readonly #strangers = new Map<string, Count>()
  #closed = false

  constructor(world: World, state: KeyValue, config: AccessConfig, now: () => number) {
    this.#world = world
    this.#state = state
    this.#max = config.maxMeters
    this.#now = now
    for (const [key, value] of state.entries(kind)) this.#restore(key, value)
  }

  get size(): number {
    return this.#counts.size
  }

  /** What is left of a quota in words, when nothing is; undefined when there is something. Creates nothing. */
  refusal(key: UsageKey, quota: Quota, isOpen: boolean): string | undefined {
    const found = this.#find(key)
    const [bytes, uses] = [found?.bytes ?? 0, found?.uses ?? 0]
    if (quota.bytes !== undefined && bytes >= quota.bytes) return 'its quota of bytes is used up'
    if (quota.bytesPerDay !== undefined && (found?.bytesOn(this.#day()) ?? 0) >= quota.bytesPerDay)
      return 'its quota of bytes for today is used up'
    if (!isOpen && quota.uses !== undefined && uses >= quota.uses) return 'it was used as often as it may be'
    return undefined
  }

  allowance(key: UsageKey, quota: Quota): Allowance {
    return new Metered(quota, () => this.#open(key))
  }

  /** Of a resource, in no order. */
  used(resource: string): UsedUp[] {
    const day = this.#day()
    return this.#of(resource).map(([key, found]) => ({
      subject: ruleOf(key).split(' ')[0]!,
      person: key.slice(key.lastIndexOf(' ') + 1),
      bytes: found.bytes,
      bytesToday: found.bytesOn(day),
      uses: found.uses,
    }))
  }

  /** Counts under a resource, and under a rule of it, begin anew. */
  reset(resource: string, isMeant: (rule: string) => boolean): void {
    for (const [key, found] of this.#of(resource)) {
      if (!isMeant(ruleOf(key))) continue
      found.clear()
      this.#state.delete(kind, key)
    }
  }

  /** Counts under rules of a resource that are no more are forgotten. */
  keepOnly(resource: string, isKept: (rule: string) => boolean): void {
    for (const [key, found] of this.#of(resource)) if (!isKept(ruleOf(key))) this.#drop(key, found)
  }

  /** Writes what was really used; nothing may be taken any more. */
  close(): void {
    if (this.#closed) return
    for (const found of this.#counts.values()) found.settle()
    this.#closed = true
    for (const found of this.#counts.values()) found.close()
  }

  #of(resource: string): [string, Count][] {
    return [...this.#counts].filter(([key]) => key.startsWith(`${resource} `))
  }

  #day(): number {
    const now = this.#now()
    return Math.floor((now + this.#world.localOffset(now)) / 86_400_000)
  }

  /** A person that has a new key goes on with the count of the old one. */
  #find(key: UsageKey): Count | undefined {
    if (key.persons.length === 0) return this.#counts.get(nameOf(key, ''))
    for (const person of key.persons) {
      const found = this.#counts.get(nameOf(key, person))
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Undefined when there is no place for one more. */
  #open(key: UsageKey): Count | undefined {
    const found = this.#find(key)
    if (found !== undefined || this.#closed) return found
    if (!this.#makeRoom(key.strangers)) return undefined
    return this.#add(nameOf(key, key.persons[0] ?? ''), key.strangers)
  }

  #makeRoom(forStranger: boolean): boolean {
    const hasRoom = this.#counts.size < this.#max
    if (hasRoom && (!forStranger || this.#strangers.size < this.#max / 2)) return true
    const [key, oldest] = this.#strangers.entries().next().value ?? []
    if (key === undefined || oldest === undefined) return false
    if (this.#world.now() - oldest.touched < idleMs) return false
    this.#drop(key, oldest)
    return true
  }

  #add(name: string, isStranger: boolean, stored?: StoredCount): Count {
    const added: Count = new Count({
      stored: stored ?? { bytes: 0, day: 0, dayBytes: 0, uses: 0 },
      day: () => this.#day(),
      steady: () => this.#world.now(),
      put: value => this.#state.put(kind, name, value),
      touched: () => {
        if (isStranger && this.#strangers.delete(name)) this.#strangers.set(name, added)
      },
    })
    this.#counts.set(name, added)
    if (isStranger) this.#strangers.set(name, added)
    return added
  }

  #drop(key: string, found: Count): void {
    found.close()
    this.#counts.delete(key)
    this.#strangers.delete(key)
    this.#state.delete(kind, key)
  }

  /** What is damaged counts as nothing left: it is unknown what was used. */
  #restore(key: string, value: unknown): void {
    const parsed = storedCount.safeParse(value)
    const all = Number.MAX_SAFE_INTEGER
    const stored = parsed.success ? parsed.data : { bytes: all, day: all, dayBytes: all, uses: all }
    this.#add(key, /^(everyone|secret) /.test(ruleOf(key)), stored)
  }
}

function nameOf({ resource, rule }: UsageKey, person: string): string {
  return `${resource} ${rule} ${person}`
}

/** Subject and actions. */
function ruleOf(key: string): string {
  return key.slice(key.indexOf(' ') + 1, key.lastIndexOf(' '))
}

interface CountParts {
  readonly stored: StoredCount
  /** The local day, as days since 1970. */
  day(): number
  /** Monotonic milliseconds. */
  steady(): number
  /** Durable when it returns. */
  put(value: StoredCount): void
  /** Told when it is made use of after a while. */
  touched(): void
}

/** What one person used up under one rule. */
class Count {
  readonly #parts: CountParts
  #bytes: number
  #day: number
  #dayBytes: number
  #uses: number
  /** What the disk says: never less than what was given. */
  #reserved: StoredCount
  #rate: TokenBucket | undefined
  #closed = false
  touched: number

  constructor(parts: CountParts) {
    this.#parts = parts
    this.#bytes = parts.stored.bytes
    this.#day = parts.stored.day
    this.#dayBytes = parts.stored.dayBytes
    this.#uses = parts.stored.uses
    this.#reserved = parts.stored
    this.touched = parts.steady()
  }

  get bytes(): number {
    return this.#bytes
  }

  get uses(): number {
    return this.#uses
  }

  /** A clock that was set back does not give the day before once more. */
  bytesOn(day: number): number {
    return day > this.#day ? 0 : this.#dayBytes
  }

  left({ bytes, bytesPerDay }: Quota): number {
    if (this.#closed) return 0
    const inAll = (bytes ?? Number.POSITIVE_INFINITY) - this.#bytes
    const today = (bytesPerDay ?? Number.POSITIVE_INFINITY) - this.bytesOn(this.#parts.day())
    return Math.max(0, Math.min(inAll, today))
  }

  take(bytes: number, quota: Quota): boolean {
    if (this.#closed || bytes > this.left(quota)) return false
    this.#turnDay()
    const isCovered =
      this.#day === this.#reserved.day &&
      this.#bytes + bytes <= this.#reserved.bytes &&
      this.#dayBytes + bytes <= this.#reserved.dayBytes
    if (!isCovered && !this.#reserve(bytes + Math.min(blockOf(quota), this.left(quota) - bytes))) return false
    this.#touch()
    this.#bytes += bytes
    this.#dayBytes += bytes
    return true
  }

  /** What was taken yesterday is not given back to today. */
  giveBack(bytes: number, quota: Quota): void {
    this.#bytes = Math.max(0, this.#bytes - bytes)
    if (this.#parts.day() <= this.#day) this.#dayBytes = Math.max(0, this.#dayBytes - bytes)
    const block = blockOf(quota)
    if (this.#reserved.bytes - this.#bytes > block) this.#reserve(Math.min(block, this.left(quota)))
  }

  use(uses: number | undefined): boolean {
    if (uses === undefined) return !this.#closed
    if (this.#closed || this.#uses >= uses) return false
    this.#touch()
    this.#uses++
    if (this.#reserve(this.#reserved.bytes - this.#bytes)) return true
    this.#uses--
    return false
  }

  rate(bytesPerSecond: number): TokenBucket {
    const now = this.#parts.steady()
    this.#rate ??= new TokenBucket(bytesPerSecond, now)
    if (this.#rate.bytesPerSecond !== bytesPerSecond) this.#rate.setLimit(bytesPerSecond, now)
    return this.#rate
  }

  clear(): void {
    this.#bytes = this.#dayBytes = this.#uses = 0
    this.#reserved = { bytes: 0, day: this.#day, dayBytes: 0, uses: 0 }
  }

  settle(): void {
    if (this.#bytes !== this.#reserved.bytes || this.#dayBytes !== this.#reserved.dayBytes) this.#reserve(0)
  }

  close(): void {
    this.#closed = true
  }

  #turnDay(): void {
    const day = this.#parts.day()
    if (day <= this.#day) return
    this.#day = day
    this.#dayBytes = 0
  }

  /** Says on disk that so many bytes more are used. False when the disk refuses: then they may not be. */
  #reserve(ahead: number): boolean {
    const value = {
      bytes: this.#bytes + ahead,
      day: this.#day,
      dayBytes: this.#dayBytes + ahead,
      uses: this.#uses,
    }
    try {
      this.#parts.put(value)
    } catch {
      return false
    }
    this.#reserved = value
    return true
  }

  #touch(): void {
    const now = this.#parts.steady()
    if (now - this.touched < 60_000) return
    this.touched = now
    this.#parts.touched()
  }
}

function blockOf({ bytes, bytesPerDay }: Quota): number {
  const least = Math.min(bytes ?? Number.POSITIVE_INFINITY, bytesPerDay ?? Number.POSITIVE_INFINITY)
  return Math.min(largestBlock, Math.max(smallestBlock, Math.floor(least / 64)))
}

/** An allowance; there is no count for it before it is made use of. */
class Metered implements Allowance {
  readonly #quota: Quota
  readonly #find: () => Count | undefined
  #count: Count | undefined

  constructor(quota: Quota, find: () => Count | undefined) {
    this.#quota = quota
    this.#find = find
  }

  #open(): Count | undefined {
    this.#count ??= this.#find()
    return this.#count
  }

  get left(): number {
    return this.#open()?.left(this.#quota) ?? 0
  }

  get rate(): TokenBucket | undefined {
    const { bytesPerSecond } = this.#quota
    return bytesPerSecond === undefined ? undefined : this.#open()?.rate(bytesPerSecond)
  }

  take(bytes: number): boolean {
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw new TypeError('not a number of bytes')
    const { bytes: inAll, bytesPerDay } = this.#quota
    if (inAll === undefined && bytesPerDay === undefined) return true
    return this.#open()?.take(bytes, this.#quota) ?? false
  }

  giveBack(bytes: number): void {
    const { bytes: inAll, bytesPerDay } = this.#quota
    if (inAll !== undefined || bytesPerDay !== undefined) this.#open()?.giveBack(bytes, this.#quota)
  }

  use(): boolean {
    return this.#open()?.use(this.#quota.uses) ?? false
  }
}
