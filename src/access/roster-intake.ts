import { PeerageError } from '../base/index.ts'
import type { Roster } from './roster.ts'
import { openRosterStatement, type RosterStatement } from './roster-statement.ts'

/** Statements in any order on their way into a roster: each goes in as soon as those are there that it was made after. */
export class RosterIntake {
  readonly #todo: RosterStatement[]
  /** By the id of a statement that is lacking. */
  readonly #waiting = new Map<string, RosterStatement[]>()
  readonly #refused: PeerageError[]

  /** `refused`: takes what is wrong with them. */
  constructor(statements: readonly RosterStatement[], refused: PeerageError[]) {
    this.#todo = statements.toReversed()
    this.#refused = refused
  }

  /** Those that can be tried. */
  get left(): number {
    return this.#todo.length
  }

  /** How many lack others. */
  get unready(): number {
    return [...this.#waiting.values()].reduce((sum, { length }) => sum + length, 0)
  }

  /** Inserts until nothing is left, or for at least one statement until `isDue`. Gives what was added. */
  into(roster: Roster, isDue: () => boolean): RosterStatement[] {
    const added: RosterStatement[] = []
    for (let next = this.#todo.pop(); next !== undefined; next = this.#todo.pop()) {
      if (this.#insert(roster, next)) added.push(next)
      if (isDue()) break
    }
    return added
  }

  #insert(roster: Roster, statement: RosterStatement): boolean {
    const lacking = statement.parents.find(id => !roster.has(id))
    const reception = orRefuse(this.#refused, () => roster.insert(statement))
    if (reception === 'unready') {
      const others = this.#waiting.get(lacking!)
      if (others === undefined) this.#waiting.set(lacking!, [statement])
      else others.push(statement)
    }
    if (reception !== 'added') return false
    this.#todo.push(...(this.#waiting.get(statement.id) ?? []))
    this.#waiting.delete(statement.id)
    return true
  }
}

/** Statements by their circles, their signatures checked, one a step. */
export function* openAll(
  envelopes: readonly Uint8Array[],
  refused: PeerageError[],
): Generator<void, ReadonlyMap<string, RosterStatement[]>> {
  const byCircle = new Map<string, RosterStatement[]>()
  for (const bytes of envelopes) {
    const statement = orRefuse(refused, () => openRosterStatement(bytes))
    const others = statement && byCircle.get(statement.circle)
    if (others !== undefined) others.push(statement!)
    else if (statement !== undefined) byCircle.set(statement.circle, [statement])
    yield
  }
  return byCircle
}

/** Runs what may refuse; a refusal is noted and gives nothing. */
function orRefuse<T>(refused: PeerageError[], run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
    refused.push(error)
    return undefined
  }
}
