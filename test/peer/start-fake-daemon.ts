import { type Daemon, type DaemonOptions, startDaemon } from '../../src/daemon/index.ts'
import { fakeFactory } from './fake-peer.ts'

/** A real daemon of that home, at a free port, around a peer that does nothing. Whoever starts it stops it. */
export function startFakeDaemon(home: string, options: Partial<DaemonOptions> = {}): Promise<Daemon> {
  return startDaemon({
    home,
    environment: {},
    flags: { 'daemon.apiPort': 0 },
    sections: {},
    createPeer: fakeFactory(),
    ...options,
  })
}
