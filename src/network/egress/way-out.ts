import type { Socket } from 'node:net'
import type { Resolve } from './resolve.ts'
import type { TcpTarget } from './sockets.ts'

/** What whoever only dials needs of the one way out. */
export interface WayOut {
  /**
   * A TCP connection, not yet read from. Rejects with the socket's error, `network.egress-down`, `network.unreachable` (a proxy says so) or
   * `signal.reason`.
   */
  dial(target: TcpTarget, signal: AbortSignal): Promise<Socket>
  /** Addresses of a name, to be dialled here. Rejects with the resolver's error. */
  readonly resolve: Resolve
}
