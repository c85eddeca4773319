import type { RunningService } from '../../base/index.ts'
import type { ContactsHost } from './host.ts'
import { contactsOperations } from './operations.ts'

export type { BookReport } from './contact-book.ts'
export type { ContactDetails, ContactRow } from './contact-view.ts'
export type { ContactsHost } from './host.ts'
export { contactsOperations } from './operations.ts'
export type { Verification } from './verify.ts'

/** The contacts service: the people that the user knows, by names of the user's own. */
export function startContacts(host: ContactsHost): RunningService {
  return { name: 'contacts', operations: contactsOperations, state: host, stop: async () => undefined }
}
