import {
  type Action,
  type Bounds,
  describeBounds,
  type Grant,
  type HeldGrant,
  type IssuedGrant,
  openedGrant,
} from '../../access/index.ts'
import type { GrantsHost } from './host.ts'

/** A grant as its user sees it. Names come from the user; what has none is named by its id. */
export interface GrantRow {
  readonly id: string
  /** Whether this user gave it, or was given it. */
  readonly way: 'given' | 'held'
  /** Whom it is for, and in the words of the user. */
  readonly subject: string
  readonly name: string
  /** Who signed it, and whose word it is in the end. */
  readonly issuer: string
  readonly owner: string
  readonly ownerName: string
  readonly resource: string
  readonly title: string
  readonly actions: readonly Action[]
  /** Milliseconds since the Unix epoch. */
  readonly expires: number
  /** Times and limits, in words and as they are. */
  readonly bounds: readonly string[]
  readonly limits: Bounds
  /** How many times it may be passed on. */
  readonly delegate: number
  /** It stands for a rule, and is given anew as long as that says so. */
  readonly byRule: boolean
}

export function issuedRow(host: GrantsHost, { bytes, rule }: IssuedGrant): GrantRow {
  return rowOf(host, openedGrant(bytes), 'given', rule !== undefined)
}

export function heldRow(host: GrantsHost, { grant }: Pick<HeldGrant, 'grant'>): GrantRow {
  return rowOf(host, grant, 'held', false)
}

function rowOf(host: GrantsHost, grant: Grant, way: GrantRow['way'], byRule: boolean): GrantRow {
  const { id, subject, issuer, owner, resource, actions, from, expires, limits, delegate = 0 } = grant
  const bounds: Bounds = { from, expires, ...limits }
  return {
    id,
    way,
    subject,
    name: host.nameOf(subject),
    issuer,
    owner,
    ownerName: host.nameOf(owner),
    resource,
    title: host.titleOf(resource),
    actions,
    expires,
    bounds: describeBounds(bounds, at => host.world.localOffset(at)),
    limits: bounds,
    delegate,
    byRule,
  }
}
