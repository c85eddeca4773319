import type { Contacts } from './contacts.ts'
import type { People } from './people.ts'
import type { Role, Standing } from './standing.ts'

export interface StandingParts {
  readonly people: People
  readonly contacts: Contacts
  /** Nobody is in a circle when left out. */
  readonly circles?:
    | { role(circle: string, peer: string): Role | undefined; onChanged(listener: () => void): () => void }
    | undefined
  /** Nothing is revoked when left out. */
  readonly revocations?:
    | { isRevoked(issuer: string, id: string): boolean; onChanged(listener: () => void): () => void }
    | undefined
}

/** What is known of peers on this machine, put together for the decisions. */
export function standingOf({ people, contacts, circles, revocations }: StandingParts): Standing {
  return {
    principal: peer => people.principal(peer),
    formerly: person => people.formerly(person),
    trust: person => contacts.trust(person),
    // A roster may name the person by a key that it had before; what it says of a later key goes before that.
    role: (circle, person) => circles && roleIn(circles, circle, person, people.formerly(person)),
    isRevoked: (issuer, grant) => revocations?.isRevoked(issuer, grant) ?? false,
    onChanged: listener => {
      const ends = [people, contacts, circles, revocations].map(part => part?.onChanged(() => listener()))
      return () => {
        for (const end of ends) end?.()
      }
    },
  }
}

/** A roster may name the person by a key that it had before; what it says of a later key goes before that. */
function roleIn(
  circles: NonNullable<StandingParts['circles']>,
  circle: string,
  person: string,
  formerly: readonly string[],
): Role | undefined {
  const role = circles.role(circle, person)
  if (role !== undefined || formerly.length === 0) return role
  return formerly.map(key => circles.role(circle, key)).findLast(one => one !== undefined)
}
