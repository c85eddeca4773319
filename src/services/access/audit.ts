import { type AuditFilter, type AuditRow, type AuditVerdict, parseTime } from '../../access/index.ts'
import { type StreamOperation, type ValueOperation, z } from '../../base/index.ts'
import { inWords, peerField, peerOf, resourceField, resourceOf } from './fields.ts'
import type { AccessHost } from './host.ts'

export interface AuditInput {
  peer?: string | undefined
  resource?: string | undefined
  action?: string | undefined
  refused?: boolean | undefined
  since?: string | undefined
  before?: number | undefined
  limit: number
  follow?: boolean | undefined
}

/** A line of the log with the names that the user knows, also in its reason; `peer`, `resource` and `rule` are as in the file. */
export interface AuditEntry extends AuditRow {
  readonly name: string
  readonly title: string
}

export const audit: StreamOperation<AccessHost, AuditInput, AuditEntry> = {
  summary: 'Show who asked for what, and got it or did not',
  input: z.object({
    peer: peerField.optional().describe('Only of this contact or peer'),
    resource: resourceField.optional().describe('Only of this content or resource'),
    action: z.string().max(40).optional().describe('Only this action'),
    refused: z.boolean().optional().describe('Only what was refused; --no-refused: only what was given'),
    since: z
      .string()
      .max(40)
      .optional()
      .describe('Only since: 2026-12-24, "2026-12-24 18:30", or 2h, 3d ago'),
    before: z.int().min(1).optional().describe('Only what is before this number, which --json shows'),
    limit: z.int().min(1).max(100_000).default(100).describe('Only the last so many'),
    follow: z.boolean().optional().describe('Go on with what comes'),
  }),
  action: 'read',
  kind: 'stream',
  command: { words: 'audit', example: 'peerage audit --peer anna --refused --since 7d' },
  run: (host, input, { signal }) => rows(host, input, signal),
}

async function* rows(host: AccessHost, input: AuditInput, signal: AbortSignal): AsyncGenerator<AuditEntry> {
  const filter = filterOf(host, input)
  const named = (row: AuditRow): AuditEntry => ({
    ...row,
    name: row.peer === '*' || row.peer === '' ? row.peer : host.nameOf(`peer:${row.peer}`),
    title: host.titleOf(row.resource) ?? row.resource,
    reason: inWords(host, row.reason),
  })
  if (input.follow === true) {
    for await (const row of host.audit.follow(filter, signal)) yield named(row)
    return
  }
  for (const row of await host.audit.read(filter)) yield named(row)
}

function filterOf(host: AccessHost, input: AuditInput): AuditFilter {
  const { peer, resource, action, refused, since, before, limit } = input
  return {
    limit,
    ...(before !== undefined && { before }),
    ...(peer !== undefined && { peers: host.keysOf(peerOf(host, peer)) }),
    ...(resource !== undefined && { resource: resourceOf(host, resource) }),
    ...(action !== undefined && { action }),
    ...(refused !== undefined && { allowed: !refused }),
    ...(since !== undefined && { since: parseTime('since', since, host.world, 'ago') }),
  }
}

export const verify: ValueOperation<AccessHost, Record<never, never>, AuditVerdict> = {
  summary: 'Look whether lines of the audit log were changed, taken out or put in',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'audit verify', example: 'peerage audit verify' },
  run: host => host.audit.verify(),
}
