import { type ValueOperation, z } from '../../base/index.ts'
import type { Reach } from './reach.ts'

/** One ban: the user's, or of one content for a proven lie. */
export interface BanRow {
  readonly name: string
  readonly kind: 'user' | 'lied'
  /** Milliseconds since 1970. */
  readonly since?: number
  readonly content?: string
}

const whom = z
  .string()
  .min(1)
  .max(200)
  .describe('A peer id, an IP address, or a range of them such as 192.0.2.0/24')

export const ban: ValueOperation<Reach, { whom: string }, BanRow> = {
  summary: 'Talk no more to a peer or to an address, for all contents',
  input: z.object({ whom }),
  action: 'write',
  kind: 'value',
  command: { words: 'ban', positional: ['whom'], example: 'peerage ban 192.0.2.7' },
  run: async ({ host }, input) => ({ ...host.bans.ban(input.whom), kind: 'user' }),
}

export const unban: ValueOperation<Reach, { whom: string }, { name: string; was: boolean }> = {
  summary: 'Talk again to a peer or to an address that was banned',
  input: z.object({ whom }),
  action: 'write',
  kind: 'value',
  command: { words: 'unban', positional: ['whom'], example: 'peerage unban 192.0.2.7' },
  run: async ({ host }, input) => {
    const was = [host.bans.unban(input.whom), host.pardon(input.whom.trim())]
    return { name: input.whom, was: was.includes(true) }
  },
}

export const bans: ValueOperation<Reach, Record<never, never>, BanRow[]> = {
  summary: 'List the peers and addresses that are not talked to',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'bans', example: 'peerage bans' },
  run: async ({ host }) => [
    ...host.bans.all.map(one => ({ ...one, kind: 'user' as const })),
    ...host.liars().map(one => ({ ...one, kind: 'lied' as const })),
  ],
}
