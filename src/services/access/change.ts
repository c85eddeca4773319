import { type Action, type BoundsText, parseBounds } from '../../access/index.ts'
import { type ValueOperation, z } from '../../base/index.ts'
import { actionField, resourceField, resourceOf, subjectOf, whoField } from './fields.ts'
import type { AccessHost } from './host.ts'
import { detailsOf, type ResourceDetails } from './look.ts'

export interface RuleInput extends BoundsText {
  who: string
  action: Action[]
  resource: string
}

const time = z.string().max(40).optional()
const size = z.string().max(40).optional()
const times = {
  from: time.describe('Not before: 2026-12-24, "2026-12-24 18:30", or from now: 2h, 3d'),
  until: time.describe('Not after: the same; a day counts as a whole'),
}
const about = {
  who: whoField,
  action: z
    .array(actionField)
    .max(5)
    .default([])
    .describe('What: list, read, serve, write, use. For content list, read and serve when left out'),
  resource: resourceField,
}

const readable: readonly Action[] = ['list', 'read', 'serve']

export const allow: ValueOperation<AccessHost, RuleInput, ResourceDetails> = {
  summary: 'Allow somebody something, within limits; what was said of it before is replaced',
  input: z.object({
    ...about,
    ...times,
    hours: size.describe('Only at these times of the day on this machine: 08:00-18:00'),
    bytes: size.describe('So much in all for each person: 10GB, 700MiB'),
    bytesADay: size.describe('So much a day for each person'),
    rate: size.describe('No faster than this for each person: 1MB/s'),
    uses: z.int().min(0).optional().describe('How many times: streams opened or calls made'),
    lanOnly: z.boolean().optional().describe('Only from the local network'),
  }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'allow',
    positional: ['who', 'action', 'resource'],
    example: 'peerage allow anna read Summer --until 2026-12-24 --bytes-a-day 2GB',
  },
  run: async (host, input) => setRule(host, input, 'allow'),
}

export const deny: ValueOperation<AccessHost, RuleInput, ResourceDetails> = {
  summary: 'Deny somebody something, whatever is allowed to more people',
  input: z.object({ ...about, ...times }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'deny',
    positional: ['who', 'action', 'resource'],
    example: 'peerage deny bob read Summer',
  },
  run: async (host, input) => setRule(host, input, 'deny'),
}

function setRule(host: AccessHost, input: RuleInput, effect: 'allow' | 'deny'): ResourceDetails {
  const resource = resourceOf(host, input.resource)
  const subject = subjectOf(host, input.who)
  const actions = input.action.length > 0 ? [...new Set(input.action)] : readable
  host.access.setRule(resource, { ...parseBounds(input, host.world), subject, effect, actions })
  return detailsOf(host, resource)
}

export const removeRules: ValueOperation<
  AccessHost,
  { who: string; resource: string },
  ResourceDetails & { readonly was: boolean }
> = {
  summary: 'Take away everything that is said of somebody, allowed or denied',
  input: z.object({ who: whoField, resource: resourceField }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'access remove',
    positional: ['who', 'resource'],
    example: 'peerage access remove anna Summer',
  },
  run: async (host, { who, resource }) => {
    const name = resourceOf(host, resource)
    const was = host.access.removeRules(name, subjectOf(host, who))
    return { ...detailsOf(host, name), was }
  },
}

export const reset: ValueOperation<
  AccessHost,
  { resource: string; who?: string | undefined },
  ResourceDetails
> = {
  summary: 'Let quotas begin anew: what was used counts as nothing',
  input: z.object({
    resource: resourceField,
    who: whoField.optional().describe('Only of the rule about these; all when left out'),
  }),
  action: 'write',
  kind: 'value',
  command: {
    words: 'access reset',
    positional: ['resource', 'who'],
    example: 'peerage access reset Summer anna',
  },
  run: async (host, { resource, who }) => {
    const name = resourceOf(host, resource)
    host.access.resetUsage(name, who === undefined ? undefined : subjectOf(host, who))
    return detailsOf(host, name)
  },
}
