import type { Daemon } from '../daemon/index.ts'

/**
 * A promise that fails with nobody waiting for it is a mistake of the program, but none that another peer may use to end this
 * one: it goes to the log and to the events.
 */
export function surviveStrays(daemon: Daemon): void {
  const tell = (error: unknown): void => {
    daemon.log.error({ room: 'daemon', error }, 'stray rejection')
    const message = error instanceof Error ? error.message : String(error)
    daemon.events.emit({ type: 'error.occurred', code: 'internal.bug', message })
  }
  process.on('unhandledRejection', tell)
  void daemon.stopped.then(() => process.off('unhandledRejection', tell))
}
