import { contactLimits } from '../../access/index.ts'
import { PeerageError, type ValueOperation, z } from '../../base/index.ts'
import { type ContactRow, rowOf } from './contact-view.ts'
import type { ContactsHost } from './host.ts'

export const who: z.ZodType<string> = z
  .string()
  .min(1)
  .max(256)
  .describe('The name of a contact, or the beginning of it')
const petname = z
  .string()
  .min(1)
  .max(contactLimits.nameLength * 4)
const noteText = z.string().max(contactLimits.noteLength * 2)

interface NewContact {
  peer: string
  name: string
  note?: string | undefined
  address?: string[] | undefined
}

export const add: ValueOperation<ContactsHost, NewContact, ContactRow> = {
  summary: 'Give a peer a name of your own',
  input: z.object({
    peer: z
      .string()
      .min(1)
      .max(512)
      .describe('Its peer id, its address (/ip4/.../p2p/ID), or the text of its QR code'),
    name: petname.describe('What you call it; nobody else sees that'),
    note: noteText.optional().describe('Something to remember about it'),
    address: z
      .array(z.string().min(1).max(contactLimits.addressLength))
      .max(contactLimits.addresses)
      .optional()
      .describe('Where it can be reached; may be repeated'),
  }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'contact add',
    positional: ['peer', 'name'],
    example: 'peerage contact add 12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq Ann',
  },
  run: async (host, { peer, name, note, address = [] }) => {
    const person = host.personOf(peer)
    if (host.people.personOf(host.self) === person)
      throw new PeerageError('usage.invalid', 'That is you yourself.')
    const addresses = [...(peer.startsWith('/') ? [peer] : []), ...address]
    return rowOf(host, host.contacts.add({ peer: person, name, note, addresses }))
  },
}

export const rename: ValueOperation<ContactsHost, { who: string; name: string }, ContactRow> = {
  summary: 'Give a contact another name',
  input: z.object({ who, name: petname.describe('Its new name') }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'contact rename',
    positional: ['who', 'name'],
    example: 'peerage contact rename Ann "Ann Lee"',
  },
  run: async (host, input) =>
    rowOf(host, host.contacts.rename(host.contacts.find(input.who).peer, input.name)),
}

export const note: ValueOperation<ContactsHost, { who: string; text?: string | undefined }, ContactRow> = {
  summary: 'Write down something about a contact; without a text the note is taken away',
  input: z.object({ who, text: noteText.optional().describe('The note') }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'contact note',
    positional: ['who', 'text'],
    example: 'peerage contact note Ann "met at the fair"',
  },
  run: async (host, { who: name, text = '' }) =>
    rowOf(host, host.contacts.note(host.contacts.find(name).peer, text)),
}

export const block: ValueOperation<ContactsHost, { who: string }, ContactRow> = {
  summary: 'Refuse everything to a contact and talk to it no more, with all its devices',
  input: z.object({ who }),
  action: 'write',
  kind: 'value',
  command: { words: 'contact block', positional: ['who'], example: 'peerage contact block Ann' },
  run: async (host, input) =>
    rowOf(host, host.contacts.setTrust(host.contacts.find(input.who).peer, 'blocked')),
}

export const unblock: ValueOperation<ContactsHost, { who: string }, ContactRow> = {
  summary: 'Talk again to a contact that was blocked',
  input: z.object({ who }),
  action: 'write',
  kind: 'value',
  command: { words: 'contact unblock', positional: ['who'], example: 'peerage contact unblock Ann' },
  run: async (host, input) => {
    const contact = host.contacts.find(input.who)
    return rowOf(host, contact.trust === 'blocked' ? host.contacts.setTrust(contact.peer, 'known') : contact)
  },
}

export const remove: ValueOperation<ContactsHost, { who: string }, { name: string; peer: string }> = {
  summary: 'Forget a contact; rules about it stay',
  input: z.object({ who }),
  action: 'write',
  kind: 'value',
  command: { words: 'contact remove', positional: ['who'], example: 'peerage contact remove Ann' },
  run: async ({ contacts }, input) => {
    const { name, peer } = contacts.find(input.who)
    contacts.remove(peer)
    return { name, peer }
  },
}
