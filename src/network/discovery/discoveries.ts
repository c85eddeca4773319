import { PeerageError } from '../../base/index.ts'
import { streamOf } from '../stream-of.ts'
import type { Discovery, DiscoverySource, Found } from './discovery.ts'
import { believable, type Heard } from './hearsay.ts'

export interface FoundAddresses {
  readonly addresses: readonly string[]
  readonly how: DiscoverySource
}

/** All ways of finding peers, asked at once. */
export class Discoveries {
  readonly #all: Set<Discovery> = new Set()
  /** Announced topics in hex, with those who announce them now. */
  readonly #topics: Map<
    string,
    { readonly topic: Uint8Array; readonly stop: AbortController; users: number }
  > = new Map()
  readonly #maxTopics: number

  /** `maxTopics`: what is announced at the same time at most. */
  constructor(maxTopics: number) {
    this.#maxTopics = maxTopics
  }

  add(discovery: Discovery): () => void {
    this.#all.add(discovery)
    for (const { topic, stop } of this.#topics.values()) announce(discovery, topic, stop.signal)
    return () => this.#all.delete(discovery)
  }

  /** Those that can be asked where a peer is. */
  get finders(): DiscoverySource[] {
    return [...this.#all].filter(({ findPeer }) => findPeer !== undefined).map(({ name }) => name)
  }

  /** Addresses of one peer from whoever knows some, as they come. */
  findPeer(peer: string, signal: AbortSignal): AsyncGenerator<FoundAddresses> {
    const asked = [...this.#all].filter(discovery => discovery.findPeer !== undefined)
    return merged(
      asked.map(discovery => ({
        items: (own: AbortSignal) => discovery.findPeer!(peer, own),
        made: (heard: Heard): FoundAddresses => ({ addresses: believable(heard), how: discovery.name }),
      })),
      signal,
    )
  }

  /** Who announced under a topic of 32 bytes, as they come; the same peer may come more than once. */
  findTopic(
    topic: Uint8Array,
    signal: AbortSignal,
  ): AsyncGenerator<Found & { readonly how: DiscoverySource }> {
    const asked = [...this.#all].filter(discovery => discovery.findTopic !== undefined)
    return merged(
      asked.map(discovery => ({
        items: (own: AbortSignal) => discovery.findTopic!(topic, own),
        made: (found: Found) => ({ ...found, addresses: believable(found), how: discovery.name }),
      })),
      signal,
    )
  }

  /** Announces under a topic of 32 bytes wherever that is possible, until the returned function is called. Throws `network.limit`. */
  announce(topic: Uint8Array): () => void {
    const key = Buffer.from(topic).toString('hex')
    let entry = this.#topics.get(key)
    if (entry === undefined) {
      if (this.#topics.size >= this.#maxTopics)
        throw new PeerageError('network.limit', 'Too much is announced already (network.maxTopics).')
      entry = { topic: topic.slice(), stop: new AbortController(), users: 0 }
      this.#topics.set(key, entry)
      for (const discovery of this.#all) announce(discovery, entry.topic, entry.stop.signal)
    }
    const own = entry
    own.users++
    let ended = false
    return () => {
      if (ended) return
      ended = true
      if (--own.users > 0) return
      this.#topics.delete(key)
      own.stop.abort(new Error('It is announced no more.'))
    }
  }

  stop(): void {
    for (const { stop } of this.#topics.values()) stop.abort(new Error('The network stops.'))
    this.#topics.clear()
    this.#all.clear()
  }
}

function announce(discovery: Discovery, topic: Uint8Array, signal: AbortSignal): void {
  discovery.announce?.(topic, signal).catch(() => {})
}

interface Asked<Item, Made> {
  items(signal: AbortSignal): AsyncIterable<Item>
  made(item: Item): Made
}

/** What several sources yield, in the order in which it comes. One that fails knows no more; the others go on. Throws only `signal.reason`. */
function merged<Item, Made>(
  sources: readonly Asked<Item, Made>[],
  signal: AbortSignal,
): AsyncGenerator<Made> {
  return streamOf<Made>(signal, (tell, own) =>
    Promise.allSettled(
      sources.map(async ({ items, made }) => {
        for await (const item of items(own)) tell(made(item))
      }),
    ),
  )
}
