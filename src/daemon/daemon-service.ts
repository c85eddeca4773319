import { type Operation, PeerageError, type RunningService, type ValueOperation, z } from '../base/index.ts'
import type { Caller, OperationDescription } from '../peer/index.ts'
import type { DaemonInfo } from './home-files.ts'
import type { HostedPeer, PeerConnection } from './host-peer.ts'
import type { PageAddress } from './page-tickets.ts'

export interface DaemonState {
  readonly peer: HostedPeer
  readonly home: string
  readonly info: () => DaemonInfo | undefined
  readonly caller: Caller
  readonly version: string
  readonly startedAt: number
  /** A new address of the web app with a ticket in it, when it is served. */
  openPage(): PageAddress | undefined
  /** Why this run goes by older settings than those that were set last; absent when it does not. */
  readonly fallback?: string | undefined
  /** Begins to stop; returns at once. */
  stop(): void
  /** The same, to be begun again. Throws `usage.invalid` where nobody would. */
  restart(): void
}

export interface DaemonStatus {
  readonly version: string
  readonly pid: number
  readonly home: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly peerId: string
  readonly addresses: readonly string[]
  readonly connections: readonly PeerConnection[]
  readonly url: string | undefined
  /** Resident memory of the process, in bytes. */
  readonly memoryBytes: number
  /** Why this run goes by older settings than those that were set last: with those it could not start. */
  readonly fallback?: string
}

const nothing = z.object({})

const status: ValueOperation<DaemonState, object, DaemonStatus> = {
  summary: 'Show how the running peer is doing',
  input: nothing,
  action: 'read',
  kind: 'value',
  command: { words: 'status', example: 'peerage status' },
  run: async state => ({
    version: state.version,
    pid: process.pid,
    home: state.home,
    startedAt: state.startedAt,
    peerId: state.peer.peerId,
    addresses: state.peer.addresses(),
    connections: state.peer.connections(),
    url: state.info()?.url,
    memoryBytes: process.memoryUsage.rss(),
    ...(state.fallback !== undefined && { fallback: state.fallback }),
  }),
}

const stop: Operation<DaemonState, object, { stopping: true }> = {
  summary: 'Stop the running peer in good order',
  input: nothing,
  action: 'write',
  kind: 'value',
  command: { words: 'stop', example: 'peerage stop' },
  run: async state => {
    state.stop()
    return { stopping: true }
  },
}

const open: ValueOperation<DaemonState, object, PageAddress> = {
  summary: 'Open the web app: give an address that is good once, for some minutes',
  input: nothing,
  action: 'write',
  kind: 'value',
  command: { words: 'open', example: 'peerage open' },
  run: async state => {
    const address = state.openPage()
    if (address === undefined)
      throw new PeerageError('daemon.unreachable', 'Only a running peer serves the web app.')
    return address
  },
}

const restart: ValueOperation<DaemonState, object, { restarting: true; startedAt: number }> = {
  summary: 'Stop the running peer and start it again with what was set since',
  input: nothing,
  action: 'write',
  kind: 'value',
  command: { words: 'restart', example: 'peerage restart' },
  run: async state => {
    state.restart()
    return { restarting: true, startedAt: state.startedAt }
  },
}

const operations: Operation<DaemonState, object, readonly OperationDescription[]> = {
  summary: 'List every operation with the schema of its input',
  input: nothing,
  action: 'read',
  kind: 'value',
  command: { words: 'operations', example: 'peerage operations --json' },
  run: async ({ caller }) => await caller.describe(),
}

export const daemonOperations: Readonly<{
  status: typeof status
  stop: typeof stop
  restart: typeof restart
  open: typeof open
  operations: typeof operations
}> = { status, stop, restart, open, operations }

/** The operations about the running process itself. */
export function daemonService(state: DaemonState): RunningService {
  return { name: 'daemon', operations: daemonOperations, state, stop: async () => undefined }
}
