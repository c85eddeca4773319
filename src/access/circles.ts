import { PeerageError, type World } from '../base/index.ts'
import type { Circle, CircleChange, Received } from './circle.ts'
import { ambiguous, checkName, denied, unknown } from './circle-errors.ts'
import { CircleStore } from './circle-store.ts'
import { CircleTable, type HeldCircle } from './circle-table.ts'
import { canonicalPeerId } from './peer-id.ts'
import type { KeyValue } from './records.ts'
import { Roster, type RosterEntry } from './roster.ts'
import { openAll, RosterIntake } from './roster-intake.ts'
import {
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
import { atOnce, Turns } from './turns.ts'

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

/** Told of each change of a circle by its id, and by which peer, if it was told by one. */
export type CircleListener = (circle: string, from?: string) => void

/**
 * The circles that the user of this machine is in or was in. Who has which role is answered from memory; the statements that make it so
 * are read from disk when they are asked for. Every change is in `state` before it counts. See docs/decisions/011-access.md.
 */
export class Circles {
  readonly #identity: Identity
  readonly #world: World
  readonly #max: number
  readonly #selves: () => readonly string[]
  readonly #table: CircleTable
  readonly #listeners = new Set<CircleListener>()
  readonly #closing = new AbortController()
  /** Statements are received one after the other. */
  #receiving: Promise<unknown> = Promise.resolve()

  constructor({ identity, world, state, max, selves }: CirclesOptions) {
    this.#identity = identity
    this.#world = world
    this.#max = max
    const self = [identity.peerId]
    this.#selves = selves ?? (() => self)
    this.#table = new CircleTable(new CircleStore(state), this.#selves, circle => this.#changed(circle))
  }

  /** The role of a peer in a circle that this user is in too; else undefined. */
  role(circle: string, peer: string): Role | undefined {
    return this.#table.role(circle, peer)
  }

  /** The ids of the circles in which a peer has a role, by their rosters as they are known here. */
  circlesOf(peer: string): ReadonlySet<string> {
    return this.#table.circlesOf(peer)
  }

  list(): Circle[] {
    return [...this.#table.all()].map(describe)
  }

  /** Undefined when there is no circle with that id. */
  get(id: string): Circle | undefined {
    const held = this.#table.get(id)
    return held && describe(held)
  }

  /** The circle that the user means by its name or the first digits of its id. Throws `circle.unknown`, `usage.invalid`. */
  find(text: string): Circle {
    const isMeant = ({ id, name }: Circle): boolean =>
      name === text || (/^[0-9a-f]{4,64}$/.test(text) && id.startsWith(text))
    // A name may look like the id of another circle: whoever gave it must not be able to pass it off as that one.
    const found = this.#table.get(text) !== undefined ? [this.get(text)!] : this.list().filter(isMeant)
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
    return this.#table.load(this.#existing(circle)).roster?.entries() ?? []
  }

  /** The ids of the statements that are here. Throws `circle.unknown`. */
  ids(circle: string): string[] {
    return [...(this.#table.load(this.#existing(circle)).roster?.ids() ?? [])]
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
    return this.#table.load(this.#existing(circle)).roster?.farewell(peer) ?? []
  }

  /** Makes a circle whose founder and only member is this user. Throws `usage.invalid`, `access.limit`, and what `state` throws. */
  create(name: string): Circle {
    checkName(name)
    const full = this.#full()
    if (full !== undefined) throw full
    const change = { changes: new Map(), name, issued: this.#now() }
    const bytes = signFoundation(this.#identity, change, this.#world.random.bytes(16))
    const foundation = openRosterStatement(bytes)
    atOnce(this.#table.keep(new Roster(foundation), [foundation]))
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
    return describe(held)
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
    this.#table.put(held, name === '' ? record : { ...record, alias: name })
    this.#changed(circle)
    return describe(held)
  }

  /** Forgets a circle that the user is not in any more. Throws `circle.denied` when it is, `circle.unknown`. */
  forget(circle: string): void {
    const held = this.#existing(circle)
    if (held.own !== undefined) throw denied('you are in it; leave it first (`peerage circle leave`)')
    this.#table.delete(held)
    this.#changed(circle)
  }

  /**
   * Takes statements that another peer sent, in any order, with turns for others; a part of them may count before all do. A circle that
   * is not known here is kept when this user is in it, and there is room. `from`: for `onChanged`. Throws nothing but what `state` throws,
   * and when it is closed.
   */
  receive(envelopes: readonly Uint8Array[], from?: string): Promise<Received> {
    const received = this.#receiving.then(() => this.#receive(envelopes, from))
    this.#receiving = received.catch(() => undefined)
    return received
  }

  /** Reads the statements of a circle with turns for others, so that who asks for them next need not wait. Undefined: there is nothing to read. */
  prepare(circle: string): Promise<void> | undefined {
    const held = this.#table.get(circle)
    return held && this.#table.prepare(held, this.#turns())
  }

  /** Ends what is being received or read. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('The circles are closed.'))
    await this.#receiving
    await this.#table.settled()
  }

  /** To be called when `selves` may give others than before. */
  selvesChanged(): void {
    this.#table.selvesChanged()
  }

  /** Gives what ends it. */
  onChanged(listener: CircleListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async #receive(envelopes: readonly Uint8Array[], from: string | undefined): Promise<Received> {
    const turns = this.#turns()
    const refused: PeerageError[] = []
    const changed: string[] = []
    const sum = { kept: 0, unready: 0 }
    for (const [circle, statements] of await turns.through(openAll(envelopes, refused))) {
      const { kept, unready } = await this.#take(circle, { statements, refused, turns, from })
      sum.kept += kept
      sum.unready += unready
      if (kept > 0) changed.push(circle)
    }
    return { changed, ...sum, refused }
  }

  async #take(circle: string, arrival: Arrival): Promise<{ kept: number; unready: number }> {
    await this.prepare(circle)
    const held = this.#table.get(circle)
    if (held === undefined || this.#table.load(held).roster === undefined)
      return { kept: await this.#welcome(held, arrival), unready: 0 }
    const { statements, refused, turns, from } = arrival
    const intake = new RosterIntake(statements, refused)
    let kept = 0
    try {
      for (let roster = this.#rosterOf(held); roster !== undefined; roster = this.#rosterOf(held)) {
        const added = intake.into(roster, () => turns.due)
        if (added.length > 0) this.#table.save(held, roster, added)
        kept += added.length
        if (intake.left === 0) break
        await turns.give()
      }
    } finally {
      if (kept > 0) this.#changed(circle, from)
    }
    return { kept, unready: intake.unready }
  }

  /** Takes a circle that is not known, or whose first statement was damaged. Gives how many statements are kept. */
  async #welcome(held: HeldCircle | undefined, arrival: Arrival): Promise<number> {
    const { statements, refused, turns, from } = arrival
    const foundation = statements.find(isFoundation)
    const ours = this.#selves().some(self => statements.some(({ changes }) => changes.has(self)))
    if (!ours || foundation === undefined) return refuse(refused, denied('this user is not in it'))
    const roster = new Roster(foundation)
    const added = [foundation]
    const intake = new RosterIntake(
      statements.filter(one => one !== foundation),
      refused,
    )
    while (intake.left > 0) {
      added.push(...intake.into(roster, () => turns.due))
      if (turns.due) await turns.give()
    }
    // Meanwhile the user may have made circles, and forgotten this one.
    const isIn = this.#selves().some(self => roster.members.has(self))
    if (this.#table.get(roster.id) !== held || (held === undefined && !isIn))
      return refuse(refused, denied('this user is not in it'))
    const full = held === undefined ? this.#full() : undefined
    if (full !== undefined) return refuse(refused, full)
    if (held === undefined) await turns.through(this.#table.keep(roster, added))
    else {
      this.#table.load(held).roster = roster
      this.#table.save(held, roster, added)
    }
    this.#changed(roster.id, from)
    return added.length
  }

  /** Undefined when it was forgotten. */
  #rosterOf(held: HeldCircle): Roster | undefined {
    return this.#table.get(held.id) === held ? this.#table.load(held).roster : undefined
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
    this.#table.save(held, roster, [statement])
  }

  #whole(held: HeldCircle): Roster {
    const { roster } = this.#table.load(held)
    if (roster === undefined || held.damaged)
      throw denied('part of its roster could not be read from the disk; meet another member, which has it')
    return roster
  }

  #existing(circle: string): HeldCircle {
    const held = this.#table.get(circle)
    if (held === undefined) throw unknown(circle)
    return held
  }

  #full(): PeerageError | undefined {
    if (this.#table.size < this.#max) return undefined
    return new PeerageError(
      'access.limit',
      `There are ${this.#max} circles already (access.maxCircles). Forget one that you left.`,
    )
  }

  #now(): number {
    return Math.max(0, Math.floor(this.#world.wallTime()))
  }

  #turns(): Turns {
    return new Turns(this.#world, this.#closing.signal)
  }

  #changed(circle: string, from?: string): void {
    for (const listener of [...this.#listeners]) listener(circle, from)
  }
}

/** Statements of one circle on their way in. */
interface Arrival {
  readonly statements: readonly RosterStatement[]
  /** Takes what is wrong with them. */
  readonly refused: PeerageError[]
  readonly turns: Turns
  readonly from: string | undefined
}

function refuse(refused: PeerageError[], why: PeerageError): 0 {
  refused.push(why)
  return 0
}

function describe({ id, record: { name, alias, roles }, own, damaged }: HeldCircle): Circle {
  return {
    id,
    name: alias ?? name,
    ...(alias !== undefined && { givenName: name }),
    role: own,
    members: roles.size,
    damaged,
  }
}
