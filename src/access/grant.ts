import { fromUtf8, type PeerageError } from '../base/index.ts'
import { type Bencoded, bytesAt, type Dictionary, integerAt, listAt, textAt } from '../wire/index.ts'
import { decodeLimits, encodeLimits, isWithin, type Limits } from './limits.ts'
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

/** A circle by its id, with the role that is needed in it, if any: `circle:HEX`, `circle:HEX/member`, `circle:HEX/admin`. */
export type CircleSubject = `circle:${string}`

/** What a grant says. */
export interface GrantTerms {
  /**
   * Whom it is for: a person by its PeerId, or a circle. Worth nothing in another's hands: a stream tells who is at its other end, and
   * a roster who is in a circle.
   */
  readonly subject: string
  readonly resource: string
  readonly actions: readonly Action[]
  /** Milliseconds since the Unix epoch. */
  readonly issued: number
  /** Not before: milliseconds since the Unix epoch. */
  readonly from?: number | undefined
  /** Milliseconds since the Unix epoch. */
  readonly expires: number
  readonly limits?: Limits | undefined
  /** How many times it may be passed on: 1 lets the holder give it to others, 2 lets these as well. */
  readonly delegate?: number | undefined
}

/**
 * A signed, expiring statement. On the wire a libp2p signed envelope (RFC 0002) whose payload is the bencoding of the terms, with
 * `v` = 1. The holder shows it to whoever believes `owner`. One that was passed on holds the one it was made from.
 */
export interface Grant extends GrantTerms {
  /** Of its statement, in hex: what a revocation names. */
  readonly id: string
  /** PeerId of the signer, taken from the key in the envelope. */
  readonly issuer: string
  /** Who signed the first of the chain: `issuer` unless it was passed on. */
  readonly owner: string
  readonly parent?: Grant | undefined
}

/** Bounds of a grant with all that it was made from; `delegations` is how often it may have been passed on. Times in milliseconds. */
export const grantLimits: Readonly<
  Record<'bytes' | 'resourceLength' | 'delegations' | 'lifetimeMs' | 'clockSkewMs', number>
> = {
  bytes: 4096,
  resourceLength: 256,
  delegations: 4,
  lifetimeMs: 366 * 86_400_000,
  // Clocks that are wrong by a time zone are common, and expiry, not issue, is what protects.
  clockSkewMs: 86_400_000,
}

const kind: StatementKind = {
  name: 'grant',
  maxBytes: grantLimits.bytes,
  fields: new Set([
    'actions',
    'delegate',
    'expires',
    'from',
    'issued',
    'limits',
    'parent',
    'resource',
    'subject',
  ]),
  maxDepth: 2,
  maxItems: 48,
  code: 'grant.invalid',
}

/**
 * The envelope of a grant by `identity`, made from `parent`, the envelope of one that was given to it, or as the owner. Throws
 * `TypeError` when a field is out of bounds, `grant.invalid` when it would give more than its parent.
 */
export function issueGrant(identity: Identity, terms: GrantTerms, parent?: Uint8Array): Uint8Array {
  const { subject, resource, issued, from, expires, limits, delegate } = terms
  if (
    expires <= issued ||
    expires - issued > grantLimits.lifetimeMs ||
    resource.length > grantLimits.resourceLength ||
    (delegate ?? 0) > grantLimits.delegations
  )
    throw new TypeError('A grant is out of bounds.')
  const named = actions.filter(action => terms.actions.includes(action)).toSorted()
  const bounds = encodeLimits(limits ?? {})
  const bytes = signStatement(identity, kind, {
    subject,
    resource,
    actions: named,
    issued,
    expires,
    ...(from !== undefined && { from }),
    ...(bounds.size > 0 && { limits: bounds }),
    ...(delegate !== undefined && delegate > 0 && { delegate }),
    ...(parent !== undefined && { parent }),
  })
  if (parent !== undefined) openGrant(bytes)
  return bytes
}

/**
 * The grant in an envelope from the network: its signature and those of what it was made from are checked, and that none gives more
 * than the one before. Whether it is for whom, for what and from whom it should be is for `grantFault` and the policy. Throws
 * `grant.invalid`, whatever is wrong with it.
 */
export function openGrant(bytes: Uint8Array): Grant {
  return openChain(bytes, grantLimits.delegations)
}

function openChain(bytes: Uint8Array, delegations: number): Grant {
  const statement = openStatement(bytes, kind)
  const parentBytes = bytesAt(statement.payload, 'parent')
  if (parentBytes === undefined) {
    if (statement.payload.has('parent')) throw invalid('what it was made from is malformed')
    return { ...readTerms(statement), owner: statement.signer }
  }
  if (delegations === 0) throw invalid('it was passed on too often')
  const parent = openChain(parentBytes, delegations - 1)
  const grant: Grant = { ...readTerms(statement), owner: parent.owner, parent }
  const excess = excessOf(grant, parent)
  if (excess !== undefined) throw invalid(excess)
  return grant
}

/** In what a grant says more than the one it was made from. */
function excessOf(grant: Grant, parent: Grant): string | undefined {
  if ((grant.delegate ?? 0) >= (parent.delegate ?? 0)) return 'it was passed on more often than allowed'
  // Who is in a circle changes; whoever passes on what is not its own names persons.
  if (isCircle(grant.subject)) return 'it was passed on to a circle'
  if (grant.resource !== parent.resource) return 'it is for another resource than what it was made from'
  if (grant.actions.some(action => !parent.actions.includes(action))) return 'it allows more actions'
  if (grant.issued < parent.issued || (grant.from ?? 0) < (parent.from ?? 0)) return 'it begins too early'
  if (grant.expires > parent.expires) return 'it lasts too long'
  return isWithin(grant.limits ?? {}, parent.limits ?? {}) ? undefined : 'its limits are wider'
}

export function isCircle(subject: string): subject is CircleSubject {
  return subject.startsWith('circle:')
}

/** Whether two grants of the same issuer differ in nothing but for how long they are good. */
export function saysSame(a: GrantTerms, b: GrantTerms): boolean {
  const said = ({ subject, resource, actions, from, limits = {}, delegate = 0 }: GrantTerms): string =>
    JSON.stringify([subject, resource, actions.toSorted(), from, Object.entries(limits).toSorted(), delegate])
  return said(a) === said(b)
}

/** A grant and what it was made from, the owner's last. */
export function chainOf(grant: Grant): readonly Grant[] {
  return grant.parent === undefined ? [grant] : [grant, ...chainOf(grant.parent)]
}

function readTerms({ id, signer, payload: from }: Statement): Omit<Grant, 'owner' | 'parent'> {
  const resource = textAt(from, 'resource')
  const issued = integerAt(from, 'issued')
  const expires = integerAt(from, 'expires')
  if (resource === undefined || resource.length > grantLimits.resourceLength)
    throw invalid('it names no resource')
  if (issued === undefined || expires === undefined || expires <= issued) throw invalid('its times are wrong')
  if (expires - issued > grantLimits.lifetimeMs) throw invalid('it is valid for too long')
  return {
    id,
    issuer: signer,
    subject: readSubject(from),
    resource,
    actions: readActions(from),
    issued,
    expires,
    ...readBounds(from, expires),
  }
}

function readBounds(from: Dictionary, expires: number): Pick<Grant, 'from' | 'limits' | 'delegate'> {
  const start = integerAt(from, 'from', 0, expires - 1)
  const limits = decodeLimits(from.get('limits'))
  const delegate = integerAt(from, 'delegate', 1, grantLimits.delegations)
  if (start === undefined && from.has('from')) throw invalid('its times are wrong')
  if (limits === undefined && from.has('limits')) throw invalid('its limits are not understood')
  if (delegate === undefined && from.has('delegate')) throw invalid('it may be passed on too often')
  return {
    ...(start !== undefined && { from: start }),
    ...(limits && { limits }),
    ...(delegate !== undefined && { delegate }),
  }
}

function readSubject(from: Dictionary): string {
  const text = textAt(from, 'subject') ?? ''
  if (/^circle:[0-9a-f]{64}(\/(member|admin))?$/.test(text)) return text
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
