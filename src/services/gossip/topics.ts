import { createHash } from 'node:crypto'
import type { PeerageError } from '../../base/index.ts'

/** What of a topic may be told to one peer: ids of statements, in hex. */
export interface View {
  readonly ids: ReadonlySet<string>
  /** The peer is entitled to the topic. Otherwise to these few statements only: what removed it. */
  readonly whole: boolean
}

/** Statements of a topic as a peer told them. */
export interface Told {
  readonly topic: string
  readonly statements: readonly Uint8Array[]
  readonly from: string
  /** The others that belong to them follow. */
  readonly more: boolean
}

/** What became of statements that a peer told. */
export interface Receipt {
  /** Some cannot be judged before others that are missing here. */
  readonly incomplete?: boolean
  /** What was wrong with one of them, if anything. */
  readonly fault?: PeerageError | undefined
}

/** Who keeps the statements of one kind of topic and judges new ones. Whatever it is given comes from the network; it throws nothing. */
export interface TopicSource {
  /** What its topics begin with, before the colon. */
  readonly prefix: string
  /** The topics of which something may be told to that peer. */
  about(peer: string): Iterable<string>
  /** Undefined when nothing may be told: then the peer must not notice whether there is such a topic here. */
  view(topic: string, peer: string): View | undefined
  /** All ids that are held. */
  ids(topic: string): ReadonlySet<string>
  /** The statements of its view that are not in `except`; those that others were made after come first. */
  statements(topic: string, peer: string, except: ReadonlySet<string>): readonly Uint8Array[]
  /** What it takes to answer the others at once; undefined when that is there. */
  prepare?(topic: string): Promise<void> | undefined
  receive(told: Told): Receipt | Promise<Receipt>
  /**
   * Calls back with a topic whose statements changed, or with nothing when what may be told to whom may have changed. What a peer told has
   * changed it before `receive` returns; with `from`, its PeerId, also later.
   */
  onChanged(listener: (topic?: string, from?: string) => void): () => void
}

const nothing: ReadonlySet<string> = new Set()

/** All topics of this peer, by the names that gossip uses. */
export class Topics {
  readonly #sources: ReadonlyMap<string, TopicSource>
  /** What was held of a topic when it was last spoken of, so that what is new can be told apart. */
  readonly #spoken = new Map<string, ReadonlySet<string>>()

  constructor(sources: readonly TopicSource[]) {
    this.#sources = new Map(sources.map(source => [source.prefix, source]))
  }

  *about(peer: string): Iterable<string> {
    for (const source of this.#sources.values()) yield* source.about(peer)
  }

  view(topic: string, peer: string): View | undefined {
    return this.#sourceOf(topic)?.view(topic, peer)
  }

  statements(topic: string, peer: string, except: ReadonlySet<string>): readonly Uint8Array[] {
    return this.#sourceOf(topic)?.statements(topic, peer, except) ?? []
  }

  /** Before much is said of these topics. Undefined: all is there. */
  prepare(topics: Iterable<string>): Promise<unknown> | undefined {
    const waits = [...topics].flatMap(topic => this.#sourceOf(topic)?.prepare?.(topic) ?? [])
    return waits.length === 0 ? undefined : Promise.all(waits)
  }

  receive(told: Told): Receipt | Promise<Receipt> {
    return this.#sourceOf(told.topic)?.receive(told) ?? {}
  }

  /** From now on, what comes to a topic is new. */
  spoken(topic: string): void {
    if (!this.#spoken.has(topic)) this.#spoken.set(topic, this.#held(topic))
  }

  /** What was held of a topic before the news, of which the caller takes care now; undefined when there are none. */
  takeNews(topic: string): ReadonlySet<string> | undefined {
    const before = this.#spoken.get(topic) ?? nothing
    const held = this.#held(topic)
    const news = [...held].some(id => !before.has(id))
    this.#spoken.set(topic, held)
    return news ? before : undefined
  }

  onChanged(listener: (topic?: string, from?: string) => void): () => void {
    const ends = [...this.#sources.values()].map(source => source.onChanged(listener))
    return () => {
      for (const end of ends) end()
    }
  }

  #held(topic: string): ReadonlySet<string> {
    return new Set(this.#sourceOf(topic)?.ids(topic))
  }

  #sourceOf(topic: string): TopicSource | undefined {
    return this.#sources.get(topic.slice(0, topic.indexOf(':')))
  }
}

/** What stands for a set of ids in a `have`: the same for the same set. 32 bytes. */
export function digestOf(ids: ReadonlySet<string>): Uint8Array {
  const hash = createHash('sha256')
  for (const id of [...ids].sort()) hash.update(id, 'hex')
  return hash.digest()
}
