import { PeerageError } from '../base/index.ts'
import type { Roster } from './roster.ts'
import type { RosterStatement } from './roster-statement.ts'

/** Inserts in any order. What could not be used yet is left. */
export function insertAll(
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

/** Runs what may refuse; a refusal is noted and gives nothing. */
export function orRefuse<T>(refused: PeerageError[], run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof PeerageError)) throw error
    refused.push(error)
    return undefined
  }
}
