import { equalBytes, PeerageError, toHex, type World } from '../../base/index.ts'
import type { PeerStream } from '../../network/index.ts'
import { encodeGossip, type GossipMessage, gossipLimits } from '../../wire/index.ts'
import type { GossipConfig } from './config.ts'
import { Frames } from './frames.ts'
import { digestOf, type Receipt, type Told, type Topics, type View } from './topics.ts'

export interface ConversationParts {
  readonly world: World
  readonly config: GossipConfig
  readonly stream: PeerStream
  /** We opened it. */
  readonly outbound: boolean
  readonly topics: Topics
  /** The peer is a contact, a fellow, or a member of a private swarm of ours. */
  isKnown(): boolean
  /** Whether one more question may be answered. */
  mayAsk(): boolean
  /** Judges statements that the peer told, and passes on what is new. */
  receive(told: Told): Receipt | Promise<Receipt>
  /** Where the peer says that others are. */
  onWhere(peers: ReadonlyMap<string, readonly string[]>): void
  /** The peer did wrong; the conversation ends when it was too often. */
  onFault(error: PeerageError): void
}

const nothing: ReadonlySet<string> = new Set()

/**
 * What is said with one peer on one stream. Each side names what it may tell the other of (`have`); who lacks something asks
 * (`want`) and is told; later news are told without being asked for. A topic that the peer is not entitled to by what is known here
 * is asked for as a whole, whether it exists here or not, so that the answer shows nothing: the peer may know of a change that
 * entitles it.
 */
export class Conversation {
  readonly peer: string
  readonly stream: PeerStream
  readonly outbound: boolean
  /** World.now() at its beginning. */
  readonly since: number
  readonly #parts: ConversationParts
  readonly #frames: Frames
  /** The digest of each topic as the peer was last told or named it. */
  readonly #told = new Map<string, string>()
  /** Where the peer was told that others are. */
  readonly #places = new Map<string, string>()
  /** Topics that were asked for as a whole. */
  readonly #introduced = new Set<string>()
  /** What was held of an incomplete topic when its rest was asked for: it is asked for once in each state. */
  readonly #asked = new Map<string, string>()

  constructor(parts: ConversationParts) {
    const { stream, world } = parts
    this.#parts = parts
    this.peer = stream.peer
    this.stream = stream
    this.outbound = parts.outbound
    this.since = world.now()
    this.#frames = new Frames({
      ...parts,
      onMessage: message => this.#onMessage(message),
      onMalformed: error => {
        parts.onFault(error)
        this.end(error)
      },
    })
  }

  /** Names all topics that may be told to the peer now and of which it has not heard what is held. */
  review(): void {
    const { topics } = this.#parts
    const news = new Map<string, Uint8Array>()
    for (const topic of topics.about(this.peer)) {
      const digest = this.#note(topic)
      if (digest !== undefined) news.set(topic, digest)
    }
    for (const part of inParts([...news], gossipLimits.topics))
      this.#send({ type: 'have', topics: new Map(part) })
  }

  /** Tells what is new of a topic, `before` being what was held so far. What was never spoken of is named by `review`. */
  tellNews(topic: string, before: ReadonlySet<string>): void {
    if (!this.#told.has(topic) || this.#note(topic) === undefined) return
    if (this.stream.bufferedBytes > this.#parts.config.maxUnsentBytes)
      return void this.end(new PeerageError('wire.limit', 'It does not listen.'))
    this.#tell(topic, this.#parts.topics.statements(topic, this.peer, before))
  }

  /** The peer itself told what is new. */
  noteNews(topic: string): void {
    if (this.#told.has(topic)) this.#note(topic)
  }

  /** Says where others are, as far as the peer was not told that before. */
  sayWhere(peers: ReadonlyMap<string, readonly string[]>): void {
    const news = [...peers].filter(([peer, addresses]) => this.#places.get(peer) !== addresses.join())
    for (const [peer, addresses] of news) this.#places.set(peer, addresses.join())
    for (const part of inParts(news, gossipLimits.peers)) this.#send({ type: 'where', peers: new Map(part) })
  }

  end(reason: Error): void {
    this.#frames.end()
    this.stream.abort(reason)
  }

  /** The stream is closed. */
  ended(): void {
    this.#frames.end()
  }

  async #onMessage(message: GossipMessage): Promise<void> {
    const { config, isKnown, onWhere, topics } = this.#parts
    if (this.#frames.bytes > config.strangerBytes && !isKnown())
      throw new PeerageError('wire.limit', 'A stranger says too much.')
    if (message.type === 'where') return onWhere(message.peers)
    await topics.prepare(message.type === 'have' ? message.topics.keys() : [message.topic])
    if (message.type === 'have') this.#onHave(message.topics)
    else if (message.type === 'want') this.#onWant(message.topic, message.ids)
    else
      await this.#onTell({
        ...message,
        // The frame ends with its message; what is kept of it must not be a view.
        statements: message.statements.map(bytes => bytes.slice()),
        more: message.more === true,
        from: this.peer,
      })
  }

  #onHave(named: ReadonlyMap<string, Uint8Array>): void {
    for (const [topic, digest] of named) {
      const view = this.#parts.topics.view(topic, this.peer)
      if (view?.whole !== true) this.#introduce(topic, view)
      else if (!equalBytes(digest, digestOf(view.ids))) this.#want(topic, view.ids)
    }
  }

  /** The peer may know of a change that entitles it; who was removed and has not heard of it learns it. */
  #introduce(topic: string, view: View | undefined): void {
    if (this.#introduced.size >= this.#parts.config.introductions || this.#introduced.has(topic)) return
    this.#introduced.add(topic)
    this.#want(topic, view?.ids ?? nothing)
    const digest = view && this.#note(topic)
    if (digest !== undefined) this.#send({ type: 'have', topics: new Map([[topic, digest]]) })
  }

  /** A refusal is silence, as for what is not here. */
  #onWant(topic: string, ids: readonly string[]): void {
    const { mayAsk, topics, onFault } = this.#parts
    if (!mayAsk()) return void onFault(new PeerageError('wire.limit', 'It asks too often.'))
    this.#tell(topic, topics.statements(topic, this.peer, new Set(ids)))
  }

  async #onTell(told: Told): Promise<void> {
    const { receive, onFault, topics } = this.#parts
    const { topic } = told
    const { fault, incomplete } = await receive(told)
    if (fault !== undefined) onFault(fault)
    if (incomplete !== true) return
    const view = topics.view(topic, this.peer)
    const ids = view?.whole === true ? view.ids : nothing
    const state = toHex(digestOf(ids))
    if (this.#asked.get(topic) === state) return
    if (this.#asked.size >= gossipLimits.topics) this.#asked.clear()
    this.#asked.set(topic, state)
    this.#want(topic, ids)
  }

  #want(topic: string, ids: ReadonlySet<string>): void {
    this.#send({ type: 'want', topic, ids: [...ids].slice(0, gossipLimits.ids) })
  }

  #tell(topic: string, statements: readonly Uint8Array[]): void {
    const parts = [...byBytes(statements)]
    for (const [at, part] of parts.entries())
      this.#send({ type: 'tell', topic, statements: part, more: at < parts.length - 1 })
  }

  /** Notes that the peer knows now what is held of a topic; its digest when that differs from what was noted before. */
  #note(topic: string): Uint8Array | undefined {
    const { topics } = this.#parts
    const view = topics.view(topic, this.peer)
    if (view === undefined) return undefined
    topics.spoken(topic)
    const digest = digestOf(view.ids)
    const text = toHex(digest)
    if (this.#told.get(topic) === text) return undefined
    this.#told.set(topic, text)
    return digest
  }

  #send(message: GossipMessage): void {
    if (!this.stream.send(encodeGossip(message))) this.#frames.holdUntilSent()
  }
}

function* inParts<Item>(items: readonly Item[], most: number): Iterable<Item[]> {
  for (let at = 0; at < items.length; at += most) yield items.slice(at, at + most)
}

/** In groups that fit into one message each. */
function* byBytes(statements: readonly Uint8Array[]): Iterable<Uint8Array[]> {
  const room = gossipLimits.frameBytes - 1_024
  let part: Uint8Array[] = []
  let bytes = 0
  for (const statement of statements) {
    const size = statement.length + 10
    if (part.length > 0 && (part.length >= gossipLimits.statements || bytes + size > room)) {
      yield part
      part = []
      bytes = 0
    }
    part.push(statement)
    bytes += size
  }
  if (part.length > 0) yield part
}
