import {
  type Circles,
  type Contacts,
  canonicalPeerId,
  canonicalSubject,
  peerOfCode,
  type SubjectRule,
} from '../access/index.ts'

/** A peer or a person as a user names it, and the other way round. Services get what they need of it through their ports. */
export interface Names {
  /**
   * The PeerId that a text means: a contact's name (with or without `contact:`), a PeerId in any form (with or without `peer:`), the
   * text of a QR code, a multiaddr that ends in one. Of a contact it is the main key. Throws `contact.unknown`.
   */
  personOf(text: string): string
  /** The petname of the person that a peer belongs to; undefined when it is no contact. */
  nameOf(peer: string): string | undefined
  /** The canonical form of a subject of a rule that may name a contact or a circle by name. Throws `contact.unknown`, `circle.unknown`, `access.policy-invalid`. */
  subjectOf(text: string): SubjectRule
  /** A subject of a rule in the words of the user: `Ann`, `you`, `members of family`; what has no name stays as it is. */
  subjectName(subject: string): string
}

/** `selves`: this peer's own keys, now and before. */
export function namesOf(contacts: Contacts, circles: Circles, selves: () => readonly string[]): Names {
  const personOf = (text: string): string => {
    const name = text.trim().replace(/^(?:contact|peer):/, '')
    const peer = peerOfCode(name) ?? peerIn(name)
    return peer === undefined ? contacts.find(name).peer : (contacts.get(peer)?.peer ?? peer)
  }
  const subjectOf = (text: string): SubjectRule => {
    if (text.startsWith('contact:')) return canonicalSubject(`peer:${contacts.find(text.slice(8)).peer}`)
    if (!text.startsWith('circle:')) return canonicalSubject(text)
    const [, name = '', role = ''] = /^circle:(.+?)((?:\/(?:admin|member))?)$/.exec(text) ?? []
    return canonicalSubject(`circle:${circles.find(name).id}${role}`)
  }
  const nameOf = (peer: string): string | undefined => contacts.get(peer)?.name
  const subjectName = (subject: string): string => {
    const [, kind = '', id = '', role = ''] = /^([a-z]+):([^/]+)(?:\/([a-z]+))?$/.exec(subject) ?? []
    const peerName = selves().includes(id) ? 'you' : nameOf(id)
    if (kind === 'peer') return peerName ?? subject
    if (kind === 'grant') return `whoever has a grant of ${peerName ?? `peer:${id}`}`
    if (kind !== 'circle') return subject
    const circle = circles.get(id)?.name ?? `${id.slice(0, 12)} (unknown)`
    return role === '' ? `circle ${circle}` : `${role}s of ${circle}`
  }
  return { personOf, nameOf, subjectOf, subjectName }
}

/** The PeerId in a text that is one or ends in one. */
function peerIn(text: string): string | undefined {
  try {
    return canonicalPeerId(text.startsWith('/') ? (/\/p2p\/([^/]+)$/.exec(text)?.[1] ?? '') : text)
  } catch {
    return undefined
  }
}
