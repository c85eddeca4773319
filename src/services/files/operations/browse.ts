import { type ValueOperation, z } from '../../../base/index.ts'
import type { ShareRow } from '../browse/browse.ts'
import type { Files } from '../files.ts'
import { contactField } from './fields.ts'

export const shares: ValueOperation<Files, { contact: string }, ShareRow[]> = {
  summary: 'List what a contact shares with you',
  input: z.object({ contact: contactField }),
  action: 'read',
  kind: 'value',
  command: { words: 'shares', positional: ['contact'], example: 'peerage shares anna' },
  run: (files, { contact }, { signal }) => files.shares(contact, signal),
}
