import { fromUtf8, type PeerageError } from '../base/index.ts'
import { type Bencoded, type Dictionary, integerAt, listAt, textAt } from '../wire/index.ts'
import type { Limits } from './limits.ts'
import { canonicalPeerId } from './peer-id.ts'
import { type Action, actions } from './policy.ts'
import type { Identity } from './signing.ts'
import {
  attempt,
  openStatement,
  refused,
  type Statement,
  type StatementKind,
  signStatement,
} from './statement.ts'

/**
 * A signed, expiring statement: `subject` may do `actions` on `resource`. On the wire a libp2p signed envelope (RFC 0002) whose
 * payload is the bencoding of the fields below, with `v` = 1. The holder shows it to whoever believes `owner`.
 */
export interface Grant {
  /** PeerId of the signer, taken from the key in the envelope. */
  readonly owner: string
  /** PeerId of the holder. Worth nothing in another's hands: a stream tells who is at its other end. */
  readonly subject: string
  readonly resource: string
  readonly actions: readonly Action[]
  /** Milliseconds since the Unix epoch. */
  readonly issued: number
  /** Milliseconds since the Unix epoch. */
  readonly expires: number
  readonly limits?: Limits | undefined
}

/** Bounds of a grant. Times in milliseconds. */
export const grantLimits: Readonly<
  Record<'bytes' | 'resourceLength' | 'lifetimeMs' | 'clockSkewMs', number>
> = {
  bytes: 1024,
  resourceLength: 256,
  lifetimeMs: 366 * 86_400_000,
  // Clocks that are wrong by a time zone are common, and expiry, not issue, is what protects.
  clockSkewMs: 86_400_000,
}

const kind: StatementKind = {
  name: 'grant',
  maxBytes: grantLimits.bytes,
  fields: new Set(['actions', 'expires', 'issued', 'resource', 'subject']),
  maxDepth: 2,
  maxItems: 32,
  code: 'grant.invalid',
}

/** The envelope of a grant by `identity`. Throws `TypeError` when a field is out of bounds. */
export function issueGrant(identity: Identity, grant: Omit<Grant, 'owner'>): Uint8Array {
  const { subject, resource, issued, expires } = grant
  if (
    expires <= issued ||
    expires - issued > grantLimits.lifetimeMs ||
    resource.length > grantLimits.resourceLength
  )
    throw new TypeError('A grant is out of bounds.')
  const names = actions.filter(action => grant.actions.includes(action)).toSorted()
  return signStatement(identity, kind, { subject, resource, actions: names, issued, expires })
}

/**
 * The grant in an envelope from the network, its signature checked. Whether it is for whom, for what and from whom it should be
 * is for `grantFault` and the policy. Throws `grant.invalid`, whatever is wrong with it.
 */
export function openGrant(bytes: Uint8Array): Grant {
  return readGrant(openStatement(bytes, kind))
}

/** Why a grant, though genuine, does not serve `subject` on `resource` at `now`; undefined when it does. */
export function grantFault(grant: Grant, subject: string, resource: string, now: number): string | undefined {
  if (grant.subject !== subject) return 'it is for another peer'
  if (grant.resource !== resource) return 'it is for another resource'
  if (grant.expires <= now) return 'it has expired'
  return grant.issued > now + grantLimits.clockSkewMs ? 'it is not valid yet' : undefined
}

function readGrant({ signer, payload: from }: Statement): Grant {
  const resource = textAt(from, 'resource')
  const issued = integerAt(from, 'issued')
  const expires = integerAt(from, 'expires')
  if (resource === undefined || resource.length > grantLimits.resourceLength)
    throw invalid('it names no resource')
  if (issued === undefined || expires === undefined || expires <= issued) throw invalid('its times are wrong')
  if (expires - issued > grantLimits.lifetimeMs) throw invalid('it is valid for too long')
  return { owner: signer, subject: readSubject(from), resource, actions: readActions(from), issued, expires }
}

function readSubject(from: Dictionary): string {
  const text = textAt(from, 'subject') ?? ''
  if (attempt(kind, () => canonicalPeerId(text)) !== text)
    throw invalid('its subject is not in canonical form')
  return text
}

function readActions(from: Dictionary): Action[] {
  const list = listAt(from, 'actions')
  if (list === undefined || list.length === 0 || list.length > actions.length)
    throw invalid('it names no actions')
  const names = list.map(readAction)
  if (names.some((name, i) => i > 0 && name <= names[i - 1]!)) throw invalid('its actions are not in order')
  return names
}

function readAction(value: Bencoded): Action {
  const name = value instanceof Uint8Array ? fromUtf8(value) : undefined
  const action = actions.find(one => one === name)
  if (action === undefined) throw invalid('it names an unknown action')
  return action
}

function invalid(why: string): PeerageError {
  return refused(kind, why)
}
