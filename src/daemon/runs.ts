import { PeerageError } from '../base/index.ts'
import type { Daemon, DaemonOptions } from './daemon.ts'

type Start = (options: DaemonOptions) => Promise<Daemon>

/**
 * One daemon after the other on a home: one that ends to be started again (`daemon.restart`) is followed by the next, in this process and at the
 * same port of the API, so that pages that are open find it. What was set and keeps it from starting is left out of that run, which says
 * so: nobody who has only a browser is locked out by a setting. Rejects as `startDaemon` does, for the first one.
 */
export async function* daemonRuns(options: DaemonOptions, start: Start): AsyncGenerator<Daemon> {
  let daemon = await start({ ...options, canRestart: true })
  for (;;) {
    yield daemon
    await daemon.stopped
    if (!daemon.wantsRestart) return
    daemon = await next(options, daemon, start)
  }
}

async function next(options: DaemonOptions, before: Daemon, start: Start): Promise<Daemon> {
  const { held } = before.config
  const again = { ...options, canRestart: true, ...samePort(before) }
  try {
    return await start(again)
  } catch (error) {
    if (!(error instanceof PeerageError) || Object.keys(held).length === 0) throw error
    return await start({ ...again, flags: { ...held, ...options.flags }, fallback: error.message })
  }
}

/** Unless another was chosen meanwhile. */
function samePort({ info, config }: Daemon): { readonly apiPort?: number } {
  if (info === undefined || 'daemon.apiPort' in config.held) return {}
  return { apiPort: Number(new URL(info.url).port) }
}
