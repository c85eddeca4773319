import type { Contacts, People } from '../../access/index.ts'
import type { World } from '../../base/index.ts'
import type { Network } from '../../network/index.ts'

/** Somebody became a contact, was changed, or is none any more: then `name` is missing. Sightings are not told. */
export interface ContactsEvent {
  readonly type: 'contact.changed'
  readonly peer: string
  readonly name?: string
}

/** A circle in which a contact is with the user. */
export interface CommonCircle {
  readonly id: string
  readonly name: string
}

/** What the service needs of the peer that it runs in. */
export interface ContactsHost {
  /** PeerId of this peer. */
  readonly self: string
  readonly world: World
  readonly contacts: Contacts
  readonly people: People
  /** Absent when the peer is offline. */
  readonly network?: Network | undefined
  /** The PeerId that a petname, an id in any form, an address or a scanned code means. Throws `contact.unknown`. */
  personOf(text: string): string
  /** The circles in which the user and that person are. */
  circlesWith(person: string): readonly CommonCircle[]
  emit(event: ContactsEvent): void
}
