import { type Action, actions, type BoundsText, grantLimits, parseBounds } from '../../access/index.ts'
import { PeerageError, type ValueOperation, z } from '../../base/index.ts'
import { type GrantRow, heldRow, issuedRow } from './grant-row.ts'
import { grantText, readGrant } from './grant-text.ts'
import type { GrantsHost } from './host.ts'

/** A grant that was given, with the text to hand over. */
export interface GivenGrant extends GrantRow {
  readonly text: string
}

/** What was taken back. */
export interface RevokedGrants {
  readonly grants: readonly GrantRow[]
}

interface GiveInput extends BoundsText {
  who: string
  actions: string
  resource: string
  delegate: number
}

const usualDays = 30
const who = z.string().min(1).max(512)
const resource = z.string().min(1).max(8192)
const bound = (what: string): z.ZodOptional<z.ZodString> => z.string().max(40).optional().describe(what)

const give: ValueOperation<GrantsHost, GiveInput, GivenGrant> = {
  summary: 'Sign a grant for somebody, to hand over as a text',
  input: z.object({
    who: who.describe('Whom it is for: a contact by its name, a peer id, circle:NAME or circle:NAME/member'),
    actions: z.string().min(1).max(64).describe('What it allows: list, read, serve, write, use; with commas'),
    resource: resource.describe(
      'On what: the name, link or info hash of a content, or a resource such as api:files',
    ),
    until: bound('Not after: 2026-12-24, "2026-12-24 18:30", or from now: 2h, 3d; 30 days when left out'),
    from: bound('Not before: the same'),
    hours: bound('Only at these times of the day: 08:00-18:00'),
    bytes: bound('So much in all from each peer that serves by it: 10GB'),
    bytesADay: bound('So much a day'),
    rate: bound('No faster than this: 1MB/s'),
    uses: z.int().min(0).optional().describe('How many times'),
    lanOnly: z.boolean().optional().describe('Only from the local network'),
    delegate: z
      .int()
      .min(0)
      .max(grantLimits.delegations)
      .default(0)
      .describe('How many times it may be passed on to others'),
  }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'grant',
    positional: ['who', 'actions', 'resource'],
    example: 'peerage grant Ann list,read Summer --until 7d --delegate 1',
  },
  run: async (host, input) => {
    const { from, expires, ...limits } = parseBounds(input, host.world)
    const given = host.grants.give({
      subject: host.holderOf(input.who),
      resource: host.resourceOf(input.resource),
      actions: actionsOf(input.actions),
      from,
      expires: expires ?? host.access.now() + usualDays * 86_400_000,
      limits,
      delegate: input.delegate,
    })
    return { ...issuedRow(host, given), text: grantText(given.bytes) }
  },
}

const importGrant: ValueOperation<GrantsHost, { grant: string }, GrantRow> = {
  summary: 'Keep a grant that somebody handed over, to show it to those who serve by it',
  input: z.object({
    grant: z.string().min(1).max(8192).describe('The text peerage-grant:..., or a file that holds it'),
  }),
  action: 'write',
  kind: 'value',
  command: { words: 'grant import', positional: ['grant'], example: 'peerage grant import ann.grant' },
  run: async (host, input) => heldRow(host, { grant: host.access.held.import(await readGrant(input.grant)) }),
}

const list: ValueOperation<GrantsHost, { rules?: boolean | undefined }, GrantRow[]> = {
  summary: 'List the grants that you gave and those that you hold',
  input: z.object({
    rules: z.boolean().optional().describe('Also those that stand for rules and are given by themselves'),
  }),
  action: 'read',
  kind: 'value',
  command: { words: 'grants', example: 'peerage grants' },
  run: async (host, { rules = false }) => {
    const given = host.grants.issued().map(one => issuedRow(host, one))
    const held = host.access.held.list().map(one => heldRow(host, one))
    const shown = [...given.filter(one => rules || !one.byRule), ...held]
    return shown.sort((a, b) => a.way.localeCompare(b.way) || a.expires - b.expires)
  },
}

const revoke: ValueOperation<GrantsHost, { grant: string; resource?: string | undefined }, RevokedGrants> = {
  summary: 'Take back a grant, or all that somebody has from you',
  input: z.object({
    grant: who.describe('The first digits of its id, or whom it is for'),
    resource: resource.optional().describe('Only those for this content or resource'),
  }),
  action: 'write',
  kind: 'value',
  command: { words: 'revoke', positional: ['grant', 'resource'], example: 'peerage revoke Ann Summer' },
  run: async (host, input) => {
    const about = input.resource === undefined ? undefined : host.resourceOf(input.resource)
    const all = host.grants.issued().filter(one => about === undefined || one.resource === about)
    const byId = /^[0-9a-f]{6,64}$/.test(input.grant)
      ? all.filter(({ id }) => id.startsWith(input.grant))
      : []
    if (byId.length > 1) throw new PeerageError('usage.invalid', 'Several grants begin so; give more digits.')
    const found =
      byId.length === 1 ? byId : all.filter(({ subject }) => subject === holderOf(host, input.grant))
    if (found.length === 0)
      throw new PeerageError('usage.invalid', 'There is no such grant of yours; `peerage grants` lists them.')
    const grants = found.map(one => issuedRow(host, one))
    host.grants.revoke(found)
    return { grants }
  },
}

/** What a user can ask of the grants service. */
export const grantsOperations: Readonly<{
  give: typeof give
  import: typeof importGrant
  list: typeof list
  revoke: typeof revoke
}> = { give, import: importGrant, list, revoke }

function actionsOf(text: string): Action[] {
  return text
    .split(/[\s,]+/)
    .filter(one => one !== '')
    .map(word => {
      const action = actions.find(one => one === word)
      if (action === undefined)
        throw new PeerageError('usage.invalid', `${word} is no action: ${actions.join(', ')}.`)
      return action
    })
}

/** Digits that begin no id are nobody's name either. */
function holderOf(host: GrantsHost, text: string): string | undefined {
  return /^[0-9a-f]{6,64}$/.test(text) ? undefined : host.holderOf(text)
}
