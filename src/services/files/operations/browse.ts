import { type ValueOperation, z } from '../../../base/index.ts'
import type { ShareRow } from '../browse/browse.ts'
import type { WishRow } from '../browse/wishes.ts'
import type { Files } from '../files.ts'
import type { WishInput } from '../inputs.ts'
import { contactField, names, pathField } from './fields.ts'

export const shares: ValueOperation<Files, { contact: string }, ShareRow[]> = {
  summary: 'List what a contact shares with you',
  input: z.object({ contact: contactField }),
  action: 'read',
  kind: 'value',
  command: { words: 'shares', positional: ['contact'], example: 'peerage shares anna' },
  run: (files, { contact }, { signal }) => files.browsing.shares(contact, signal),
}

const shareField = z.string().min(3).max(2048).describe('Which share: CONTACT/NAME')

export const wish: ValueOperation<Files, WishInput, WishRow> = {
  summary: 'Keep a share of a contact up to date: new versions are fetched by themselves',
  input: z.object({
    share: shareField,
    into: pathField('Folder to put it into').optional(),
    choose: names('Only these files or folders of it; may be repeated'),
  }),
  action: 'write',
  kind: 'value',
  command: { words: 'wish', positional: ['share'], example: 'peerage wish anna/Summer --into ~/Pictures' },
  run: async (files, input) => files.browsing.wish(input),
}

export const unwish: ValueOperation<Files, { share: string }, { share: string; was: boolean }> = {
  summary: 'Keep a share up to date no more; what is here stays',
  input: z.object({ share: shareField }),
  action: 'write',
  kind: 'value',
  command: { words: 'unwish', positional: ['share'], example: 'peerage unwish anna/Summer' },
  run: async (files, { share }) => files.browsing.unwish(share),
}

export const wishes: ValueOperation<Files, Record<never, never>, WishRow[]> = {
  summary: 'List the shares of contacts that are kept up to date',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'wishes', example: 'peerage wishes' },
  run: async files => files.browsing.wishes(),
}
