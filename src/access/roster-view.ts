import type { RosterStatement } from './roster-statement.ts'
import type { Role } from './standing.ts'

/** How senior an admin is: the statement that made it one. The founder comes first, who made another one before that one. */
export interface Rank {
  readonly depth: number
  readonly id: string
  /** Among those whom one statement made admins: its signer (empty) first, then by PeerId. */
  readonly peer: string
}

/** A statement in its place in the graph. Nodes are numbered in an order in which each comes after its past. */
export interface RosterNode {
  readonly statement: RosterStatement
  /** How long the longest way back to the first statement is. */
  readonly depth: number
  /** The numbers of all nodes before it, as bits. */
  readonly past: Uint32Array
  /** The node by which its signer is an admin; absent in the first statement, and where a member leaves. */
  readonly warrant?: number | undefined
  /** Of its signer, by that node. */
  readonly rank?: Rank | undefined
}

export interface RosterGraph {
  readonly nodes: readonly RosterNode[]
  /** By PeerId, the nodes that say something of it, ascending. */
  readonly words: ReadonlyMap<string, readonly number[]>
  /** The nodes that name the circle, ascending. */
  readonly namings: readonly number[]
  /** The nodes with a warrant, from the most senior signer to the most junior; those of equal rank ascending. */
  readonly bySeniority: readonly number[]
}

/** What one peer is in a circle. */
export interface CircleMember {
  readonly role: Role
  /** Of an admin. */
  readonly rank?: Rank | undefined
}

/** Below zero when `a` is senior to `b`. */
export function compareRanks(a: Rank, b: Rank): number {
  if (a.depth !== b.depth) return a.depth - b.depth
  if (a.id !== b.id) return a.id < b.id ? -1 : 1
  return a.peer === b.peer ? 0 : a.peer < b.peer ? -1 : 1
}

export function rankBy({ statement, depth }: RosterNode, peer: string): Rank {
  return { depth, id: statement.id, peer: peer === statement.signer ? '' : peer }
}

export function hasBit(bits: Uint32Array, at: number): boolean {
  return (((bits[at >>> 5] ?? 0) >>> (at & 31)) & 1) === 1
}

const lowness: Readonly<Record<Role | 'removed', number>> = { removed: 0, guest: 1, member: 2, admin: 3 }

/**
 * A circle as a set of statements makes it: everything that is known, or the past of one statement. Nothing here depends on the order
 * in which they came. Whether a statement counts depends only on those of more senior signers and on its own past, so going from the
 * senior to the junior decides each once.
 */
export class RosterView {
  readonly #graph: RosterGraph
  readonly #within: Uint32Array | undefined
  readonly #counting: boolean[]

  /** `within`: a past as bits; everything by default. */
  constructor(graph: RosterGraph, within?: Uint32Array) {
    this.#graph = graph
    this.#within = within
    // The first statement and whoever leaves need nobody's leave.
    this.#counting = graph.nodes.map(({ warrant }, at) => warrant === undefined && this.#holds(at))
    for (const at of graph.bySeniority) if (this.#holds(at)) this.#counting[at] = this.#decide(at)
  }

  /** The graph has one more node, which comes after all others: so it changes nothing about them, and counts. */
  extend(): void {
    this.#counting.push(true)
  }

  /** Whether what a statement says is so. A senior admin may have taken its signer's role from it at the same time, or before. */
  counts(at: number): boolean {
    return this.#counting[at] === true
  }

  /** Undefined when it is not in the circle. */
  member(peer: string): CircleMember | undefined {
    const rank = this.#adminRank(peer)
    if (rank !== undefined) return { role: 'admin', rank }
    let lowest: Role | 'removed' | undefined
    for (const at of this.#lastOf(this.#graph.words.get(peer) ?? [])) {
      const role = this.#graph.nodes[at]!.statement.changes.get(peer)!
      if (lowest === undefined || lowness[role] < lowness[lowest]) lowest = role
    }
    return lowest === undefined || lowest === 'removed' ? undefined : { role: lowest }
  }

  /**
   * Whether a peer that gave up being an admin, and is none any more, could still sign as one: nobody senior took that from it as well,
   * and it could pretend not to have known that it left. Gives how senior it was.
   */
  formerRank(peer: string): Rank | undefined {
    return this.member(peer)?.role === 'admin' ? undefined : this.#adminRank(peer, false)
  }

  /** Of several names that were given at the same time that of the most senior admin. */
  get name(): string {
    const { nodes, namings } = this.#graph
    const best = this.#lastOf(namings)
      .map(at => nodes[at]!)
      .toSorted(bySeniority)[0]
    return best?.statement.name ?? ''
  }

  /** Everybody who is in the circle. */
  members(): Map<string, CircleMember> {
    const out = new Map<string, CircleMember>()
    for (const peer of this.#graph.words.keys()) {
      const member = this.member(peer)
      if (member !== undefined) out.set(peer, member)
    }
    return out
  }

  #holds(at: number): boolean {
    return this.#within === undefined || hasBit(this.#within, at)
  }

  #decide(at: number): boolean {
    const { statement, warrant } = this.#graph.nodes[at]!
    return this.counts(warrant!) && this.#stands(warrant!, statement.signer, at)
  }

  /** The most senior way in which it is an admin. `own`: whether what it gave up itself is gone. */
  #adminRank(peer: string, own = true): Rank | undefined {
    const { nodes, words } = this.#graph
    let best: Rank | undefined
    for (const at of words.get(peer) ?? []) {
      const node = nodes[at]!
      if (node.statement.changes.get(peer) !== 'admin' || !this.counts(at)) continue
      const rank = rankBy(node, peer)
      const isBetter = best === undefined || compareRanks(rank, best) < 0
      if (isBetter && this.#stands(at, peer, undefined, own)) best = rank
    }
    return best
  }

  /**
   * Whether the statement `warrant`, which made `peer` an admin, still holds for what it signed at `at` (or now): unless somebody senior
   * took the role away, and that neither before it was given nor after what was signed. At the same time is enough: who was removed
   * could always pretend not to have known. What a peer gave up itself ends only what it signed after that.
   */
  #stands(warrant: number, peer: string, at?: number, own = true): boolean {
    const { nodes, words } = this.#graph
    const rank = rankBy(nodes[warrant]!, peer)
    for (const word of words.get(peer)!) {
      const { statement, past, rank: its } = nodes[word]!
      if (!this.counts(word) || statement.changes.get(peer) === 'admin') continue
      if (hasBit(nodes[warrant]!.past, word)) continue
      const ends =
        statement.signer === peer
          ? own && (at === undefined || hasBit(nodes[at]!.past, word))
          : its !== undefined && compareRanks(its, rank) < 0 && !(word === at || isAfter(past, at))
      if (ends) return false
    }
    return true
  }

  /** Those that count and that no other one that counts comes after. */
  #lastOf(ascending: readonly number[]): number[] {
    const last: number[] = []
    for (let i = ascending.length - 1; i >= 0; i--) {
      const at = ascending[i]!
      if (this.counts(at) && !last.some(later => hasBit(this.#graph.nodes[later]!.past, at))) last.push(at)
    }
    return last
  }
}

function isAfter(past: Uint32Array, at: number | undefined): boolean {
  return at !== undefined && hasBit(past, at)
}

function bySeniority(a: RosterNode, b: RosterNode): number {
  if (a.rank === undefined || b.rank === undefined) return a.rank === undefined ? -1 : 1
  return compareRanks(a.rank, b.rank) || (a.statement.id < b.statement.id ? -1 : 1)
}
