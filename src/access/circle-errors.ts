import { PeerageError } from '../base/index.ts'
import type { Circle } from './circle.ts'
import { isCircleName, rosterLimits } from './roster-statement.ts'

/** Throws `usage.invalid`. */
export function checkName(name: string): void {
  if (!isCircleName(name))
    throw new PeerageError(
      'usage.invalid',
      `A circle's name has 1 to ${rosterLimits.nameLength} visible characters and no blank at its ends.`,
    )
}

export function denied(why: string): PeerageError {
  return new PeerageError('circle.denied', `The circle was not changed: ${why}.`)
}

export function unknown(text: string): PeerageError {
  return new PeerageError('circle.unknown', `There is no circle "${text.slice(0, 70)}" here.`)
}

export function ambiguous(text: string, found: readonly Circle[]): PeerageError {
  const ids = found.map(({ id }) => id.slice(0, 8)).join(', ')
  return new PeerageError(
    'usage.invalid',
    `${found.length} circles are called "${text}": use the first digits of an id (${ids}), or give one another name that only you see: \`peerage circle rename ${found[0]!.id.slice(0, 8)} NAME --here\`.`,
  )
}
