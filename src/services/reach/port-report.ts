import type { InboundSeen, Path, SeenAs } from '../../network/index.ts'

/** What a peer found that was asked to connect back. */
export interface DialBackRow {
  readonly peer: string
  /** How that peer is reached: only `direct` says something about the way from outside. */
  readonly path: Path
  /** Whether its connection, and its datagram, arrived here; absent when it did not try. */
  readonly tcp?: boolean
  readonly udp?: boolean
  /** World.wallTime() when it tried; peers try once a minute, so that may be a while ago. */
  readonly at?: number
  /** Why it did not. */
  readonly problem?: string
}

export interface PortReport {
  /** TCP and UDP; absent when this peer does not listen. */
  readonly port?: number
  /**
   * `open`: somebody came in from outside, or was asked to and did. `closed`: who was asked could not. `unknown`: nobody came
   * yet, and nobody outside could be asked.
   */
  readonly verdict: 'open' | 'closed' | 'unknown'
  /** Connections from outside in this run. */
  readonly inbound?: InboundSeen
  /** Under which addresses others see this peer; hearsay. */
  readonly seenAs: readonly SeenAs[]
  readonly asked: readonly DialBackRow[]
}

/** Only who is outside our own networks can tell. */
export function judge(
  inbound: InboundSeen | undefined,
  asked: readonly DialBackRow[],
): PortReport['verdict'] {
  const outside = asked.filter(({ path, problem }) => path === 'direct' && problem === undefined)
  if (inbound !== undefined || outside.some(({ tcp }) => tcp)) return 'open'
  return outside.length > 0 ? 'closed' : 'unknown'
}
