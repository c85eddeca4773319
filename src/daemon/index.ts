// Light on purpose: the command line loads this for every command. What is heavy is imported when it is used.
import type { ConfigSections } from '../peer/index.ts'
import type { Daemon, DaemonOptions } from './daemon.ts'

export { connectDaemon, type DaemonClient } from './client.ts'
export type { DaemonConfig } from './config.ts'
export type { Daemon, DaemonOptions } from './daemon.ts'
export type { DaemonStatus } from './daemon-service.ts'
export { type DaemonInfo, readDaemonInfo } from './home-files.ts'
export type { HostedPeer, HostedPeerOptions, PeerConnection, PeerFactory } from './host-peer.ts'
export type { LogEntry, LogLevel } from './log-ring.ts'
export type { LogPage } from './logs-service.ts'
export type { PageAddress } from './page-tickets.ts'
export type { RemoteStatus } from './remote/index.ts'
export { readVersion } from './version.ts'

/** Runs a peer on a home in this process; see `daemon.ts`. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { startDaemon: start } = await import('./daemon.ts')
  return start(options)
}

/** Runs a peer on a home for as long as somebody wants it to be started again; see `runs.ts`. */
export async function* daemonRuns(options: DaemonOptions): AsyncGenerator<Daemon> {
  const { daemonRuns: runs } = await import('./runs.ts')
  yield* runs(options, startDaemon)
}

/** The daemon's own sections of the configuration. */
export async function daemonSections(): Promise<ConfigSections> {
  const { daemonConfig } = await import('./config.ts')
  const { remoteConfig } = await import('./remote/index.ts')
  return { daemon: daemonConfig, remote: remoteConfig }
}

/** Gives back the memory that loading the program took, once it runs; stops the world for about 0.1 s. */
export async function releaseStartupMemory(): Promise<void> {
  const { releaseMemory } = await import('../store/index.ts')
  releaseMemory()
}

/** The operations about the process itself and about the way to it, by service; for the references. */
export async function loadDaemonOperations(): Promise<{
  readonly daemon: typeof import('./daemon-service.ts').daemonOperations
  readonly logs: typeof import('./logs-service.ts').logsOperations
  readonly remote: typeof import('./remote/index.ts').remoteOperations
}> {
  const { daemonOperations } = await import('./daemon-service.ts')
  const { remoteOperations } = await import('./remote/index.ts')
  const { logsOperations } = await import('./logs-service.ts')
  return { daemon: daemonOperations, logs: logsOperations, remote: remoteOperations }
}
