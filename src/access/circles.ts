import { PeerageError, type World } from '../base/index.ts'
import { type CircleRecord, CircleStore, type LoadedRoster, recordOf } from './circle-store.ts'
import { canonicalPeerId } from './peer-id.ts'
import type { KeyValue } from './records.ts'
import { Roster, type RosterEntry } from './roster.ts'
import {
  isCircleName,
  isFoundation,
  openRosterStatement,
  type RosterChange,
  type RosterRole,
  type RosterStatement,
  rosterLimits,
  signFoundation,
  signLeave,
  signRosterChange,
} from './roster-statement.ts'
import type { Identity } from './signing.ts'
import type { Role } from './standing.ts'

export interface CirclesOptions {
  /** Signs what this peer changes. */
  readonly identity: Identity
  readonly world: World
  readonly state: KeyValue
  /** How many circles may be kept (`access.maxCircles`). */
  readonly max: number
  /** PeerIds by which rosters may name the user of this machine; by default that of `identity`. */
  readonly selves?: (() => readonly string[]) | undefined
}

/** A circle as its user sees it. */
export interface Circle {
  /** 64 hex digits. */
  readonly id: string
  /** What it is called here. */
  readonly name: string
  /** What its admins call it, when the user gave it another name. */
  readonly givenName?: string | undefined
  /** Of the user of this machine; undefined when it left or was removed. */
  readonly role: Role | undefined
  readonly members: number
  /** Part of it could not be read from the disk: nobody has a role in it until another member has sent that again. */
  readonly damaged: boolean
}

export interface CircleChange {
  /** By PeerId. */
  readonly roles?: Readonly<Record<string, RosterRole>> | undefined
  readonly name?: string | undefined
}

/** What became of statements that another peer sent. */
export interface Received {
  /** Circles that have new statements. */
  readonly changed: readonly string[]
  /** How many statements were new and are kept. */
  readonly kept: number
  /** How many were made after others that are not here. */
  readonly unready: number
  readonly refused: readonly PeerageError[]
}

interface HeldCircle {
  readonly id: string
  record: CircleRecord
  /** Of the user of this machine. */
  own: Role | undefined
  /** Read from disk when it is asked for. */
  loaded?: LoadedRoster | undefined
  /** Statements on disk could not be read. */
  damaged: boolean
}

const none: ReadonlySet<string> = new Set()

/**
 * The circles that the user of this machine is in or was in. Who has which role is answered from memory; the statements that make it so
 * are read from disk when they are asked for. Every change is in `state` before it counts. See docs/decisions/011-access.md.
 */
export class Circles {
  readonly #identity: Identity
  readonly #world: World
  readonly #store: CircleStore
  readonly #max: number
  readonly #selves: () => readonly string[]
  readonly #circles = new Map<string, HeldCircle>()
  readonly #circlesOf = new Map<string, Set<string>>()
  readonly #listeners = new Set<(circle: string) => void>()

  constructor({ identity, world, state, max, selves }: CirclesOptions) {
    this.#identity = identity
    this.#world = world
    this.#store = new CircleStore(state)
    this.#max = max
    const self = [identity.peerId]
    this.#selves = selves ?? (() => self)
    for (const [id, record] of this.#store.restore()) this.#hold(id, record)
  }

  /** The role of a peer in a circle that this user is in too; else undefined. */
  role(circle: string, peer: string): Role | undefined {
    // Most who are asked about are in few circles, or none: that is found out without a look at large rosters.
    if (this.#circlesOf.get(peer)?.has(circle) !== true) return undefined
    const held = this.#circles.get(circle)
    return held?.own === undefined ? undefined : held.record.roles.get(peer)
  }

  /** The ids of the circles in which a peer has a role, by their rosters as they are known here. */
  circlesOf(peer: string): ReadonlySet<string> {
    return this.#circlesOf.get(peer) ?? none
  }

  list(): Circle[] {
    return [...this.#circles.values()].map(held => this.#describe(held))
  }

  /** Undefined when there is no circle with that id. */
  get(id: string): Circle | undefined {
    const held = this.#circles.get(id)
    return held && this.#describe(held)
  }

  /** The circle that the user means by its name or the first digits of its id. Throws `circle.unknown`, `usage.invalid`. */
  find(text: string): Circle {
    const isMeant = ({ id, name }: Circle): boolean =>
      name === text || (/^[0-9a-f]{4,64}$/.test(text) && id.startsWith(text))
    // A name may look like the id of another circle: whoever gave it must not be able to pass it off as that one.
    const found = this.#circles.has(text) ? [this.get(text)!] : this.list().filter(isMeant)
    if (found.length === 0) throw unknown(text)
    if (found.length > 1) throw ambiguous(text, found)
    return found[0]!
  }

  /** Who is in a circle, as far as is known here. Throws `circle.unknown`. */
  members(circle: string): ReadonlyMap<string, Role> {
    return this.#existing(circle).record.roles
  }

  /** Every statement of a circle, each behind those that it was made after. Throws `circle.unknown`. */
  history(circle: string): RosterEntry[] {
    return this.#load(this.#existing(circle)).roster?.entries() ?? []
  }

  /** The ids of the statements that are here. Throws `circle.unknown`. */
  ids(circle: string): string[] {
    return [...(this.#load(this.#existing(circle)).roster?.ids() ?? [])]
  }

  /** The envelopes with these ids, those that are here, each behind those that it was made after. Throws `circle.unknown`. */
  statements(circle: string, ids: Iterable<string>): Uint8Array[] {
    const wanted = new Set(ids)
    const found = this.history(circle).filter(({ statement }) => wanted.has(statement.id))
    return found.map(({ statement }) => statement.bytes)
  }

  /**
   * The ids of what a peer that is not in a circle any more needs to learn that: its removal and what that was made after. Empty when it
   * is in it or never was. Throws `circle.unknown`.
   */
  farewell(circle: string, peer: string): string[] {
    return this.#load(this.#existing(circle)).roster?.farewell(peer) ?? []
  }

  /** Makes a circle whose founder and only member is this user. Throws `usage.invalid`, `access.limit`, and what `state` throws. */
  create(name: string): Circle {
    checkName(name)
    this.#checkRoom()
    const change = { changes: new Map(), name, issued: this.#now() }
    const bytes = signFoundation(this.#identity, change, this.#world.random.bytes(16))
    const foundation = openRosterStatement(bytes)
    this.#keep(new Roster(foundation), [foundation])
    this.#changed(foundation.id)
    return this.find(foundation.id)
  }

  /**
   * Signs a change; what is so already is left out. Throws `circle.denied` when the user may not, `circle.unknown`, `usage.invalid`,
   * `peer-id.invalid`, `access.limit`, and what `state` throws.
   */
  change(circle: string, { roles = {}, name }: CircleChange): Circle {
    if (name !== undefined) checkName(name)
    const held = this.#existing(circle)
    const roster = this.#whole(held)
    const changes = new Map<string, RosterRole>()
    for (const [peer, role] of Object.entries(roles))
      if ((roster.members.get(canonicalPeerId(peer))?.role ?? 'removed') !== role)
        changes.set(canonicalPeerId(peer), role)
    const newName = name === roster.name ? undefined : name
    if (changes.size > 0 || newName !== undefined) {
      this.#checkChanges(roster, changes)
      for (const [peer, role] of roster.unsealed(this.#identity.peerId))
        if (changes.size < rosterLimits.changes && !changes.has(peer)) changes.set(peer, role)
      this.#sign(held, roster, { changes, name: newName, issued: this.#now() })
      this.#changed(circle)
    }
    return this.#describe(held)
  }

  /** This user leaves. Throws `circle.denied` when it is not in it, `circle.unknown`, and what `state` throws. */
  leave(circle: string): void {
    const held = this.#existing(circle)
    const roster = this.#whole(held)
    const { peerId } = this.#identity
    const admission = roster.members.has(peerId) ? roster.admission(peerId) : undefined
    if (admission === undefined) throw denied(this.#wrongKey(roster) ?? 'you are not in it')
    this.#add(held, roster, signLeave(this.#identity, circle, admission))
    this.#changed(circle)
  }

  /** Gives a circle a name that only this user sees; an empty one takes it away. Throws `usage.invalid`, `circle.unknown`. */
  callLocally(circle: string, name: string): Circle {
    const held = this.#existing(circle)
    if (name !== '') checkName(name)
    const { alias: _, ...record } = held.record
    this.#put(held, name === '' ? record : { ...record, alias: name })
    this.#changed(circle)
    return this.#describe(held)
  }

  /** Forgets a circle that the user is not in any more. Throws `circle.denied` when it is, `circle.unknown`. */
  forget(circle: string): void {
    const held = this.#existing(circle)
    if (held.own !== undefined) throw denied('you are in it; leave it first (`peerage circle leave`)')
    this.#store.delete(circle)
    this.#circles.delete(circle)
    for (const peer of held.record.roles.keys()) this.#circlesOf.get(peer)?.delete(circle)
    this.#changed(circle)
  }

  /**
   * Takes statements that another peer sent, in any order. A circle that is not known here is kept when this user is in it, and there is
   * room. Throws nothing but what `state` throws.
   */
  receive(envelopes: readonly Uint8Array[]): Received {
    const refused: PeerageError[] = []
    const byCircle = new Map<string, RosterStatement[]>()
    for (const bytes of envelopes)
      orRefuse(refused, () => {
        const statement = openRosterStatement(bytes)
        const others = byCircle.get(statement.circle)
        if (others === undefined) byCircle.set(statement.circle, [statement])
        else others.push(statement)
      })
    const results = [...byCircle].map(([circle, statements]) => ({
      circle,
      ...this.#receive(circle, statements, refused),
    }))
    const changed = results.filter(({ kept }) => kept > 0).map(({ circle }) => circle)
    for (const circle of changed) this.#changed(circle)
    const sum = (name: 'kept' | 'unready'): number => results.reduce((all, one) => all + one[name], 0)
    return { changed, kept: sum('kept'), unready: sum('unready'), refused }
  }

  /** To be called when `selves` may give others than before. */
  selvesChanged(): void {
    for (const held of [...this.#circles.values()]) {
      const before = held.own
      held.own = this.#ownRole(held)
      if (held.own !== before) this.#changed(held.id)
    }
  }

  /** Calls `listener` after each change of a circle with its id. Gives what ends it. */
  onChanged(listener: (circle: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #receive(
    circle: string,
    statements: RosterStatement[],
    refused: PeerageError[],
  ): { kept: number; unready: number } {
    const held = this.#circles.get(circle)
    const roster = held && this.#load(held).roster
    if (held === undefined || roster === undefined)
      return { kept: this.#welcome(held, statements, refused), unready: 0 }
    const { added, unready } = insertAll(roster, statements, refused)
    if (added.length > 0) this.#save(held, roster, added)
    return { kept: added.length, unready }
  }

  /** Takes a circle that is not known, or whose first statement was damaged. Gives how many statements are kept. */
  #welcome(
    held: HeldCircle | undefined,
    statements: readonly RosterStatement[],
    refused: PeerageError[],
  ): number {
    const foundation = statements.find(isFoundation)
    const ours = this.#selves().some(self => statements.some(({ changes }) => changes.has(self)))
    const others = statements.filter(one => one !== foundation)
    const welcome = orRefuse(refused, () => {
      if (!ours || foundation === undefined) throw denied('this user is not in it')
      if (held === undefined) this.#checkRoom()
      const roster = new Roster(foundation)
      const added = [foundation, ...insertAll(roster, others, refused).added]
      if (held === undefined && !this.#selves().some(self => roster.members.has(self)))
        throw denied('this user is not in it')
      return { roster, added }
    })
    if (welcome === undefined) return 0
    const { roster, added } = welcome
    if (held === undefined) this.#keep(roster, added)
    else {
      this.#load(held).roster = roster
      this.#save(held, roster, added)
    }
    return added.length
  }

  #checkChanges(roster: Roster, changes: ReadonlyMap<string, RosterRole>): void {
    const { changes: atOnce, members } = rosterLimits
    if (changes.size > atOnce)
      throw new PeerageError('access.limit', `At most ${atOnce} members of a circle change at once.`)
    const objection = roster.objection(this.#identity.peerId, changes)
    if (objection !== undefined) throw denied(this.#wrongKey(roster) ?? objection)
    const after = new Set(roster.members.keys())
    for (const [peer, role] of changes)
      if (role === 'removed') after.delete(peer)
      else after.add(peer)
    if (after.size > Math.max(members, roster.members.size))
      throw new PeerageError('access.limit', `A circle has at most ${members} members.`)
  }

  /** Rosters name persons by their main keys, so no other key of theirs can sign. */
  #wrongKey({ members }: Roster): string | undefined {
    if (members.has(this.#identity.peerId) || !this.#selves().some(self => members.has(self)))
      return undefined
    return 'your role belongs to another key of yours; do it on the machine that has that'
  }

  /** Signs after everything that is known; more statements than one can name are merged first. */
  #sign(held: HeldCircle, roster: Roster, change: RosterChange): void {
    const identity = this.#identity
    const { id } = held
    while (roster.heads.length > rosterLimits.parents) {
      const some = roster.heads.slice(0, rosterLimits.parents)
      const merge = { changes: new Map(), issued: change.issued }
      this.#add(held, roster, signRosterChange(identity, id, some, merge))
    }
    this.#add(held, roster, signRosterChange(identity, id, roster.heads, change))
  }

  #add(held: HeldCircle, roster: Roster, bytes: Uint8Array): void {
    const statement = openRosterStatement(bytes)
    roster.insert(statement)
    this.#save(held, roster, [statement])
  }

  #keep(roster: Roster, statements: readonly RosterStatement[]): void {
    const loaded = { roster, rows: 0 }
    const record = recordOf(roster)
    this.#store.append(roster.id, loaded, statements)
    this.#store.save(roster.id, record)
    this.#hold(roster.id, record).loaded = loaded
  }

  /** What could not be stored does not count: the roster is read again from what was. */
  #save(held: HeldCircle, roster: Roster, added: readonly RosterStatement[]): void {
    try {
      this.#store.append(held.id, held.loaded!, added)
      if (held.damaged) this.#setDamaged(held, !isWhole(roster, held.record))
      if (!held.damaged) this.#put(held, recordOf(roster, held.record.alias))
    } catch (error) {
      held.loaded = undefined
      throw error
    }
  }

  #put(held: HeldCircle, record: CircleRecord): void {
    this.#store.save(held.id, record)
    for (const peer of held.record.roles.keys()) this.#circlesOf.get(peer)?.delete(held.id)
    this.#index(held, record)
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
    for (const peer of held.record.roles.keys()) {
      const circles = this.#circlesOf.get(peer)
      if (circles === undefined) this.#circlesOf.set(peer, new Set([held.id]))
      else circles.add(held.id)
    }
  }

  #load(held: HeldCircle): LoadedRoster {
    if (held.loaded !== undefined) return held.loaded
    const loaded = this.#store.load(held.id)
    held.loaded = loaded
    this.#setDamaged(held, loaded.roster === undefined || !isWhole(loaded.roster, held.record))
    // More than the record knows of: the program ended between the two writes.
    const { roster } = loaded
    if (roster !== undefined && !held.damaged && roster.heads.some(id => !held.record.heads.includes(id)))
      this.#put(held, recordOf(roster, held.record.alias))
    return loaded
  }

  #whole(held: HeldCircle): Roster {
    const { roster } = this.#load(held)
    if (roster === undefined || held.damaged)
      throw denied('part of its roster could not be read from the disk; meet another member, which has it')
    return roster
  }

  #describe(held: HeldCircle): Circle {
    const { name, alias } = held.record
    return {
      id: held.id,
      name: alias ?? name,
      ...(alias !== undefined && { givenName: name }),
      role: held.own,
      members: held.record.roles.size,
      damaged: held.damaged,
    }
  }

  #setDamaged(held: HeldCircle, damaged: boolean): void {
    held.damaged = damaged
    held.own = this.#ownRole(held)
  }

  /** Undefined also when the disk lost a part of the roster: it may be the one that removed somebody. */
  #ownRole({ record: { roles }, damaged }: HeldCircle): Role | undefined {
    const self = damaged ? undefined : this.#selves().find(one => roles.has(one))
    return self === undefined ? undefined : roles.get(self)
  }

  #existing(circle: string): HeldCircle {
    const held = this.#circles.get(circle)
    if (held === undefined) throw unknown(circle)
    return held
  }

  #checkRoom(): void {
    if (this.#circles.size >= this.#max)
      throw new PeerageError(
        'access.limit',
        `There are ${this.#max} circles already (access.maxCircles). Forget one that you left.`,
      )
  }

  #now(): number {
    return Math.max(0, Math.floor(this.#world.wallTime()))
  }

  #changed(circle: string): void {
    for (const listener of [...this.#listeners]) listener(circle)
  }
}

function isWhole(roster: Roster, { heads }: CircleRecord): boolean {
  return heads.every(id => roster.has(id))
}

/** Inserts in any order. What could not be used yet is left. */
function insertAll(
  roster: Roster,
  statements: readonly RosterStatement[],
  refused: PeerageError[],
): { added: RosterStatement[]; unready: number } {
  const added: RosterStatement[] = []
  let waiting = statements
  let before: number
  do {
    before = added.length
    waiting = waiting.filter(statement => {
      const reception = orRefuse(refused, () => roster.insert(statement))
      if (reception === 'added') added.push(statement)
      return reception === 'unready'
    })
  } while (waiting.length > 0 && added.length > before)
  return { added, unready: waiting.length }
}

function orRefuse<T>(refused: PeerageError[], run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
    refused.push(error)
    return undefined
  }
}

function checkName(name: string): void {
  if (!isCircleName(name))
    throw new PeerageError(
      'usage.invalid',
      `A circle's name has 1 to ${rosterLimits.nameLength} visible characters and no blank at its ends.`,
    )
}

function denied(why: string): PeerageError {
  return new PeerageError('circle.denied', `The circle was not changed: ${why}.`)
}

function unknown(text: string): PeerageError {
  return new PeerageError('circle.unknown', `There is no circle "${text.slice(0, 70)}" here.`)
}

function ambiguous(text: string, found: readonly Circle[]): PeerageError {
  const ids = found.map(({ id }) => id.slice(0, 8)).join(', ')
  return new PeerageError(
    'usage.invalid',
    `${found.length} circles are called "${text}": use the first digits of an id (${ids}), or give one another name that only you see: \`peerage circle rename ${found[0]!.id.slice(0, 8)} NAME --here\`.`,
  )
}
