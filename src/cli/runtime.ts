import type { PeerFactory } from '../daemon/index.ts'
import type { ConfigSections } from '../peer/index.ts'

/** How a peer is made in this process; loaded only by commands that run one. Replaced in tests. */
export interface Runtime {
  loadPeer(): Promise<{ readonly createPeer: PeerFactory; readonly sections: ConfigSections }>
}
