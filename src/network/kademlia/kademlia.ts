import { PeerageError, type Timer, type World } from '../../base/index.ts'
import { streamOf } from '../stream-of.ts'
import { Answers } from './answers.ts'
import type { KademliaConfig } from './config.ts'
import { type Contact, contactOf, peerBytes } from './contact.ts'
import type { Answer, Ask, Asker, Question } from './exchange.ts'
import { type LookUpCounts, LookUps } from './look-ups.ts'
import { placeOf } from './place.ts'
import type { Provider } from './provider-store.ts'
import { Renewals } from './renewals.ts'
import { bucketSize, RoutingTable } from './routing-table.ts'
import { SizeEstimate } from './size-estimate.ts'
import { type Validators, validatorOf } from './value-store.ts'

export interface KademliaParts {
  readonly world: World
  readonly config: KademliaConfig
  /** PeerId of this peer. */
  readonly self: string
  readonly ask: Ask
  /** Multiaddrs at which this peer can be dialled, as they are now. */
  addresses(): readonly string[]
  /** Peers to begin with: of the last run, and those that the user named. */
  readonly start: readonly Contact[]
  /**
   * Whether others are of other programs: some answer no PING, and none keeps the addresses of a peer under its PeerId as we do. False when
   * left out.
   */
  readonly foreign?: boolean
  /** Whether somebody may be told of a peer; everyone of everyone when left out. */
  mayTell?(about: string, to: string): boolean
  /** Of values; nothing is kept or believed without one. */
  readonly validators?: Validators
  /** Somebody is known to ask, and before nobody was. */
  onEntered?(): void
}

/** How the node is doing; plain data. */
export interface KademliaStatus {
  /** Whether this peer answers others. */
  readonly mode: 'client' | 'server'
  /** Peers in the table. */
  readonly nodes: number
  /** How many there seem to be in all; absent until there is enough to tell. */
  readonly estimated?: number
  readonly lookUps: Readonly<LookUpCounts>
  /** What this peer announces again and again, and how much of it somebody keeps. */
  readonly announcing: number
  readonly announced: number
  /** Announcements and values that are kept for others. */
  readonly providers: number
  readonly values: number
}

/** Peers that are gone and may come back: a part of the network that was cut off is found again by them. */
const maxGone = 128
const goneTriedAtOnce = 4
/** Upkeep is done so often. */
const upkeepMs = 60_000
/** Silent peers that are asked at once. */
const checkedAtOnce = 8
/** Buckets of more bits in common than this are filled by looking for ourselves. */
const refreshedBuckets = 10
/** Somebody new while we know few: look who else is near, but not all the time. */
const settleMs = 1_000
const settledMs = 10_000
/** Random places that are looked up on entering: farther parts of the table, and how many peers there are. */
const explored = 2
const reenterMs = 30_000

/**
 * A node of a Kademlia network (libp2p specification `kad-dht`): finds peers, and who provides what. It knows neither streams nor
 * sockets. All that others say is hearsay until a connection proves who answers.
 */
export class Kademlia {
  /** Whether others are answered; who asks is told so by `answer` refusing. */
  serves = false
  readonly #parts: KademliaParts
  /** The key under which we are found. */
  readonly #own: Uint8Array
  readonly #table: RoutingTable
  readonly #estimate = new SizeEstimate()
  readonly #answers: Answers
  readonly lookUps: LookUps
  readonly #renewals: Renewals
  readonly #gone = new Map<string, Contact>()
  readonly #stop = new AbortController()
  readonly #timers: Timer[] = []
  #entering: Promise<void> | undefined
  #enteredAt = Number.NEGATIVE_INFINITY
  #selfAt = Number.NEGATIVE_INFINITY
  #settling: Timer | undefined
  #answeredAt = Number.NEGATIVE_INFINITY

  constructor(parts: KademliaParts) {
    const { world, config, self, validators = {}, mayTell = () => true, foreign = false } = parts
    this.#parts = parts
    this.#own = peerBytes(self)
    this.#table = new RoutingTable(world, config, placeOf(this.#own))
    this.#answers = new Answers({
      world,
      config,
      validators,
      mayTell,
      nearest: (target, count) => this.#table.nearest(target, count),
    })
    this.lookUps = new LookUps({
      world,
      config,
      self,
      table: this.#table,
      estimate: this.#estimate,
      findsPeersBy: foreign ? 'FIND_NODE' : 'GET_PROVIDERS',
      ready: () => this.#ready(),
      ask: async (contact, question, signal) => {
        const { answer, group } = await this.#ask(contact, question, signal)
        return { answer: answer ?? { closer: [], providers: [] }, group }
      },
    })
    this.#renewals = new Renewals({
      world,
      intervalMs: config.renewMs,
      maxKeys: config.maxRenewed,
      announce: key => this.provide(key, this.#stop.signal),
    })
  }

  start(): void {
    const { world } = this.#parts
    this.#timers.push(world.every(upkeepMs, () => this.#upkeep()))
    if (this.#parts.start.length > 0) void this.#ready()
  }

  /** Look-ups that run end with what they have. */
  stop(): void {
    this.#stop.abort(new Error('The network stops.'))
    for (const timer of this.#timers) timer.cancel()
    this.#settling?.cancel()
    this.#renewals.stop()
  }

  get status(): KademliaStatus {
    const { size } = this.#estimate
    return {
      mode: this.serves ? 'server' : 'client',
      nodes: this.#table.size,
      ...(size !== undefined && { estimated: Math.round(size) }),
      lookUps: { ...this.lookUps.counts },
      announcing: this.#renewals.size,
      announced: this.#renewals.announced,
      providers: this.#answers.providers.size,
      values: this.#answers.values.size,
    }
  }

  /** To begin with next time. */
  contacts(): Contact[] {
    return this.#table.contacts()
  }

  /** A peer speaks this protocol: it is connected, or somebody to begin with. */
  meet(peer: string, addresses: readonly string[]): void {
    if (peer === this.#parts.self || this.#table.has(peer)) return
    const contact = contactOf(peer, addresses)
    if (this.#table.hasRoom(contact.place)) this.#greet([contact]).catch(() => {})
  }

  /** Undefined for what gets no answer. Throws what is no fault of ours and ends the stream. */
  answer(question: Question, asker: Asker): Answer | undefined {
    if (!this.serves) throw new PeerageError('peer.protocol', 'This peer answers no such questions.')
    return this.#answers.answer(question, asker)
  }

  /** Addresses of a peer, in batches as they become known. Throws only `signal.reason`. */
  findPeer(peer: string, signal: AbortSignal): AsyncIterable<readonly string[]> {
    return streamOf(signal, (tell, own) => this.lookUps.findPeer(peer, own, tell))
  }

  /** Who provides what is under a key (a multihash), as it becomes known. Throws only `signal.reason`. */
  findProviders(key: Uint8Array, signal: AbortSignal): AsyncIterable<Provider> {
    return streamOf<Provider>(signal, async (tell, own) => {
      for (const kept of this.#answers.providers.get(key)) tell(kept)
      await this.lookUps.findProviders(key, own, tell)
    })
  }

  /** Announces once that we provide what is under a key. Resolves to how many peers were told. */
  async provide(key: Uint8Array, signal: AbortSignal): Promise<number> {
    await this.#ready()
    // There is nobody to tell, and a thousand shares would each look for somebody.
    if (this.#table.size === 0) return 0
    const addresses = this.#parts.addresses()
    return await this.lookUps.tell(key, { type: 'ADD_PROVIDER', key, addresses }, signal)
  }

  /** Announces it again and again, until the signal. Throws `network.limit`. */
  keepProviding(key: Uint8Array, signal: AbortSignal): void {
    if (signal.aborted) return
    const end = this.#renewals.add(key)
    signal.addEventListener('abort', end, { once: true })
  }

  /** Lets whoever knows our PeerId find our addresses, also when we answer nobody, until the signal. */
  announceSelf(signal: AbortSignal): void {
    this.keepProviding(this.#own, signal)
  }

  /** Our addresses are others now. */
  addressesChanged(): void {
    this.#renewals.again()
  }

  /**
   * The best valid value under a key, undefined without one: of `valueQuorum` that answered with a valid one, or of all, and of what is kept here.
   * Throws `usage.invalid` for a name space that nobody judges, `signal.reason`.
   */
  async getValue(key: Uint8Array, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const [validator, own] = [this.#validator(key), this.#answers.values.get(key)]
    return await this.lookUps.getValue(key, validator, this.#parts.config.valueQuorum, own, signal)
  }

  /** Puts a value to the peers around its key, and keeps it here. Resolves to how many took it. Throws `usage.invalid` for one that is not valid. */
  async putValue(key: Uint8Array, value: Uint8Array, signal: AbortSignal): Promise<number> {
    if (!this.#validator(key).isValid(key, value))
      throw new PeerageError('usage.invalid', 'That value may not stand under that key.')
    this.#answers.values.put(key, value)
    return await this.lookUps.tell(key, { type: 'PUT_VALUE', key, value }, signal)
  }

  #validator(key: Uint8Array): NonNullable<ReturnType<typeof validatorOf>> {
    const validator = validatorOf(this.#parts.validators ?? {}, key)
    if (validator === undefined)
      throw new PeerageError(
        'usage.invalid',
        'Values under such keys cannot be judged, so they are not kept.',
      )
    return validator
  }

  /** Asks one peer, and notes whether it answered. */
  async #ask(contact: Contact, question: Question, signal: AbortSignal): ReturnType<Ask> {
    const { world, config, ask } = this.#parts
    const limit = new AbortController()
    const give = (): void => limit.abort(signal.reason)
    signal.throwIfAborted()
    signal.addEventListener('abort', give)
    const timer = world.after(config.requestTimeoutMs, () =>
      limit.abort(new PeerageError('network.unreachable', 'The peer did not answer.')),
    )
    const askedAt = world.now()
    try {
      const heard = await ask(contact, question, limit.signal)
      if (heard.answer !== undefined) this.#answered(contact, heard.group)
      return heard
    } catch (error) {
      // When nobody answers it is our own network that is away.
      const othersAnswer = this.#answeredAt > askedAt
      if (!signal.aborted && othersAnswer && this.#table.failed(contact.peer)) this.#miss(contact)
      throw error
    } finally {
      timer.cancel()
      signal.removeEventListener('abort', give)
    }
  }

  #answered(contact: Contact, group: string | undefined): void {
    this.#answeredAt = this.#parts.world.now()
    this.#gone.delete(contact.peer)
    const wasEmpty = this.#table.size === 0
    const doubtful = this.#table.answered(contact, group)
    if (doubtful !== undefined) this.#check(doubtful)
    if (wasEmpty && this.#table.size > 0) this.#parts.onEntered?.()
  }

  #miss(contact: Contact): void {
    this.#gone.delete(contact.peer)
    this.#gone.set(contact.peer, contact)
    if (this.#gone.size > maxGone) this.#gone.delete(this.#gone.keys().next().value!)
  }

  /** Whether a peer is there, and answers. */
  #check(contact: Contact): void {
    this.#ask(contact, this.#question, this.#stop.signal).catch(() => {})
  }

  get #question(): Question {
    return this.#parts.foreign ? { type: 'FIND_NODE', key: this.#own } : { type: 'PING' }
  }

  /** Asks peers whether they are there; when that leads to new ones while we know few, looks who else is there. */
  async #greet(contacts: readonly Contact[]): Promise<void> {
    const before = this.#table.size
    await Promise.allSettled(contacts.map(contact => this.#ask(contact, this.#question, this.#stop.signal)))
    if (this.#table.size > before) this.#settle()
  }

  /** Looks for ourselves soon: that fills the table, and others learn of us. */
  #settle(): void {
    const isSettled = this.#table.size >= 2 * bucketSize && this.#selfAt > Number.NEGATIVE_INFINITY
    if (isSettled || this.#settling !== undefined || this.#stop.signal.aborted) return
    const { world } = this.#parts
    const inMs = Math.max(settleMs, this.#selfAt + settledMs - world.now())
    this.#settling = world.after(inMs, () => {
      this.#settling = undefined
      void this.#findSelf()
    })
  }

  async #findSelf(): Promise<void> {
    const isFirst = this.#selfAt === Number.NEGATIVE_INFINITY
    this.#selfAt = this.#parts.world.now()
    await this.#refresh(this.#own)
    if (isFirst)
      for (let i = 0; i < explored; i++)
        await this.#refresh(this.lookUps.keyNear(placeOf(this.#own), i, true))
  }

  async #refresh(key: Uint8Array): Promise<void> {
    try {
      const { nearest } = await this.lookUps.walk(key, this.#stop.signal)
      this.#estimate.add(placeOf(key), nearest, key === this.#own)
    } catch {
      // The network stops.
    }
  }

  /** Enters the network when we know nobody; not more often than twice a minute. */
  async #ready(): Promise<void> {
    const { world, start } = this.#parts
    if (this.#table.size === 0 && world.now() - this.#enteredAt >= reenterMs) {
      this.#enteredAt = world.now()
      this.#entering = this.#greet([...start, ...this.#gone.values()])
    }
    await this.#entering
  }

  #upkeep(): void {
    const { world, config } = this.#parts
    this.#answers.expire()
    // One that answers nobody needs only to know enough to begin with.
    const slower = this.serves ? 1 : 3
    for (const contact of this.#table.silent(slower * config.checkMs, checkedAtOnce)) this.#check(contact)
    const gone = [...this.#gone.values()]
    if (this.#table.size === 0) void this.#ready()
    else if (gone.length > 0)
      for (let i = 0; i < goneTriedAtOnce; i++) this.#check(gone[world.random.below(gone.length)]!)
    if (world.now() - this.#selfAt >= slower * config.refreshMs && this.#table.size > 0) void this.#findSelf()
    const [bucket] = this.#table.stale(slower * config.refreshMs, refreshedBuckets)
    if (bucket !== undefined) void this.#refresh(this.lookUps.keyNear(placeOf(this.#own), bucket, true))
  }
}
