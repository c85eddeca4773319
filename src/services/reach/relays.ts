import { type ValueOperation, z } from '../../base/index.ts'
import type { RelayState } from '../../network/index.ts'
import type { Reach } from './reach.ts'

/** Somebody, and what the user calls whom it belongs to. */
interface Named {
  readonly peer: string
  readonly contact?: string
}

/** A relay through which others reach this peer. */
export interface UsedRelayRow extends Named {
  readonly addresses: readonly string[]
  /** Milliseconds since 1970; renewed before. */
  readonly until: number
  /** What it allows one connection; 0: as much as there is. */
  readonly limit: { readonly seconds: number; readonly bytes: number }
}

/** A connection that this peer relays. */
export interface CircuitRow {
  readonly from: Named
  readonly to: Named
  /** In both directions together. */
  readonly bytes: number
  /** Milliseconds since 1970. */
  readonly since: number
}

export interface RelaysReport {
  /** Whether this peer wants to be reached through relays now, and by which it is. */
  readonly isWanted: boolean
  readonly used: readonly UsedRelayRow[]
  /** Who may be reached through this peer (`relay.relayFor`), who is now, and what goes on. */
  readonly relayFor: RelayState['relayFor']
  readonly reachable: readonly (Named & { readonly until: number })[]
  readonly circuits: readonly CircuitRow[]
  /** Passed on for others in this run, in bytes. */
  readonly bytes: number
}

export const relays: ValueOperation<Reach, Record<never, never>, RelaysReport> = {
  summary: 'Show the relays through which others reach this peer, and whom it relays for',
  input: z.object({}),
  action: 'read',
  kind: 'value',
  command: { words: 'relays', example: 'peerage relays' },
  run: async ({ host }) => {
    const { network, nameOf, relayFor } = host
    if (network === undefined)
      return { isWanted: false, used: [], relayFor: relayFor(), reachable: [], circuits: [], bytes: 0 }
    const named = (peer: string): Named => {
      const contact = nameOf(peer)
      return { peer, ...(contact !== undefined && { contact }) }
    }
    const { isWanted, used, reservations, circuits, bytes } = network.relay.state
    return {
      isWanted,
      used: used.map(({ relay, addresses, until, limit }) => ({ ...named(relay), addresses, until, limit })),
      relayFor: relayFor(),
      reachable: reservations.map(({ peer, expires }) => ({ ...named(peer), until: expires * 1000 })),
      circuits: circuits.map(({ from, to, ...rest }) => ({ from: named(from), to: named(to), ...rest })),
      bytes,
    }
  },
}
