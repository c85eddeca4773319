import type { Runtime } from './runtime.ts'

/** The real peer, loaded only by commands that run one in this process. */
export const processRuntime: Runtime = {
  loadPeer: async () => {
    const { createPeer, peerSections } = await import('../peer/index.ts')
    return { createPeer, sections: peerSections }
  },
}
