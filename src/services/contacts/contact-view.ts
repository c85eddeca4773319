import type { Contact, Device } from '../../access/index.ts'
import type { ContactsHost } from './host.ts'

/** A contact as its user sees it. */
export interface ContactRow extends Contact {
  /** With any of its keys. */
  readonly connected: boolean
}

/** Everything that is known of a contact. */
export interface ContactDetails extends ContactRow {
  /** Its other keys, as it says itself. */
  readonly devices: readonly Device[]
  /** Main keys that it had before. */
  readonly formerly: readonly string[]
}

export function rowOf({ people, network }: ContactsHost, contact: Contact): ContactRow {
  const connected = (network?.connections() ?? []).some(({ peer }) => people.personOf(peer) === contact.peer)
  return { ...contact, connected }
}

export function detailsOf(host: ContactsHost, contact: Contact): ContactDetails {
  const { people } = host
  return {
    ...rowOf(host, contact),
    devices: people.devicesOf(contact.peer),
    formerly: people.formerly(contact.peer),
  }
}
