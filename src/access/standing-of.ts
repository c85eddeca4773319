import type { Contacts } from './contacts.ts'
import type { People } from './people.ts'
import type { Role, Standing } from './standing.ts'

export interface StandingParts {
  readonly people: People
  readonly contacts: Contacts
  /** Nobody is in a circle when left out. */
  readonly circles?:
    | {
        role(circle: string, peer: string): Role | undefined
        circlesOf(peer: string): Iterable<string>
        onChanged(listener: () => void): () => void
      }
    | undefined
  /** Nothing is revoked when left out. */
  readonly revocations?:
    | { isRevoked(issuer: string, id: string): boolean; onChanged(listener: () => void): () => void }
    | undefined
}

/** What is known of peers on this machine, put together for the decisions. */
export function standingOf({ people, contacts, circles, revocations }: StandingParts): Standing {
  const roles = circles && new Roles(circles, people)
  return {
    principal: peer => people.principal(peer),
    formerly: person => people.formerly(person),
    trust: person => contacts.trust(person),
    role(circle, person) {
      const key = roles?.of(person).get(circle)
      return key === undefined ? undefined : circles?.role(circle, key)
    },
    isRevoked: (issuer, grant) => revocations?.isRevoked(issuer, grant) ?? false,
    onChanged: listener => {
      const ends = [people, contacts, circles, revocations].map(part => part?.onChanged(() => listener()))
      return () => {
        for (const end of ends) end?.()
      }
    },
  }
}

/** Of so many persons roles are remembered at once. */
const maxRemembered = 16_384
const none: ReadonlyMap<string, string> = new Map()

/** By which of its keys a person has a role in which circles, remembered until something changes. */
class Roles {
  readonly #circles: NonNullable<StandingParts['circles']>
  readonly #people: People
  readonly #known = new Map<string, ReadonlyMap<string, string>>()

  constructor(circles: NonNullable<StandingParts['circles']>, people: People) {
    this.#circles = circles
    this.#people = people
    circles.onChanged(() => this.#known.clear())
    people.onChanged(() => this.#known.clear())
  }

  of(person: string): ReadonlyMap<string, string> {
    const known = this.#known.get(person)
    if (known !== undefined) return known
    if (this.#known.size >= maxRemembered) this.#known.clear()
    const roles = this.#find(person)
    this.#known.set(person, roles)
    return roles
  }

  /** A roster may name the person by a key that it had before; what it says of a later key goes before that. */
  #find(person: string): ReadonlyMap<string, string> {
    const roles = new Map<string, string>()
    for (const key of [...this.#people.formerly(person), person])
      for (const circle of this.#circles.circlesOf(key))
        if (this.#circles.role(circle, key) !== undefined) roles.set(circle, key)
    return roles.size === 0 ? none : roles
  }
}
