import { AttemptLimit } from '../../access/index.ts'
import { PeerageError, type Timer } from '../../base/index.ts'
import type { PeerStream } from '../../network/index.ts'

import { Conversation } from './conversation.ts'
import type { GossipHost, GossipNetwork } from './host.ts'
import { Keeper } from './keeper.ts'
import { type Receipt, type Told, Topics } from './topics.ts'

/** See docs/decisions/011-access.md, "Gossip". */
export const gossipProtocol = '/peerage/gossip/1'

/** Two streams that peers opened to each other at the same moment: one of them is dropped, the same by both. */
const sameMomentMs = 5_000
/** Of two peers that meet, the one with the lower PeerId opens the stream; the other waits for it this long. */
const courtesyMs = 1_000
/** Changes of this time are looked at together. */
const reviewMs = 50
/** How many peers are remembered for how often they came. */
const watchedPeers = 1_024

/** How rosters, device lists, hand-overs and revocations reach everyone whom they concern. */
export class Gossip {
  readonly #host: GossipHost
  readonly #network: GossipNetwork
  readonly #topics: Topics
  readonly #keeper: Keeper
  readonly #conversations = new Map<string, Conversation>()
  readonly #opens: AttemptLimit
  readonly #wants: AttemptLimit
  readonly #faults: AttemptLimit
  readonly #ends: (() => void)[] = []
  /** Ends the stay of strangers. */
  readonly #stays = new Map<Conversation, Timer>()
  readonly #courtesies = new Map<string, Timer>()
  #stopped = false
  #review: Timer | undefined
  /** Who tells something that is being judged at once. */
  #teller: string | undefined

  constructor(host: GossipHost, network: GossipNetwork) {
    const { world, config } = host
    this.#host = host
    this.#network = network
    this.#topics = new Topics(host.sources)
    this.#opens = new AttemptLimit(world, config.opensPerMinute, watchedPeers)
    this.#wants = new AttemptLimit(world, config.wantsPerMinute, watchedPeers)
    this.#faults = new AttemptLimit(world, config.faultsPerMinute, watchedPeers)
    this.#keeper = new Keeper(host, network, {
      protocol: gossipProtocol,
      isOpen: peer => this.#conversations.has(peer),
      mayOpen: peer => this.#faults.allows(peer) && this.#conversations.size < config.maxConversations,
      take: stream => this.#take(stream, true),
      settled: () => this.#reviewSoon(),
    })
  }

  start(): void {
    const { host, network } = { host: this.#host, network: this.#network }
    network.handle(gossipProtocol, stream => this.#welcome(stream))
    this.#ends.push(
      () => network.unhandle(gossipProtocol),
      network.on('peer-connected', ({ peer }) => this.#met(peer, true)),
      network.on('peer-discovered', ({ peer }) => this.#keeper.heard(peer)),
      network.on('addresses-changed', () => this.#keeper.moved()),
      network.on('network-changed', () => this.#keeper.moved()),
      host.onChanged(() => this.#reviewSoon()),
      this.#topics.onChanged((topic, from) => this.#changed(topic, from)),
    )
    this.#keeper.run()
  }

  stop(): void {
    this.#stopped = true
    for (const end of this.#ends.splice(0)) end()
    this.#review?.cancel()
    for (const timer of [...this.#courtesies.values(), ...this.#stays.values()]) timer.cancel()
    this.#keeper.stop()
    for (const conversation of [...this.#conversations.values()]) {
      this.#keeper.keep(conversation.peer)
      conversation.end(new Error('This peer stops.'))
    }
  }

  /** Peers that are talked to now. */
  get peers(): string[] {
    return [...this.#conversations.keys()]
  }

  /** There is a connection to that peer: it is told what concerns it. */
  #met(peer: string, isNew: boolean): void {
    if (this.#conversations.has(peer) || this.#courtesies.has(peer) || !this.#isKnown(peer)) return
    const waitMs = this.#network.peerId < peer ? 0 : courtesyMs
    const timer = this.#host.world.after(waitMs, () => {
      this.#courtesies.delete(peer)
      this.#keeper.hurry(peer, isNew)
    })
    this.#courtesies.set(peer, timer)
  }

  #welcome(stream: PeerStream): void {
    const { peer } = stream
    const refused = !this.#opens.allows(peer) || !this.#faults.allows(peer)
    this.#opens.failed(peer)
    if (refused) return void stream.abort(new Error('not now'))
    this.#take(stream, false)
  }

  #take(stream: PeerStream, outbound: boolean): void {
    const { peer } = stream
    // One that was on its way when we stopped: nothing may begin that writes after the state is closed.
    if (this.#stopped) return void stream.abort(new Error('This peer stops.'))
    const before = this.#conversations.get(peer)
    if (!this.#hasRoom(peer, before) || (before !== undefined && !this.#isBetter(before, outbound)))
      return void stream.abort(new Error('not now'))
    const { world, config } = this.#host
    const conversation: Conversation = new Conversation({
      world,
      config,
      stream,
      outbound,
      topics: this.#topics,
      isKnown: () => this.#isKnown(peer),
      mayAsk: () => this.#mayAsk(peer),
      receive: told => this.#receive(told),
      onWhere: peers => {
        if (this.#host.relation(peer) === 'fellow') this.#keeper.hear(peers, stream.path)
      },
      onFault: error => this.#fault(conversation, error),
    })
    this.#conversations.set(peer, conversation)
    before?.end(new Error('There is a newer stream.'))
    stream.onClose(() => this.#ended(conversation))
    this.#greet(conversation)
  }

  #greet(conversation: Conversation): void {
    this.#look(conversation)
    if (this.#isKnown(conversation.peer)) this.#keeper.opened(conversation.peer)
  }

  /** What may be told to that peer now, and how long it may stay. */
  #look(conversation: Conversation): void {
    const { peer } = conversation
    const ready = this.#topics.prepare(this.#topics.about(peer))
    if (ready === undefined) return void this.#tell(conversation)
    ready.then(
      () => this.#conversations.get(peer) === conversation && this.#tell(conversation),
      error => conversation.end(error),
    )
  }

  #tell(conversation: Conversation): void {
    const { peer, stream } = conversation
    conversation.review()
    this.#limitStay(conversation)
    if (this.#isKnown(peer))
      conversation.sayWhere(this.#keeper.where(peer, this.#host.fellows(peer), stream.path))
  }

  #hasRoom(peer: string, before: Conversation | undefined): boolean {
    const relation = this.#host.relation(peer)
    if (relation === 'refused' || !this.#network.mayMeet(peer)) return false
    if (before !== undefined) return true
    const { maxConversations, maxStrangers } = this.#host.config
    if (relation === 'stranger') return this.#stays.size < maxStrangers
    return this.#conversations.size < maxConversations
  }

  /** Whether a new stream takes the place of the one that is there. */
  #isBetter(before: Conversation, outbound: boolean): boolean {
    const { peerId } = this.#network
    if (before.outbound === outbound || this.#host.world.now() - before.since > sameMomentMs) return true
    return outbound === peerId < before.peer
  }

  #ended(conversation: Conversation): void {
    const { peer } = conversation
    conversation.ended()
    this.#stays.get(conversation)?.cancel()
    this.#stays.delete(conversation)
    if (this.#conversations.get(peer) !== conversation) return
    this.#conversations.delete(peer)
    this.#keeper.closed(peer)
  }

  #receive(told: Told): Receipt | Promise<Receipt> {
    this.#teller = told.from
    try {
      return this.#topics.receive(told)
    } finally {
      this.#teller = undefined
    }
  }

  /** Tells what is new of a topic at once to all who may know and did not tell it themselves. */
  #changed(topic?: string, from?: string): void {
    this.#reviewSoon()
    const before = topic === undefined ? undefined : this.#topics.takeNews(topic)
    if (topic === undefined || before === undefined) return
    const teller = from ?? this.#teller
    for (const conversation of [...this.#conversations.values()]) {
      if (conversation.peer === teller) conversation.noteNews(topic)
      else conversation.tellNews(topic, before)
    }
    if (teller === undefined) this.#keeper.spread(topic)
  }

  #reviewSoon(): void {
    this.#review ??= this.#host.world.after(reviewMs, () => {
      this.#review = undefined
      this.#reviewAll()
    })
  }

  /** Who is known, and what may be told to whom, may have changed. */
  #reviewAll(): void {
    for (const conversation of [...this.#conversations.values()]) {
      const { peer } = conversation
      if (this.#host.relation(peer) === 'refused') conversation.end(new Error('not now'))
      else this.#look(conversation)
    }
    for (const { peer } of this.#network.connections()) this.#met(peer, false)
    this.#keeper.run()
  }

  /** Who is nobody to us, or no more, leaves after a while. */
  #limitStay(conversation: Conversation): void {
    const stay = this.#stays.get(conversation)
    if (this.#isKnown(conversation.peer)) {
      stay?.cancel()
      this.#stays.delete(conversation)
    } else if (stay === undefined) {
      const { world, config } = this.#host
      const timer = world.after(config.strangerMs, () => conversation.end(new Error('not now')))
      this.#stays.set(conversation, timer)
    }
  }

  #isKnown(peer: string): boolean {
    const relation = this.#host.relation(peer)
    return relation === 'fellow' || relation === 'member'
  }

  #mayAsk(peer: string): boolean {
    if (!this.#wants.allows(peer)) return false
    this.#wants.failed(peer)
    return true
  }

  #fault(conversation: Conversation, { code, message }: PeerageError): void {
    const { peer } = conversation
    this.#faults.failed(peer)
    this.#host.emit({ type: 'gossip.refused', peer, code, message })
    if (!this.#faults.allows(peer))
      conversation.end(new PeerageError('wire.limit', 'It did wrong too often.'))
  }
}
