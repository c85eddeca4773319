import type { Audience } from '../services/discovery/index.ts'
import type { Acquaintances } from './acquaintances.ts'
import { isFellow } from './fellows.ts'

/** Whether a peer is one of those for whom something is: see `Audience`. Who is blocked never is. */
export function isFor(known: Acquaintances, self: string, audience: Audience, peer: string): boolean {
  const { people, contacts } = known
  const person = people.principal(peer)
  if (audience === 'off' || person === undefined) return false
  const trust = contacts.trust(person)
  if (trust === 'blocked') return false
  if (audience === 'everyone') return true
  if (audience === 'circle') return isFellow(known, self, peer)
  return trust !== undefined || person === people.personOf(self)
}
