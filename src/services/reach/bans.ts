import type { Ban } from '../../access/index.ts'
import { type ValueOperation, z } from '../../base/index.ts'
import type { ReachHost } from './host.ts'
import type { Reach } from './reach.ts'

/** One ban: the user's, or of one content for a proven lie. */
export interface BanRow {
  readonly name: string
  readonly kind: 'user' | 'lied'
  /** Milliseconds since 1970. */
  readonly since?: number
  readonly content?: string
  /** What the user calls whom it is about. */
  readonly contact?: string
}

const whom = z
  .string()
  .min(1)
  .max(200)
  .describe('A contact, a peer id, an IP address, or a range of them such as 192.0.2.0/24')

function rowOf({ nameOf }: ReachHost, one: Ban): BanRow {
  const contact = nameOf(one.name)
  return { ...one, kind: 'user', ...(contact !== undefined && { contact }) }
}

export const ban: ValueOperation<Reach, { whom: string }, BanRow> = {
  summary: 'Talk no more to a peer or to an address, for all contents',
  input: z.object({ whom }),
  action: 'write',
  kind: 'value',
  command: { words: 'ban', positional: ['whom'], example: 'peerage ban 192.0.2.7' },
  run: async ({ host }, input) => rowOf(host, host.bans.ban(host.peerNamed(input.whom) ?? input.whom)),
}

export const unban: ValueOperation<Reach, { whom: string }, { name: string; was: boolean }> = {
  summary: 'Talk again to a peer or to an address that was banned',
  input: z.object({ whom }),
  action: 'write',
  kind: 'value',
  command: { words: 'unban', positional: ['whom'], example: 'peerage unban 192.0.2.7' },
  run: async ({ host }, input) => {
    const name = host.peerNamed(input.whom) ?? input.whom
    const was = [host.bans.unban(name), host.pardon(name.trim())]
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
    ...host.bans.all.map(one => rowOf(host, one)),
    ...host.liars().map(one => ({ ...one, kind: 'lied' as const })),
  ],
}
