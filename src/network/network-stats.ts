import type { Host } from './host.ts'
import type { ConnectionGuard, LimitsConfig, Waiting } from './limits/index.ts'

/** What the network holds at the moment, beside what it may hold at most, and what it has refused since it started. */
export interface NetworkStats {
  readonly connections: {
    readonly inbound: number
    readonly outbound: number
    readonly max: number
    /** Inbound ones that have not proven who they are. */
    readonly pending: number
    readonly maxPending: number
    /** Inbound ones of other protocols on the port. */
    readonly raw: number
    readonly maxRaw: number
  }
  readonly streams: { readonly open: number; readonly max: number }
  /** Bytes. `ahead`: what peers have been allowed to send beyond the first 256 KiB of each stream. */
  readonly memory: Readonly<Record<Waiting, number>> & {
    readonly max: number
    readonly ahead: number
    readonly maxAhead: number
  }
  /** Connections refused or closed since the start, by why. */
  readonly closed: Readonly<Record<string, number>>
}

interface Sources {
  readonly host: Pick<Host, 'node' | 'limits'>
  readonly config: LimitsConfig & { readonly maxWindowBytes: number }
  readonly guard: ConnectionGuard
}

export function statsOf({ host, config, guard }: Sources): NetworkStats {
  const { admission, memory, quota, windows } = host.limits
  const connections = host.node.getConnections()
  const inbound = connections.filter(({ direction }) => direction === 'inbound').length
  return {
    connections: {
      inbound,
      outbound: connections.length - inbound,
      max: config.maxConnections,
      pending: admission.pending,
      maxPending: config.maxPendingInbound,
      raw: admission.raw,
      maxRaw: config.maxRawConnections,
    },
    streams: { open: quota.open, max: quota.limit },
    memory: {
      ...memory.used,
      max: memory.limit,
      ahead: config.maxWindowBytes - windows.left,
      maxAhead: config.maxWindowBytes,
    },
    closed: { ...admission.refused, ...guard.closed, ...(memory.shed > 0 && { memory: memory.shed }) },
  }
}
