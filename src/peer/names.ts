import { type Circles, type Contacts, canonicalPeerId, canonicalSubject } from '../access/index.ts'

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
  subjectOf(text: string): string
}

export function namesOf(contacts: Contacts, circles: Circles): Names {
  const personOf = (text: string): string => {
    const name = text.trim().replace(/^(?:contact|peer|peerage-id):/, '')
    const peer = peerIn(name)
    return peer === undefined ? contacts.find(name).peer : (contacts.get(peer)?.peer ?? peer)
  }
  const subjectOf = (text: string): string => {
    if (text.startsWith('contact:')) return `peer:${contacts.find(text.slice(8)).peer}`
    if (!text.startsWith('circle:')) return canonicalSubject(text)
    const [, name = '', role = ''] = /^circle:(.+?)((?:\/(?:admin|member))?)$/.exec(text) ?? []
    return `circle:${circles.find(name).id}${role}`
  }
  return { personOf, nameOf: peer => contacts.get(peer)?.name, subjectOf }
}

/** The PeerId in a text that is one or ends in one. */
function peerIn(text: string): string | undefined {
  try {
    return canonicalPeerId(text.startsWith('/') ? (/\/p2p\/([^/]+)$/.exec(text)?.[1] ?? '') : text)
  } catch {
    return undefined
  }
}
