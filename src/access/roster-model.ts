import { isFoundation, isLeave, type RosterRole, type RosterStatement } from './roster-statement.ts'
import type { Role } from './standing.ts'

const lowness: readonly RosterRole[] = ['removed', 'guest', 'member', 'admin']

type Rank = readonly [depth: number, id: string, peer: string]

/**
 * The rules of decision 011 written down as they are said, with sets and recursion, and no thought of speed: what `Roster` is compared
 * with in tests. `add` takes statements whose parents were taken.
 */
export class RosterModel {
  readonly #taken = new Map<string, RosterStatement>()

  /** False: its signer may not say that. */
  add(statement: RosterStatement): boolean {
    if (this.#taken.has(statement.id)) return true
    if (!isFoundation(statement) && !this.#mayBeSaid(statement)) return false
    this.#taken.set(statement.id, statement)
    return true
  }

  members(): Map<string, Role> {
    return this.#membersOf(new Set(this.#taken.values()))
  }

  counting(): string[] {
    const all = new Set(this.#taken.values())
    return [...all].filter(one => this.#counts(one, all)).map(({ id }) => id)
  }

  #mayBeSaid(statement: RosterStatement): boolean {
    const before = this.#past(statement)
    const roles = this.#membersOf(before)
    const { signer, changes } = statement
    if (isLeave(statement)) {
      const given = this.#taken.get(statement.parents[0]!)!.changes.get(signer)
      return given !== undefined && given !== 'removed' && roles.has(signer)
    }
    const own = this.#rankOf(signer, before)
    if (own === undefined) return false
    return [...changes].every(([peer, role]) => {
      if (peer === signer) return role !== 'admin'
      const its = this.#rankOf(peer, before)
      return its === undefined || isSenior(own, its)
    })
  }

  #membersOf(among: ReadonlySet<RosterStatement>): Map<string, Role> {
    const out = new Map<string, Role>()
    for (const peer of new Set([...among].flatMap(({ changes }) => [...changes.keys()]))) {
      const role = this.#roleOf(peer, among)
      if (role !== 'removed') out.set(peer, role)
    }
    return out
  }

  #roleOf(peer: string, among: ReadonlySet<RosterStatement>): RosterRole {
    if (this.#rankOf(peer, among) !== undefined) return 'admin'
    const words = [...among].filter(one => one.changes.has(peer) && this.#counts(one, among))
    const last = words.filter(one => !words.some(other => this.#past(other).has(one)))
    const roles = last.map(one => lowness.indexOf(one.changes.get(peer)!))
    return lowness[Math.min(...roles)] ?? 'removed'
  }

  /** The most senior way in which a peer is an admin. */
  #rankOf(peer: string, among: ReadonlySet<RosterStatement>): Rank | undefined {
    return this.#warrants(peer, among)
      .map(one => this.#rankBy(one, peer))
      .toSorted((a, b) => (isSenior(a, b) ? -1 : 1))[0]
  }

  #warrants(peer: string, among: ReadonlySet<RosterStatement>): RosterStatement[] {
    return [...among].filter(
      one =>
        one.changes.get(peer) === 'admin' &&
        this.#counts(one, among) &&
        !this.#lowered(one, peer, undefined, among),
    )
  }

  #rankBy({ id, signer }: RosterStatement, peer: string): Rank {
    return [this.#depth(id), id, peer === signer ? '' : peer]
  }

  /** The rank of a statement's signer, by its own past. */
  #signerRank(statement: RosterStatement): Rank | undefined {
    return isLeave(statement) || isFoundation(statement)
      ? undefined
      : this.#rankOf(statement.signer, this.#past(statement))
  }

  #counts(statement: RosterStatement, among: ReadonlySet<RosterStatement>): boolean {
    if (isFoundation(statement) || isLeave(statement)) return true
    const rank = this.#signerRank(statement)!
    const warrant = this.#taken.get(rank[1])!
    return this.#counts(warrant, among) && !this.#lowered(warrant, statement.signer, statement, among)
  }

  /** Whether somebody senior took from `peer` what `warrant` gave it, as far as `statement` (or what is now) is concerned. */
  #lowered(
    warrant: RosterStatement,
    peer: string,
    statement: RosterStatement | undefined,
    among: ReadonlySet<RosterStatement>,
  ): boolean {
    const rank = this.#rankBy(warrant, peer)
    return [...among].some(one => {
      const role = one.changes.get(peer)
      if (role === undefined || role === 'admin' || this.#past(warrant).has(one)) return false
      const its = this.#signerRank(one)
      if (one.signer === peer) {
        // Of two statements of one peer the more senior one is decided first.
        const decided = statement === undefined || its === undefined || !isSenior(rank, its)
        const before = statement === undefined || this.#past(statement).has(one)
        return before && decided && this.#counts(one, among)
      }
      const after = statement !== undefined && (one === statement || this.#past(one).has(statement))
      return !after && its !== undefined && isSenior(its, rank) && this.#counts(one, among)
    })
  }

  #past({ parents }: RosterStatement): Set<RosterStatement> {
    const all = new Set<RosterStatement>()
    for (const id of parents) {
      const parent = this.#taken.get(id)!
      for (const one of [parent, ...this.#past(parent)]) all.add(one)
    }
    return all
  }

  #depth(id: string): number {
    const depths = this.#taken.get(id)!.parents.map(parent => this.#depth(parent) + 1)
    return Math.max(0, ...depths)
  }
}

function isSenior(a: Rank, b: Rank): boolean {
  if (a[0] !== b[0]) return a[0] < b[0]
  return a[1] === b[1] ? a[2] < b[2] : a[1] < b[1]
}
