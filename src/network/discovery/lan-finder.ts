import type { World } from '../../base/index.ts'
import type { Discovery } from './discovery.ts'
import type { Heard } from './hearsay.ts'

/** Whoever is there answers within 120 ms, or after the second in which it may not speak twice (RFC 6762 section 6). */
const answersWithinMs = 1_500

export interface LanFinderPorts {
  readonly world: World
  lookAround(): void
  /** Subscribes to what is heard of peers on the local networks; returns what unsubscribes. */
  onHeard(
    listener: (heard: { readonly peer: string; readonly addresses: readonly string[] }) => void,
  ): () => void
}

/** The local networks, asked where one peer is. */
export function lanFinder({ world, lookAround, onHeard }: LanFinderPorts): Discovery {
  return {
    name: 'mdns',
    async *findPeer(peer, signal) {
      const { promise, resolve } = Promise.withResolvers<Heard | undefined>()
      const end = (): void => resolve(undefined)
      const stop = onHeard(heard => {
        // LanDiscovery has judged what whoever is on that link may say.
        if (heard.peer === peer) resolve({ addresses: heard.addresses, teller: 'loopback' })
      })
      const timer = world.after(answersWithinMs, end)
      signal.addEventListener('abort', end, { once: true })
      lookAround()
      try {
        const heard = await promise
        if (heard !== undefined) yield heard
      } finally {
        stop()
        timer.cancel()
        signal.removeEventListener('abort', end)
      }
    },
  }
}
