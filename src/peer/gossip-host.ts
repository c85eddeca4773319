import type { Access, KeyValue } from '../access/index.ts'
import type { World } from '../base/index.ts'
import type { Network } from '../network/index.ts'
import {
  CircleTopics,
  type GossipConfig,
  type GossipEvent,
  type GossipHost,
  PeopleTopics,
  type Relation,
  RevocationTopics,
} from '../services/gossip/index.ts'
import type { Acquaintances } from './acquaintances.ts'
import { circlesWith, companiesOf, isFellow, rosterKeysOf } from './fellows.ts'
import type { OwnersMet } from './owners-met.ts'

export interface GossipHostParts {
  /** PeerId of this peer. */
  readonly self: string
  readonly known: Acquaintances
  readonly access: Access
  readonly world: World
  readonly network: Network | undefined
  readonly config: GossipConfig
  readonly state: KeyValue
  readonly ownersMet: OwnersMet
  emit(event: GossipEvent): void
}

/** Who may be told what, and whom to keep in touch with: docs/decisions/011-access.md, "Gossip". */
export function gossipHost(parts: GossipHostParts): GossipHost {
  const { access, known, self, ownersMet } = parts
  const { people, contacts, circles, revocations, standing } = known
  const resource = 'service:gossip'
  access.setPolicy(resource, { subjects: ['everyone'], actions: ['use'] })
  const me = (): string => people.personOf(self)

  const relation = (peer: string): Relation => {
    if (people.principal(peer) === undefined) return 'refused'
    if (!access.check({ subject: { peer }, action: 'use', resource }).allowed) return 'refused'
    if (isFellow(known, self, peer)) return 'fellow'
    return ownersMet.of(peer).size > 0 ? 'member' : 'stranger'
  }

  /** Whether `peer` may be told of a person's devices: it is one of them, or ours, or the person is ours or in a circle with it. */
  const mayTell = (about: string, peer: string): boolean => {
    if (relation(peer) !== 'fellow') return false
    const [subject, person] = [people.personOf(about), people.personOf(peer)]
    if (person === me() || subject === me() || subject === person) return true
    const shared = circlesWith(known, subject)
    return [...circlesWith(known, person)].some(id => shared.has(id))
  }

  const mayTellRevoked = (issuer: string, peer: string): boolean =>
    mayTell(issuer, peer) || (relation(peer) !== 'refused' && ownersMet.of(peer).has(issuer))

  return {
    ...parts,
    sources: [
      new CircleTopics({
        circles,
        keysOf: peer => (relation(peer) === 'refused' ? [] : rosterKeysOf(known, people.personOf(peer))),
        mayIntroduce: peer => relation(peer) === 'fellow',
      }),
      new PeopleTopics(people, mayTell),
      new RevocationTopics(revocations, mayTellRevoked),
    ],
    relation,
    *contacts() {
      for (const peer of known.people.keysOf(me())) if (peer !== self) yield peer
      for (const { peer: person, trust } of contacts.list())
        if (trust !== 'blocked') yield* known.people.keysOf(person)
    },
    circles: () => companiesOf(known, self),
    fellows(peer) {
      const shared = circlesWith(known, people.personOf(peer))
      return new Set(
        companiesOf(known, self)
          .filter(({ topic }) => shared.has(topic.slice(topic.indexOf(':') + 1)))
          .flatMap(({ peers }) => peers),
      )
    },
    onChanged(listener) {
      const ends = [standing.onChanged(listener), ownersMet.onChanged(listener)]
      return () => {
        for (const end of ends) end()
      }
    },
  }
}
