import { type ValueOperation, z } from '../../base/index.ts'
import { who } from './change.ts'
import { type ContactDetails, type ContactRow, detailsOf, rowsOf } from './contact-view.ts'
import type { ContactsHost } from './host.ts'

export const list: ValueOperation<ContactsHost, Record<never, never>, ContactRow[]> = {
  summary: 'List the people that you know',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'contacts', example: 'peerage contacts' },
  run: async host => rowsOf(host, host.contacts.list()),
}

export const show: ValueOperation<ContactsHost, { who: string }, ContactDetails> = {
  summary: 'Show what is known of a contact',
  input: z.object({ who }),
  action: 'read',
  kind: 'value',
  command: { words: 'contact show', positional: ['who'], example: 'peerage contact show Ann' },
  run: async (host, input) => detailsOf(host, host.contacts.find(input.who)),
}
