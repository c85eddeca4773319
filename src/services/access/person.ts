import { type Bounds, type Rule, rulesOf } from '../../access/index.ts'
import { type ValueOperation, z } from '../../base/index.ts'
import { bySteps } from '../../store/index.ts'
import { peerField, peerOf } from './fields.ts'
import type { AccessHost } from './host.ts'

/** One content of this machine, as a person sees it. */
export interface PersonRow {
  readonly resource: string
  readonly title: string
  /** Whether it may fetch it now, if it is where the rule wants it to be. */
  readonly allowed: boolean
  /** The rule that decided, as policies keep it and in the words of the user. */
  readonly subject: string
  readonly who: string
  readonly limits: Bounds
  /** When it will be decided anew; milliseconds since 1970. */
  readonly until?: number
  readonly bytesLeft?: number
}

export const ofPerson: ValueOperation<AccessHost, { peer: string }, PersonRow[]> = {
  summary: 'List what a person may fetch from here, and by which rule',
  input: z.object({ peer: peerField.describe('Who: the name of a contact, or a peer id') }),
  action: 'read',
  kind: 'value',
  command: { words: 'access of', positional: ['peer'], example: 'peerage access of anna' },
  run: async (host, input) => {
    const rows = await bySteps(rowsOf(host, peerOf(host, input.peer)))
    return rows.sort((a, b) => a.title.localeCompare(b.title, undefined, { numeric: true }))
  },
}

/** By steps: there may be thousands. */
function* rowsOf(host: AccessHost, peer: string): Generator<void, PersonRow[]> {
  const rows: PersonRow[] = []
  const keys = host.keysOf(peer)
  for (const resource of host.access.resources()) {
    const row = resource.startsWith('content:') ? rowOf(host, resource, peer, keys) : undefined
    if (row !== undefined) rows.push(row)
    yield
  }
  return rows
}

/** Undefined where no rule is about the person, and of what is not here any more. */
function rowOf(
  host: AccessHost,
  resource: string,
  peer: string,
  keys: readonly string[],
): PersonRow | undefined {
  const { access, nameOf } = host
  const decision = access.check({ subject: { peer }, action: 'read', resource, isLocal: true })
  const rules = rulesOf(access.policy(resource)!)
  const own = rules.find(({ subject }) => subject.startsWith('peer:') && keys.includes(subject.slice(5)))
  const subject = decision.rule ?? own?.subject
  const title = host.titleOf(resource)
  if (subject === undefined || title === undefined) return undefined
  const left = decision.allowance?.left ?? Number.POSITIVE_INFINITY
  const by = rules.find(one => one.subject === subject && one.actions.includes('read')) ?? own
  return {
    resource,
    title,
    allowed: decision.allowed,
    subject,
    who: nameOf(subject),
    limits: by === undefined ? {} : boundsOf(by),
    ...(decision.until !== undefined && { until: decision.until }),
    ...(left !== Number.POSITIVE_INFINITY && { bytesLeft: left }),
  }
}

/** The limits and times of a rule alone. */
export function boundsOf({ subject: _, effect: __, actions: ___, ...bounds }: Rule): Bounds {
  return bounds
}
