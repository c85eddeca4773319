import type { RunningService } from '../../base/index.ts'
import type { ContactsHost } from './host.ts'
import { contactsOperations } from './operations.ts'

export type { BookReport } from './contact-book.ts'
export type { ContactDetails, ContactRow } from './contact-view.ts'
export type { CommonCircle, ContactsEvent, ContactsHost } from './host.ts'
export { contactsOperations } from './operations.ts'
export type { Verification } from './verify.ts'

/** The contacts service: the people that the user knows, by names of the user's own. */
export function startContacts(host: ContactsHost): RunningService {
  const { contacts, people, emit } = host
  const tell = (peer: string): void => {
    const name = contacts.get(peer)?.name
    emit({ type: 'contact.changed', peer, ...(name !== undefined && { name }) })
  }
  const ends = [
    contacts.onChanged(tell),
    // A device more or less, or another key.
    people.onChanged(person => void (contacts.get(person) !== undefined && tell(person))),
  ]
  const stop = async (): Promise<void> => {
    for (const end of ends) end()
  }
  return { name: 'contacts', operations: contactsOperations, state: host, stop }
}
