import {
  type Action,
  type Bounds,
  describeBounds,
  type Explanation,
  type Rule,
  type RuleOutcome,
  rulesOf,
  swarmProof,
  type UsedUp,
} from '../../access/index.ts'
import { fromHex, PeerageError, type ValueOperation, z } from '../../base/index.ts'
import { actionField, inWords, peerField, peerOf, resourceField, resourceOf } from './fields.ts'
import type { AccessHost } from './host.ts'
import { boundsOf } from './person.ts'

export interface ExplainInput {
  peer: string
  action: Action
  resource: string
  withSecret?: boolean | undefined
  onLan?: boolean | undefined
}

/** What a peer would be told, and why. */
export interface Answer {
  readonly peer: string
  /** What the user calls it. */
  readonly name: string
  readonly action: Action
  readonly resource: string
  readonly title: string
  readonly allowed: boolean
  readonly reason: string
  /** The rule that decided, in the words of the user. */
  readonly rule?: string
  /** When it will be decided anew; milliseconds since 1970. */
  readonly until?: number
  /** What is left of its quota of bytes; absent without one. */
  readonly bytesLeft?: number
  /** Each rule, most specific first, and what became of it. */
  readonly steps: readonly string[]
  /** The same for programs, without who owns it. */
  readonly rules: readonly AnswerRule[]
  /** The rule that decided as policies keep it; `blocked`, `resource-owner`. */
  readonly by?: string
}

/** A rule, and what became of it when somebody asked. */
export interface AnswerRule extends RuleRow {
  readonly outcome: RuleOutcome
}

export const explain: ValueOperation<AccessHost, ExplainInput, Answer> = {
  summary: 'Say whether a peer may do something, and why',
  input: z.object({
    peer: peerField,
    action: actionField,
    resource: resourceField,
    withSecret: z.boolean().optional().describe('As if it had proven that it has the link with the secret'),
    onLan: z.boolean().optional().describe('As if it were on the local network'),
  }),
  action: 'read',
  kind: 'value',
  command: {
    words: 'access explain',
    positional: ['peer', 'action', 'resource'],
    example: 'peerage access explain anna read Summer',
  },
  run: async (host, input) => {
    const peer = peerOf(host, input.peer)
    const resource = resourceOf(host, input.resource)
    const { action, onLan, withSecret } = input
    const proofs = withSecret ? { secret: proofOf(host, resource, peer) } : undefined
    const isLocal = onLan === true
    const explained = host.access.explain(
      { subject: { peer }, action, resource, proofs, isLocal },
      host.nameOf,
    )
    return { peer, name: host.nameOf(`peer:${peer}`), action, resource, ...told(host, resource, explained) }
  },
}

function told(
  host: AccessHost,
  resource: string,
  explained: Explanation,
): Omit<Answer, 'peer' | 'name' | 'action' | 'resource'> {
  const { allowed, reason, rule, until, allowance, steps, rules } = explained
  const bytesLeft = allowance?.left ?? Number.POSITIVE_INFINITY
  return {
    title: host.titleOf(resource) ?? resource,
    allowed,
    reason: inWords(host, reason),
    ...(rule !== undefined && { rule: host.nameOf(rule), by: rule }),
    ...(until !== undefined && { until }),
    ...(bytesLeft !== Number.POSITIVE_INFINITY && { bytesLeft }),
    steps,
    rules: rules.map(one => ({ ...ruleRow(host, one.rule), outcome: one.outcome })),
  }
}

function proofOf({ access }: AccessHost, resource: string, peer: string): Uint8Array | undefined {
  const infoHash = /^content:([0-9a-f]{64})$/.exec(resource)?.[1]
  const secret = access.secret(resource)
  if (infoHash === undefined || secret === undefined) return undefined
  return swarmProof(secret, fromHex(infoHash), peer, access.self)
}

/** One rule of a policy, in words beside what is stored. */
export interface RuleRow {
  /** As policies keep it. */
  readonly subject: string
  readonly who: string
  readonly effect: 'allow' | 'deny'
  readonly actions: readonly Action[]
  /** In words, and as they are. */
  readonly bounds: readonly string[]
  readonly limits: Bounds
}

function ruleRow({ nameOf, world }: AccessHost, rule: Rule): RuleRow {
  const { subject, effect, actions } = rule
  const bounds = describeBounds(rule, at => world.localOffset(at))
  return { subject, who: nameOf(subject), effect, actions, bounds, limits: boundsOf(rule) }
}

export interface ResourceDetails {
  readonly resource: string
  readonly title: string
  /** Who may give grants. */
  readonly owner?: string
  readonly rules: readonly RuleRow[]
  readonly used: readonly (UsedUp & { readonly who: string; readonly name: string })[]
}

export const show: ValueOperation<AccessHost, { resource: string }, ResourceDetails> = {
  summary: 'Show who may do what with one resource, and how much of it they used',
  input: z.object({ resource: resourceField }),
  action: 'read',
  kind: 'value',
  command: { words: 'access show', positional: ['resource'], example: 'peerage access show Summer' },
  run: async (host, input) => detailsOf(host, resourceOf(host, input.resource)),
}

/** Throws `content.unknown` when nothing is said about the resource. */
export function detailsOf(host: AccessHost, resource: string): ResourceDetails {
  const { access, nameOf } = host
  const policy = access.policy(resource)
  if (policy === undefined)
    throw new PeerageError(
      'content.unknown',
      `Nothing is said about ${resource}, so nobody may do anything with it.`,
    )
  const owner = access.owner(resource)
  return {
    resource,
    title: host.titleOf(resource) ?? resource,
    ...(owner !== undefined && { owner: nameOf(`peer:${owner}`) }),
    rules: rulesOf(policy).map(rule => ruleRow(host, rule)),
    used: access.used(resource).map(one => ({
      ...one,
      who: nameOf(one.subject),
      name: one.person === '' ? nameOf(one.subject) : nameOf(`peer:${one.person}`),
    })),
  }
}

export interface ResourceRow {
  readonly resource: string
  readonly title: string
  /** Who is allowed something; denials are not in it. */
  readonly who: readonly string[]
  readonly denied: readonly string[]
}

export const list: ValueOperation<AccessHost, Record<never, never>, ResourceRow[]> = {
  summary: 'List everything that somebody may use or read, and who',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'access list', example: 'peerage access list' },
  run: async host =>
    [...host.access.resources()].toSorted().map(resource => {
      const rules = rulesOf(host.access.policy(resource)!)
      const named = (effect: 'allow' | 'deny'): string[] => [
        ...new Set(rules.filter(rule => rule.effect === effect).map(rule => host.nameOf(rule.subject))),
      ]
      return {
        resource,
        title: host.titleOf(resource) ?? resource,
        who: named('allow'),
        denied: named('deny'),
      }
    }),
}
