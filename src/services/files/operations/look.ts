import { type ValueOperation, z } from '../../../base/index.ts'
import type { DiscoveryStatus } from '../../../swarm/index.ts'
import type { Files } from '../files.ts'
import type { Details } from '../inputs.ts'
import type { PeerRow, TransferRow } from '../snapshot.ts'
import type { Totals } from '../statistics.ts'
import { contentField } from './fields.ts'

export const list: ValueOperation<Files, Record<never, never>, TransferRow[]> = {
  summary: 'List everything that is shared or fetched',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'list', example: 'peerage list' },
  run: async files => files.list(),
}

export const show: ValueOperation<Files, { content: string }, Details> = {
  summary: 'Show all that is known of one content, with its link',
  input: z.object({ content: contentField }),
  action: 'read',
  kind: 'value',
  command: { words: 'show', positional: ['content'], example: 'peerage show Summer' },
  run: async (files, { content }) => {
    await files.load(content)
    return files.show(content)
  },
}

export const peers: ValueOperation<Files, { content?: string | undefined }, PeerRow[]> = {
  summary: 'List the peers that exchange with this one, and how each is reached',
  input: z.object({ content: contentField.optional() }),
  action: 'read',
  kind: 'value',
  command: { words: 'peers', positional: ['content'], example: 'peerage peers' },
  run: async (files, { content }) => files.peers(content),
}

export const trackers: ValueOperation<Files, { content: string }, DiscoveryStatus[]> = {
  summary: 'Show how the peers of a public content are found',
  input: z.object({ content: contentField }),
  action: 'read',
  kind: 'value',
  command: { words: 'trackers', positional: ['content'], example: 'peerage trackers Summer' },
  run: async (files, { content }) => files.discovery(content),
}

export const totals: ValueOperation<Files, Record<never, never>, Totals> = {
  summary: 'Show what this peer has sent and received over all its runs',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'totals', example: 'peerage totals' },
  run: async files => files.totals(),
}
