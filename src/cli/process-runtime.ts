import type { Runtime } from './runtime.ts'

/** The real peer, loaded only by commands that run one in this process. */
export const processRuntime: Runtime = {
  loadPeer: async () => {
    throw new TypeError('there is no peer yet')
  },
}
