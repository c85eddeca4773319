import { type ValueOperation, z } from '../../base/index.ts'
import type { FilterState } from './host.ts'
import type { Reach } from './reach.ts'

/** The list of addresses; `blocked` when an address was asked about. */
export interface FilterAnswer extends FilterState {
  readonly blocked?: boolean
}

export const filter: ValueOperation<Reach, { address?: string | undefined }, FilterAnswer> = {
  summary: 'Show the list of addresses that are never talked to (`bittorrent.ipFilter`)',
  input: z.object({
    address: z.string().max(64).optional().describe('Whether the list names this IP address'),
  }),
  action: 'read',
  kind: 'value',
  command: { words: 'filter', positional: ['address'], example: 'peerage filter 192.0.2.7' },
  run: async ({ host }, { address }) => ({
    ...host.filter.status(),
    ...(address !== undefined && { blocked: host.filter.blocks(address) }),
  }),
}

export const reload: ValueOperation<Reach, Record<never, never>, FilterAnswer> = {
  summary: 'Read the list of addresses again; that happens by itself when the file changes',
  input: z.object({}),
  action: 'write',
  kind: 'value',
  command: { words: 'filter reload', example: 'peerage filter reload' },
  run: ({ host }) => host.filter.reload(),
}
