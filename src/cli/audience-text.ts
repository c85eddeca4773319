import type { Audience } from '../services/files/index.ts'
import { safeText, shortPeer } from './text.ts'

/** `Ann, members of family (until 2026-12-25 00:00)`; peers without a name are shortened. */
export function audienceText(audience: readonly Audience[]): string {
  return audience.map(one => named(one) + limited(one)).join(', ') || 'nobody'
}

/** The same without limits, for where there is little room. */
export function audienceNames(audience: readonly Audience[]): string {
  return audience.map(named).join(', ') || 'nobody'
}

function named({ who }: Audience): string {
  return safeText(who).replace(/peer:(\S+)/g, (_, peer: string) => `peer ${shortPeer(peer)}`)
}

function limited({ limits }: Audience): string {
  return limits === undefined ? '' : ` (${limits.map(safeText).join(', ')})`
}
