import { type Contact, codeOfPeer, type Device, fingerprintOf } from '../../access/index.ts'
import type { ConnectionInfo } from '../../network/index.ts'
import type { CommonCircle, ContactsHost } from './host.ts'

/** A contact as its user sees it. */
export interface ContactRow extends Contact {
  /** With any of its keys. */
  readonly connected: boolean
  /** The best way by which it is connected. */
  readonly path?: ConnectionInfo['path']
  readonly circles: readonly CommonCircle[]
}

/** Everything that is known of a contact. */
export interface ContactDetails extends ContactRow {
  /** Its other keys, as it says itself. */
  readonly devices: readonly Device[]
  /** Main keys that it had before. */
  readonly formerly: readonly string[]
  /** 12 words by which its main key is compared, and what its QR code says. */
  readonly fingerprint: readonly string[]
  readonly code: string
}

const bestFirst: readonly ConnectionInfo['path'][] = ['memory', 'loopback', 'lan', 'direct', 'relayed']

export function rowsOf(host: ContactsHost, contacts: readonly Contact[]): ContactRow[] {
  const paths = pathsOf(host)
  return contacts.map(contact => {
    const path = paths.get(contact.peer)
    const circles = host.circlesWith(contact.peer)
    return { ...contact, connected: path !== undefined, ...(path !== undefined && { path }), circles }
  })
}

export function rowOf(host: ContactsHost, contact: Contact): ContactRow {
  return rowsOf(host, [contact])[0]!
}

/** How each person that is connected is. */
function pathsOf({ people, network }: ContactsHost): Map<string, ConnectionInfo['path']> {
  const paths = new Map<string, ConnectionInfo['path']>()
  for (const { peer, path } of network?.connections() ?? []) {
    const person = people.personOf(peer)
    const before = paths.get(person)
    if (before === undefined || bestFirst.indexOf(path) < bestFirst.indexOf(before)) paths.set(person, path)
  }
  return paths
}

export function detailsOf(host: ContactsHost, contact: Contact): ContactDetails {
  const { people } = host
  return {
    ...rowOf(host, contact),
    devices: people.devicesOf(contact.peer),
    formerly: people.formerly(contact.peer),
    fingerprint: fingerprintOf(contact.peer),
    code: codeOfPeer(contact.peer),
  }
}
