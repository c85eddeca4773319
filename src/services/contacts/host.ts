import type { Contacts, People } from '../../access/index.ts'
import type { World } from '../../base/index.ts'
import type { Network } from '../../network/index.ts'

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
}
