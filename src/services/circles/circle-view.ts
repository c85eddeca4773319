import type { Circle, Role, RosterEntry, RosterRole } from '../../access/index.ts'
import type { CirclesHost } from './host.ts'

/** Somebody as the user knows it. */
export interface Who {
  readonly peer: string
  /** What the user calls it; absent when it is no contact. */
  readonly name?: string
  /** It is the user. */
  readonly self?: true
}

export interface CircleMemberRow extends Who {
  readonly role: Role
}

/** One statement of the roster. */
export interface CircleNews {
  readonly id: string
  readonly by: Who
  /** Milliseconds since 1970 by the clock of whoever signed; absent when somebody left. */
  readonly at?: number
  /** What the circle was called by it. */
  readonly name?: string
  readonly changes: readonly (Who & { readonly role: RosterRole })[]
  /** False: a senior admin took the signer's role away, at the same time or before. */
  readonly counts: boolean
}

export interface CircleDetails extends Circle {
  /** Admins first. */
  readonly people: readonly CircleMemberRow[]
  /** The newest first. */
  readonly news: readonly CircleNews[]
}

const order: readonly Role[] = ['admin', 'member', 'guest']

export function detailsOf(host: CirclesHost, circle: Circle): CircleDetails {
  const people = [...host.circles.members(circle.id)].map(([peer, role]) => ({ ...whoIs(host, peer), role }))
  const rank = ({ role, name, peer }: CircleMemberRow): string =>
    `${order.indexOf(role)} ${name ?? '~'} ${peer}`
  return {
    ...circle,
    people: people.sort((a, b) => (rank(a) < rank(b) ? -1 : 1)),
    news: host.circles
      .history(circle.id)
      .map(entry => newsOf(host, entry))
      .reverse(),
  }
}

function newsOf(host: CirclesHost, { statement, counts }: RosterEntry): CircleNews {
  const { id, signer, issued, name, changes } = statement
  return {
    id,
    by: whoIs(host, signer),
    ...(issued !== undefined && { at: issued }),
    ...(name !== undefined && { name }),
    changes: [...changes].map(([peer, role]) => ({ ...whoIs(host, peer), role })),
    counts,
  }
}

export function whoIs({ selves, nameOf }: CirclesHost, peer: string): Who {
  const name = nameOf(peer)
  return { peer, ...(name !== undefined && { name }), ...(selves().includes(peer) && { self: true }) }
}
