import { AttemptLimit } from '../../../access/index.ts'
import { PeerageError, type Timer, toHex } from '../../../base/index.ts'
import { addressGroup, type Found, type PeerStream } from '../../../network/index.ts'
import {
  decodeWhereabouts,
  encodeWhereabouts,
  type Whereabouts,
  whereaboutsLimits,
} from '../../../wire/index.ts'
import { addressOf } from '../address-of.ts'
import { ask, serve } from '../exchange.ts'
import { type Asked, gather } from '../gather.ts'
import type { DiscoveryHost, DiscoveryNetwork } from '../host.ts'
import { inTurn } from '../in-turn.ts'
import type { ReadRecord } from '../opened-record.ts'
import { Registrations } from '../registrations.ts'
import { peerTopic } from '../topic.ts'
import { topicDiscovery } from '../topic-discovery.ts'

/** See docs/decisions/019-discovery.md, "Peers of peers". */
export const peersProtocol = '/peerage/peers/1'

const ttlMs = 7_200_000
const renewMs = 1_800_000
/** Several changes are told at once, and after identify, which tells where the other side listens. */
const tellAfterMs = 300
const answerMs = 8_000
const idleMs = 60_000
const askedAtMost = 32
const answeredAtMost = 8
const watchedPeers = 1_024
const none = new Uint8Array(0)

/**
 * Contacts and members of circles tell one another where they are and what they announce, and answer one another who is under a topic. Nobody passes a
 * question on. Whoever is asked tells of those who told it themselves, to whoever can name the topic: see the decision.
 */
export class ContactsDiscovery {
  readonly #host: DiscoveryHost
  readonly #network: DiscoveryNetwork
  readonly #read: ReadRecord
  readonly #table: Registrations
  readonly #questions: AttemptLimit
  /** What this peer announces, but for its own place. */
  readonly #topics = new Map<string, Uint8Array>()
  readonly #ownTopic: Uint8Array
  /** What each peer announced, so that what it announces no more goes. */
  readonly #told = new Map<string, readonly string[]>()
  readonly #abort = new AbortController()
  readonly #ends: (() => void)[] = []
  #timer: Timer | undefined

  constructor(host: DiscoveryHost, network: DiscoveryNetwork, read: ReadRecord) {
    const { world, config } = host
    this.#host = host
    this.#network = network
    this.#read = read
    this.#ownTopic = peerTopic(network.peerId)
    this.#questions = new AttemptLimit(world, config.questionsPerMinute, watchedPeers)
    this.#table = new Registrations(world, {
      total: config.maxRegistrations,
      perPeer: config.maxRegistrationsPerPeer,
      perGroup: config.maxRegistrations,
      perTopic: config.maxRegistrationsPerTopic,
      maxTtlMs: ttlMs,
    })
  }

  start(): void {
    const { world } = this.#host
    const renewal = world.every(renewMs, () => this.#tellAll())
    this.#network.handle(peersProtocol, stream => this.#serve(stream))
    this.#ends.push(
      () => renewal.cancel(),
      () => this.#network.unhandle(peersProtocol),
      this.#network.on('peer-connected', ({ peer }) => this.#isOurs(peer) && this.#tellAllSoon()),
      this.#network.on('addresses-changed', () => this.#tellAllSoon()),
      this.#network.addDiscovery(
        topicDiscovery({
          name: 'contacts',
          find: (topic, signal) => this.#find(topic, signal),
          announce: (topic, signal) => this.#announce(topic, signal),
        }),
      ),
    )
    this.#tellAllSoon()
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end()
    this.#timer?.cancel()
    this.#abort.abort(new Error('This peer stops.'))
  }

  #isOurs(peer: string): boolean {
    return this.#host.config.contacts && this.#host.isFor('circle', peer)
  }

  #announce(topic: Uint8Array, signal: AbortSignal): void {
    const key = toHex(topic)
    this.#topics.set(key, topic)
    this.#tellAllSoon()
    signal.addEventListener('abort', () => {
      this.#topics.delete(key)
      this.#tellAllSoon()
    })
  }

  #tellAllSoon(): void {
    if (this.#abort.signal.aborted) return
    this.#timer ??= this.#host.world.after(tellAfterMs, () => this.#tellAll())
  }

  #tellAll(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    // More than one message tells are told in turn; whoever asks this peer itself learns of all.
    const topics = [this.#ownTopic, ...inTurn(this.#topics, whereaboutsLimits.topics - 1)]
    for (const peer of this.#asked())
      this.#say(peer, stream => this.#announcement(topics, stream)).catch(() => undefined)
  }

  #announcement(topics: readonly Uint8Array[], { path }: PeerStream): Whereabouts {
    return { type: 'announce', id: none, hops: 0, topics, records: [this.#network.peerRecord(path)] }
  }

  #find(topic: Uint8Array, signal: AbortSignal): AsyncIterable<Found> {
    const question: Whereabouts = { type: 'find', id: none, hops: 0, topics: [topic], records: [] }
    const askOne =
      (peer: string): Asked<Found> =>
      async (tell, own) => {
        const { records, teller } = await this.#say(peer, () => question, own)
        for (const bytes of records) {
          const record = this.#read(bytes)
          if (record !== undefined && record.peer !== this.#network.peerId)
            tell({ peer: record.peer, addresses: record.addresses, teller })
        }
      }
    return gather(this.#asked().map(askOne), signal)
  }

  /** Contacts and fellows that are connected now. */
  #asked(): string[] {
    const connected = new Set(this.#network.connections().map(({ peer }) => peer))
    return [...connected].filter(peer => this.#isOurs(peer)).slice(0, askedAtMost)
  }

  async #say(
    peer: string,
    message: (stream: PeerStream) => Whereabouts,
    signal: AbortSignal = this.#abort.signal,
  ): Promise<{ records: readonly Uint8Array[]; teller: PeerStream['path'] }> {
    const { world } = this.#host
    const stream = await this.#network.open(peer, peersProtocol, { signal })
    const frame = encodeWhereabouts(message(stream))
    const maxAnswerBytes = whereaboutsLimits.message
    const answer = await ask({ world, stream, frame, maxAnswerBytes, timeoutMs: answerMs, signal })
    return { records: decodeWhereabouts(answer).records, teller: stream.path }
  }

  #serve(stream: PeerStream): void {
    const { peer } = stream
    if (!this.#isOurs(peer)) return void stream.abort(new Error('not for you'))
    serve({
      world: this.#host.world,
      stream,
      idleMs,
      maxQuestionBytes: whereaboutsLimits.message,
      answer: frame => encodeWhereabouts(this.#answer(decodeWhereabouts(frame), stream)),
    })
  }

  #answer({ type, topics, records }: Whereabouts, { peer, path }: PeerStream): Whereabouts {
    if (!this.#questions.allows(peer) || !this.#isOurs(peer))
      throw new PeerageError('wire.limit', 'It asks too often.')
    this.#questions.failed(peer)
    const answer: Whereabouts = { type: 'found', id: none, hops: 0, topics: [], records: [] }
    if (type === 'announce') this.#keep(peer, topics.map(toHex), records[0] ?? none)
    const [topic] = topics
    if (type !== 'find' || topic === undefined) return answer
    const key = toHex(topic)
    const own = this.#topics.has(key) ? [this.#network.peerRecord(path)] : []
    const others = this.#table.find(key, answeredAtMost).filter(entry => entry.peer !== peer)
    return { ...answer, records: [...own, ...others.map(({ record }) => record)].slice(0, answeredAtMost) }
  }

  /** All that a peer announces now. Only it says so itself. */
  #keep(peer: string, topics: readonly string[], record: Uint8Array): void {
    if (this.#read(record)?.peer !== peer)
      throw new PeerageError('wire.invalid', 'It speaks for another peer.')
    const now = new Set(topics)
    for (const topic of this.#told.get(peer) ?? []) if (!now.has(topic)) this.#table.remove(topic, peer)
    this.#told.delete(peer)
    this.#told.set(peer, topics)
    if (this.#told.size > watchedPeers) this.#told.delete(this.#told.keys().next().value!)
    const group = addressGroup(addressOf(this.#network, peer))
    for (const topic of topics) this.#table.add(topic, { peer, group, record }, ttlMs)
  }
}
