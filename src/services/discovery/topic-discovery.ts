import type { Discovery, DiscoverySource, Found } from '../../network/index.ts'
import { peerTopic } from './topic.ts'

export interface TopicFinder {
  readonly name: DiscoverySource
  find(topic: Uint8Array, signal: AbortSignal): AsyncIterable<Found>
  /** Announces until the signal. */
  announce(topic: Uint8Array, signal: AbortSignal): void
}

/** A way of finding peers that knows topics only: a peer is found under its own. */
export function topicDiscovery({ name, find, announce }: TopicFinder): Discovery {
  return {
    name,
    async *findPeer(peer, signal) {
      for await (const found of find(peerTopic(peer), signal)) if (found.peer === peer) yield found
    },
    findTopic: find,
    announce: async (topic, signal) => {
      if (!signal.aborted) announce(topic, signal)
    },
  }
}
