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
      const ready: Heard[] = []
      let isOver = false
      let wake = Promise.withResolvers<void>()
      const end = (): void => {
        isOver = true
        wake.resolve()
      }
      const stop = onHeard(heard => {
        if (heard.peer !== peer) return
        // LanDiscovery has judged what whoever is on that link may say, and how often; who says it first need not be that peer.
        ready.push({ addresses: heard.addresses, teller: 'loopback' })
        wake.resolve()
      })
      const timer = world.after(answersWithinMs, end)
      signal.addEventListener('abort', end, { once: true })
      lookAround()
      try {
        while (!isOver || ready.length > 0) {
          while (ready.length > 0) yield ready.shift()!
          if (isOver) return
          await wake.promise
          wake = Promise.withResolvers<void>()
        }
      } finally {
        stop()
        timer.cancel()
        signal.removeEventListener('abort', end)
      }
    },
  }
}
