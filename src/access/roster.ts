import { PeerageError } from '../base/index.ts'
import {
  isFoundation,
  isLeave,
  openRosterStatement,
  type RosterChange,
  type RosterRole,
  type RosterStatement,
  rosterLimits,
} from './roster-statement.ts'
import {
  type CircleMember,
  compareRanks,
  hasBit,
  type Rank,
  type RosterNode,
  RosterView,
} from './roster-view.ts'

/** What became of a statement: `unready` lacks some that it was made after, and is to be given again behind them. */
export type Reception = 'added' | 'known' | 'unready'

/** A statement with what it is worth among all that is known. */
export interface RosterEntry {
  readonly statement: RosterStatement
  readonly counts: boolean
}

/**
 * All statements of one circle, and what they make of it: the same for everybody who has the same ones, in whatever order they came.
 * Reads no clock: a statement is before another when the other names it. See docs/decisions/011-access.md.
 */
export class Roster {
  readonly id: string
  readonly founder: string
  readonly #nodes: RosterNode[] = []
  readonly #numbers = new Map<string, number>()
  readonly #words = new Map<string, number[]>()
  readonly #namings: number[] = []
  readonly #bySeniority: number[] = []
  /** Nodes that none comes after. */
  readonly #heads = new Set<number>()
  #bytes = 0
  #view: RosterView | undefined
  #members: ReadonlyMap<string, CircleMember> | undefined

  /** `foundation`: the first statement. Throws `TypeError` when it is none. */
  constructor(foundation: RosterStatement) {
    if (!isFoundation(foundation)) throw new TypeError('not the first statement of a circle')
    this.id = foundation.id
    this.founder = foundation.signer
    this.#append({ statement: foundation, depth: 0, past: new Uint32Array(0) })
  }

  /** How many statements there are. */
  get size(): number {
    return this.#nodes.length
  }

  get name(): string {
    return this.#current().name
  }

  /** By PeerId, without those that left or were removed. */
  get members(): ReadonlyMap<string, CircleMember> {
    this.#members ??= this.#current().members()
    return this.#members
  }

  /** Every statement, each after those that it was made after. */
  entries(): RosterEntry[] {
    const view = this.#current()
    return this.#nodes.map(({ statement }, at) => ({ statement, counts: view.counts(at) }))
  }

  ids(): IterableIterator<string> {
    return this.#numbers.keys()
  }

  has(id: string): boolean {
    return this.#numbers.has(id)
  }

  /** The newest statements, which the next one is to be made after: those that none comes after. */
  get heads(): string[] {
    return [...this.#heads].map(at => this.#nodes[at]!.statement.id)
  }

  /**
   * Takes a genuine statement. Throws `statement.invalid` when it is of another circle or its signer may not say that by what it was
   * made after, and `access.limit` when the circle is full.
   */
  insert(statement: RosterStatement): Reception {
    const { id, circle, parents } = statement
    if (circle !== this.id) throw invalid('it is of another circle')
    if (this.#numbers.has(id)) return 'known'
    const before = parents.map(parent => this.#numbers.get(parent))
    if (before.includes(undefined)) return 'unready'
    this.#checkRoom(statement)
    const { past, depth } = this.#after(before as number[])
    // After everything that is known: then what it was made after is what is known.
    const isNewest = [...this.#heads].every(head => before.includes(head))
    const view = isNewest ? this.#current() : new RosterView(this.#graph, past)
    const verdict = this.#judge(statement, view)
    if (typeof verdict === 'string') throw invalid(verdict)
    this.#append({ statement, depth, past, ...verdict })
    if (isNewest) view.extend()
    else this.#view = undefined
    return 'added'
  }

  /** Why `signer` may not make these changes now; undefined when it may. */
  objection(signer: string, changes: RosterChange['changes']): string | undefined {
    const verdict = judgeAdmin(this.#current(), signer, changes)
    return typeof verdict === 'string' ? verdict : undefined
  }

  /**
   * Admins junior to `signer` that gave that up by themselves, and could still sign as if they had not, with the roles that they have now.
   * The next statement of `signer` is to say these, too: then what they sign counts no more.
   */
  unsealed(signer: string): Map<string, RosterRole> {
    const view = this.#current()
    const own = view.member(signer)?.rank
    const out = new Map<string, RosterRole>()
    if (own === undefined) return out
    for (const peer of this.#words.keys()) {
      const rank = view.formerRank(peer)
      if (rank !== undefined && compareRanks(own, rank) < 0)
        out.set(peer, view.member(peer)?.role ?? 'removed')
    }
    return out
  }

  /** The id of the statement that a peer's leave has to name: the last that counts and gave it a role. */
  admission(peer: string): string | undefined {
    const at = this.#words.get(peer)?.findLast(word => {
      return this.#current().counts(word) && this.#nodes[word]!.statement.changes.get(peer) !== 'removed'
    })
    return at === undefined ? undefined : this.#nodes[at]!.statement.id
  }

  /**
   * The ids of the statements by which a peer that is not in the circle any more learns that: those that removed it, and what they were made after.
   * None when it is in it, or never was.
   */
  farewell(peer: string): string[] {
    if (this.members.has(peer)) return []
    const removals = (this.#words.get(peer) ?? []).filter(
      at => this.#current().counts(at) && this.#nodes[at]!.statement.changes.get(peer) === 'removed',
    )
    const needed = (at: number): boolean =>
      removals.some(removal => removal === at || hasBit(this.#nodes[removal]!.past, at))
    return this.#nodes.filter((_, at) => needed(at)).map(({ statement }) => statement.id)
  }

  get #graph(): ConstructorParameters<typeof RosterView>[0] {
    return {
      nodes: this.#nodes,
      words: this.#words,
      namings: this.#namings,
      bySeniority: this.#bySeniority,
    }
  }

  #current(): RosterView {
    this.#view ??= new RosterView(this.#graph)
    return this.#view
  }

  #judge(statement: RosterStatement, view: RosterView): Warrant | string {
    return isLeave(statement) ? this.#judgeLeave(statement, view) : this.#judgeChange(statement, view)
  }

  #judgeChange({ signer, changes }: RosterStatement, view: RosterView): Warrant | string {
    const rank = judgeAdmin(view, signer, changes)
    return typeof rank === 'string' ? rank : { rank, warrant: this.#numbers.get(rank.id)! }
  }

  #judgeLeave({ signer, parents }: RosterStatement, view: RosterView): Warrant | string {
    const given = this.#nodes[this.#numbers.get(parents[0]!)!]!.statement.changes.get(signer)
    if (given === undefined || given === 'removed') return 'it was not made after its signer was let in'
    return view.member(signer) === undefined ? 'its signer was not in the circle' : {}
  }

  #checkRoom({ signer, bytes, changes }: RosterStatement): void {
    const { statements, circleBytes, peers, words } = rosterLimits
    // The last eighth is the founder's, so that no other admin can fill a circle up and then not be removed from it.
    const part = signer === this.founder ? 1 : 7 / 8
    if (this.#nodes.length >= statements * part) throw full(`${statements} statements`)
    if (this.#bytes + bytes.length > circleBytes * part) throw full(`${circleBytes} bytes`)
    let known = this.#words.size
    for (const peer of changes.keys()) {
      const said = this.#words.get(peer)?.length ?? 0
      if (said >= words * part) throw full(`${words} changes of one peer`)
      if (said === 0) known++
    }
    if (known > peers) throw full(`${peers} peers`)
  }

  #after(before: readonly number[]): { past: Uint32Array; depth: number } {
    const past = new Uint32Array((this.#nodes.length + 31) >>> 5)
    let depth = 0
    for (const at of before) {
      const node = this.#nodes[at]!
      node.past.forEach((bits, i) => {
        past[i]! |= bits
      })
      past[at >>> 5]! |= 1 << (at & 31)
      depth = Math.max(depth, node.depth + 1)
    }
    return { past, depth }
  }

  #append(node: RosterNode): void {
    const at = this.#nodes.push(node) - 1
    const { id, parents, changes, name, bytes } = node.statement
    this.#numbers.set(id, at)
    this.#bytes += bytes.length
    for (const parent of parents) this.#heads.delete(this.#numbers.get(parent)!)
    this.#heads.add(at)
    for (const peer of changes.keys()) {
      const words = this.#words.get(peer)
      if (words === undefined) this.#words.set(peer, [at])
      else words.push(at)
    }
    if (name !== undefined) this.#namings.push(at)
    if (node.rank !== undefined) this.#rank(at, node.rank)
    this.#members = undefined
  }

  #rank(at: number, rank: Rank): void {
    let low = 0
    let high = this.#bySeniority.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareRanks(this.#nodes[this.#bySeniority[middle]!]!.rank!, rank) <= 0) low = middle + 1
      else high = middle
    }
    this.#bySeniority.splice(low, 0, at)
  }
}

type Warrant = Pick<RosterNode, 'warrant' | 'rank'>

/** The roster in stored statements, in their order, one a step. Signatures are not checked again; what does not fit is left out. */
export function* restoreRoster(stored: Iterable<Uint8Array>): Generator<void, Roster | undefined> {
  let roster: Roster | undefined
  for (const bytes of stored) {
    yield
    try {
      const statement = openRosterStatement(bytes, true)
      if (roster !== undefined) roster.insert(statement)
      else if (isFoundation(statement)) roster = new Roster(statement)
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
    }
  }
  return roster
}

/** How senior the signer is, or why it may not say this. */
function judgeAdmin(view: RosterView, signer: string, changes: RosterChange['changes']): Rank | string {
  const rank = view.member(signer)?.rank
  if (rank === undefined) return 'its signer was not an admin'
  for (const [peer, role] of changes) {
    if (peer === signer) {
      if (role === 'admin') return 'nobody makes itself an admin'
      continue
    }
    const target = view.member(peer)?.rank
    if (target !== undefined && compareRanks(rank, target) >= 0)
      return 'only an admin that was made earlier may change another one'
  }
  return rank
}

function invalid(why: string): PeerageError {
  return new PeerageError('statement.invalid', `A signed statement (roster) was refused: ${why}.`)
}

function full(what: string): PeerageError {
  return new PeerageError(
    'access.limit',
    `The circle is full: its roster has at most ${what}. Make a new circle of those who are in it.`,
  )
}
