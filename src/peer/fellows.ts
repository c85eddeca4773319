import type { Network } from '../network/index.ts'
import type { Company } from '../services/gossip/index.ts'
import type { Acquaintances } from './acquaintances.ts'

/** The keys by which rosters may name a person. */
export function rosterKeysOf({ people }: Acquaintances, person: string): string[] {
  return [...people.formerly(person), person]
}

/** The circles in which the user and that person are. */
export function circlesWith(known: Acquaintances, person: string): ReadonlySet<string> {
  const named = rosterKeysOf(known, person).flatMap(key => [...known.circles.circlesOf(key)])
  return new Set(named.filter(id => known.standing.role(id, person) !== undefined))
}

/** The other members of each circle of the user. `self`: the PeerId of this peer. */
export function companiesOf(known: Acquaintances, self: string): Company[] {
  const { circles, people } = known
  return circles
    .list()
    .filter(({ role }) => role !== undefined)
    .map(({ id }) => {
      const persons = [...circles.members(id).keys()].map(key => people.personOf(key))
      const peers = new Set(persons.flatMap(person => people.keysOf(person)))
      peers.delete(self)
      return { topic: `circle:${id}`, peers: [...peers] }
    })
}

/** Whether a peer is a contact that is not blocked, a fellow of a circle, or a device of the user. */
export function isFellow(known: Acquaintances, self: string, peer: string): boolean {
  return standingOf(known, self, peer) !== undefined
}

/** How a peer stands to the user; the user's own devices count as contacts. */
export function standingOf(
  known: Acquaintances,
  self: string,
  peer: string,
): 'contact' | 'fellow' | undefined {
  const { people, contacts } = known
  const person = people.principal(peer)
  if (person === undefined) return undefined
  const trust = contacts.trust(person)
  if (trust !== undefined) return trust === 'blocked' ? undefined : 'contact'
  if (person === people.personOf(self)) return 'contact'
  return circlesWith(known, person).size > 0 ? 'fellow' : undefined
}

/** Those that are connected and are in a circle of the user's in which that person is, too. */
export function* connectedFellows(
  known: Acquaintances,
  network: Network | undefined,
  person: string,
): Iterable<string> {
  const shared = circlesWith(known, known.people.personOf(person))
  if (shared.size === 0) return
  for (const peer of new Set(network?.connections().map(one => one.peer))) {
    const principal = known.people.principal(peer)
    if (principal !== undefined && [...circlesWith(known, principal)].some(id => shared.has(id))) yield peer
  }
}
