import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Daemon, startDaemon } from '../../src/daemon/index.ts'
import { createPeer, peerSections } from '../../src/peer/index.ts'

export interface TestDaemon {
  readonly daemon: Daemon
  readonly home: string
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly token: string
  /** Stops it and starts it again on the same home and port. */
  restart(): Promise<TestDaemon>
  /** Stops it; the home stays until `close`. */
  stop(): Promise<void>
  /** Stops it and removes its home. */
  close(): Promise<void>
}

const quiet = {
  'network.hosts': ['127.0.0.1'],
  'daemon.logLevel': 'error',
  preset: 'circle',
}

/** A real daemon on loopback, in this process, with a home of its own. */
export async function startTestDaemon(
  flags: Readonly<Record<string, unknown>> = {},
  home?: string,
  port = 0,
): Promise<TestDaemon> {
  const folder = home ?? (await mkdtemp(join(tmpdir(), 'peerage-browser-')))
  const daemon = await startDaemon({
    home: folder,
    flags: { ...quiet, 'files.downloads': join(folder, 'Downloads'), 'daemon.apiPort': port, ...flags },
    environment: {},
    createPeer,
    sections: peerSections,
  })
  const url = daemon.info!.url
  const stop = async (): Promise<void> => void (await daemon.stop())
  return {
    daemon,
    home: folder,
    url,
    token: daemon.token,
    stop,
    restart: async () => {
      await stop()
      return startTestDaemon(flags, folder, Number(new URL(url).port))
    },
    close: async () => {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
