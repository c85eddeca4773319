import { type CircleRecord, type CircleStore, type LoadedRoster, recordOf } from './circle-store.ts'
import type { Roster } from './roster.ts'
import type { RosterStatement } from './roster-statement.ts'
import type { Role } from './standing.ts'
import { atOnce, type Turns } from './turns.ts'

/** A circle that is kept here. */
export interface HeldCircle {
  readonly id: string
  record: CircleRecord
  /** Of the user of this machine; undefined also when the disk lost statements: one of them may have removed somebody. */
  own: Role | undefined
  /** Read from disk when it is asked for. */
  loaded?: LoadedRoster | undefined
  /** It is being read by steps. */
  loading?: Promise<void> | undefined
  /** Statements on disk could not be read. */
  damaged: boolean
}

const none: ReadonlySet<string> = new Set()

/** What is known of circles, in memory and on disk: each change is written before it is believed. */
export class CircleTable {
  readonly #store: CircleStore
  readonly #selves: () => readonly string[]
  readonly #changed: (circle: string) => void
  readonly #circles = new Map<string, HeldCircle>()
  readonly #circlesOf = new Map<string, Set<string>>()
  /** One after the other, so that each turn is short. */
  #reading: Promise<unknown> = Promise.resolve()

  /** `changed` is called when what is known changes by itself, and not by one of the methods that write. */
  constructor(store: CircleStore, selves: () => readonly string[], changed: (circle: string) => void) {
    this.#store = store
    this.#selves = selves
    this.#changed = changed
    for (const [id, record] of store.restore()) this.#hold(id, record)
  }

  get size(): number {
    return this.#circles.size
  }

  all(): IterableIterator<HeldCircle> {
    return this.#circles.values()
  }

  get(id: string): HeldCircle | undefined {
    return this.#circles.get(id)
  }

  /** Undefined in a circle that the user is not in. */
  role(circle: string, peer: string): Role | undefined {
    // Most who are asked about are in few circles, or none: that is found out without a look at large rosters.
    if (this.#circlesOf.get(peer)?.has(circle) !== true) return undefined
    const held = this.#circles.get(circle)
    return held?.own === undefined ? undefined : held.record.roles.get(peer)
  }

  circlesOf(peer: string): ReadonlySet<string> {
    return this.#circlesOf.get(peer) ?? none
  }

  selvesChanged(): void {
    for (const held of [...this.#circles.values()]) {
      const before = held.own
      held.own = this.#ownRole(held)
      if (held.own !== before) this.#changed(held.id)
    }
  }

  /** The roster as it is on disk. What the record does not know of came before the program ended between the two. */
  load(held: HeldCircle): LoadedRoster {
    return held.loaded ?? this.#loaded(held, atOnce(this.#store.load(held.id)))
  }

  /** Reads it with turns for others, so that `load` has it in memory then. Undefined: it has it. */
  prepare(held: HeldCircle, turns: Turns): Promise<void> | undefined {
    if (held.loaded !== undefined || held.loading !== undefined) return held.loading
    // Who could not wait may have read it meanwhile and changed it, or it was deleted.
    const isWanted = (): boolean => held.loading === loading
    const loading: Promise<void> = this.#reading
      .then(() => turns.through(this.#store.load(held.id)))
      .then(loaded => void (isWanted() && this.#loaded(held, loaded)))
      .finally(() => {
        if (isWanted()) held.loading = undefined
      })
    held.loading = loading
    this.#reading = loading.catch(() => undefined)
    return loading
  }

  #loaded(held: HeldCircle, loaded: LoadedRoster): LoadedRoster {
    const { roster } = loaded
    held.loading = undefined
    held.loaded = loaded
    if (roster === undefined || !isWhole(roster, held.record)) {
      this.#setDamaged(held, true)
      this.#changed(held.id)
    } else if (roster.heads.some(id => !held.record.heads.includes(id)))
      this.put(held, recordOf(roster, held.record.alias))
    return loaded
  }

  /** What is being read. */
  async settled(): Promise<void> {
    await this.#reading
  }

  /** A circle that was not known. By steps; the last one makes it known. */
  *keep(roster: Roster, statements: readonly RosterStatement[]): Generator<void, void> {
    const loaded = { roster, rows: 0 }
    yield* this.#store.append(roster.id, loaded, statements)
    const record = recordOf(roster)
    this.#store.save(roster.id, record)
    this.#hold(roster.id, record).loaded = loaded
  }

  /** What was added to the roster of a circle that is loaded. What could not be stored does not count: it is read again then. */
  save(held: HeldCircle, roster: Roster, added: readonly RosterStatement[]): void {
    try {
      atOnce(this.#store.append(held.id, held.loaded!, added))
      if (held.damaged) this.#setDamaged(held, !isWhole(roster, held.record))
      if (!held.damaged) this.put(held, recordOf(roster, held.record.alias))
    } catch (error) {
      held.loaded = undefined
      throw error
    }
  }

  put(held: HeldCircle, record: CircleRecord): void {
    this.#store.save(held.id, record)
    this.#unindex(held)
    this.#index(held, record)
  }

  delete(held: HeldCircle): void {
    this.#store.delete(held.id)
    this.#circles.delete(held.id)
    held.loading = undefined
    this.#unindex(held)
  }

  #hold(id: string, record: CircleRecord): HeldCircle {
    const held: HeldCircle = { id, record, own: undefined, damaged: false }
    this.#circles.set(id, held)
    this.#index(held, record)
    return held
  }

  #index(held: HeldCircle, record: CircleRecord): void {
    held.record = record
    held.own = this.#ownRole(held)
    for (const peer of record.roles.keys()) {
      const circles = this.#circlesOf.get(peer)
      if (circles === undefined) this.#circlesOf.set(peer, new Set([held.id]))
      else circles.add(held.id)
    }
  }

  #unindex({ id, record }: HeldCircle): void {
    for (const peer of record.roles.keys()) {
      const circles = this.#circlesOf.get(peer)
      circles?.delete(id)
      if (circles?.size === 0) this.#circlesOf.delete(peer)
    }
  }

  #setDamaged(held: HeldCircle, damaged: boolean): void {
    held.damaged = damaged
    held.own = this.#ownRole(held)
  }

  #ownRole({ record: { roles }, damaged }: HeldCircle): Role | undefined {
    const self = damaged ? undefined : this.#selves().find(one => roles.has(one))
    return self === undefined ? undefined : roles.get(self)
  }
}

function isWhole(roster: Roster, { heads }: CircleRecord): boolean {
  return heads.every(id => roster.has(id))
}
