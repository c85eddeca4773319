import { AttemptLimit } from '../../../access/index.ts'
import { type Timer, toHex, type World } from '../../../base/index.ts'
import type { Path, PeerRecord } from '../../../network/index.ts'
import type { Whereabouts } from '../../../wire/index.ts'
import { inTurn } from '../in-turn.ts'
import { Registrations } from '../registrations.ts'
import { peerTopic } from '../topic.ts'
import { type AcquaintanceLimits, OverlayAcquaintances } from './acquaintances.ts'
import { type Link, type NeighbourLimits, Neighbours } from './neighbours.ts'
import { Routes } from './routes.ts'

export interface OverlayLimits extends NeighbourLimits {
  readonly acquaintances: AcquaintanceLimits
  /** Entries of others that are kept in all; one neighbour fills an eighth of them. */
  readonly entries: number
  readonly entriesPerPeer: number
  readonly entriesPerTopic: number
  readonly messagesPerMinute: number
  /** Questions of others whose way back is remembered. */
  readonly routes: number
}

export const overlayLimits: OverlayLimits = {
  outbound: 5,
  inbound: 8,
  inboundPerGroup: 2,
  acquaintances: { most: 96, perGroup: 2, maxFailures: 6, retryMs: 15_000 },
  entries: 20_000,
  entriesPerPeer: 256,
  entriesPerTopic: 64,
  messagesPerMinute: 1_200,
  routes: 4_096,
}

export interface OverlayPorts {
  readonly world: World
  readonly self: string
  readonly limits: OverlayLimits
  /** This node's own record, for somebody who is reached that way. */
  ownRecord(path: Path): Uint8Array
  /** What a record from the network says; undefined when it is forged or malformed. */
  read(record: Uint8Array): PeerRecord | undefined
  /** Which of its addresses may be dialled, when somebody who is reached that way told of it. */
  usable(record: PeerRecord, teller: Path): readonly string[]
  mayLink(peer: string): boolean
  /** Tries to open a stream; `linked` or `failed` follows. */
  dial(peer: string, addresses: readonly string[]): void
  send(peer: string, message: Whereabouts): void
  /** Closes the stream; `unlinked` follows or not. */
  unlink(peer: string): void
  /** Peers that may be nodes, though nobody told us so: tried when nobody else is known. */
  strangers(): Iterable<{ readonly peer: string; readonly addresses: readonly string[] }>
}

const maintainMs = 5_000
const shuffleMs = 60_000
const rotateMs = 120_000
const announceMs = 600_000
const entryMs = 1_500_000
/** A peer that is no node, or has no room, is left alone for so long; and one that could not be reached. */
const absentMs = 300_000
const unreachedMs = 20_000
const sampleSize = 8
const announceWalks = 2
const announceHops = 16
/** Rounds of a search: how many walks of how many steps, and when the next begins. */
const rounds = [
  { walks: 4, hops: 12, waitMs: 1_500 },
  { walks: 8, hops: 24, waitMs: 3_500 },
  { walks: 8, hops: 48, waitMs: 5_000 },
] as const
const answersPerNode = 8
const answersPerSearch = 32
const excessUntilLeft = 200
const none = new Uint8Array(0)

/**
 * A node of the overlay (docs/decisions/019-discovery.md): few neighbours, more acquaintances, and questions that walk about. Decides
 * only: streams are opened and messages sent by its ports, and time comes from the world.
 */
export class OverlayNode {
  readonly neighbours: Neighbours
  readonly acquaintances: OverlayAcquaintances
  readonly #ports: OverlayPorts
  readonly #table: Registrations
  readonly #routes: Routes
  readonly #rates: AttemptLimit
  /** What this peer announces, but for its own place. */
  readonly #topics = new Map<string, Uint8Array>()
  readonly #ownTopic: Uint8Array
  readonly #dialling = new Set<string>()
  readonly #absent = new Map<string, number>()
  readonly #timers: Timer[] = []
  #soon: Timer | undefined

  constructor(ports: OverlayPorts) {
    const { world, limits, self } = ports
    this.#ports = ports
    this.neighbours = new Neighbours(world, limits)
    this.acquaintances = new OverlayAcquaintances(world, limits.acquaintances)
    this.#routes = new Routes(world, limits.routes)
    this.#rates = new AttemptLimit(world, limits.messagesPerMinute, 1_024)
    this.#table = new Registrations(world, {
      total: limits.entries,
      perPeer: limits.entriesPerPeer,
      perGroup: Math.ceil(limits.entries / 8),
      perTopic: limits.entriesPerTopic,
      maxTtlMs: entryMs,
    })
    this.#ownTopic = peerTopic(self)
  }

  get entries(): number {
    return this.#table.size
  }

  start(): void {
    const { world } = this.#ports
    const every = (ms: number, run: () => void): void => {
      // Not all nodes at the same moment.
      const first = world.after(ms * world.random.fraction(), () => {
        run()
        this.#timers.push(world.every(ms, run))
      })
      this.#timers.push(first)
    }
    every(maintainMs, () => this.#maintain())
    every(shuffleMs, () => this.#shuffle())
    every(rotateMs, () => this.#grow())
    every(announceMs, () => this.#announce())
    this.look()
  }

  stop(): void {
    for (const timer of this.#timers.splice(0)) timer.cancel()
    this.#soon?.cancel()
  }

  /** Somebody may be there who was not before. */
  look(): void {
    this.#soon ??= this.#ports.world.after(100, () => {
      this.#soon = undefined
      this.#maintain()
    })
  }

  announce(topic: Uint8Array): () => void {
    const key = toHex(topic)
    this.#topics.set(key, topic)
    this.#announce([topic])
    return () => this.#topics.delete(key)
  }

  /** This machine has other addresses now. */
  moved(): void {
    this.#absent.clear()
    this.#announce()
    this.look()
  }

  linked(peer: string, link: Pick<Link, 'outbound' | 'path' | 'group'>): void {
    this.#dialling.delete(peer)
    const before = this.neighbours.get(peer)
    // Both dialled: both keep the stream of the lower id.
    if (before !== undefined && before.outbound === this.#ports.self < peer) return
    this.neighbours.add({ peer, ...link, joined: false, awaitsSample: false, excess: 0 })
    if (link.outbound) this.#send(peer, { type: 'join', records: [this.#ports.ownRecord(link.path)] })
  }

  unlinked(peer: string): void {
    this.neighbours.remove(peer)
    this.#dialling.delete(peer)
    this.look()
  }

  /** It could not be reached, or is no node at all. */
  failed(peer: string, isNoNode = false): void {
    this.#dialling.delete(peer)
    this.acquaintances.failed(peer)
    this.#leaveAlone(peer, isNoNode ? absentMs : unreachedMs)
    this.look()
  }

  receive(peer: string, message: Whereabouts): void {
    const link = this.neighbours.get(peer)
    if (link === undefined || !this.#mayTalk(link)) return
    if (!link.joined && !['join', 'accept', 'refuse'].includes(message.type)) return
    switch (message.type) {
      case 'join':
        return void this.#onJoin(link, message)
      case 'accept':
        return void this.#onAccept(link, message)
      case 'refuse':
        this.#learn(message.records, link)
        return void this.#part(link)
      case 'shuffle':
        this.#learn(message.records, link)
        return void this.#send(peer, { type: 'shuffled', records: this.#sample(link) })
      case 'shuffled':
        if (link.awaitsSample) this.#learn(message.records, link)
        link.awaitsSample = false
        return
      case 'announce':
        return void this.#onAnnounce(link, message)
      case 'find':
        return void this.#onFind(link, message)
      case 'found':
        return void this.#onFound(link, message)
    }
  }

  /** Walks about until it is stopped or the last round is over. `tell`: a record and the way by which it was told. */
  search(topic: Uint8Array, tell: (record: PeerRecord, teller: Path) => void, end: () => void): () => void {
    const ids: string[] = []
    let timer: Timer | undefined
    let answers = 0
    const stop = (): void => {
      timer?.cancel()
      for (const id of ids) this.#routes.forget(id)
    }
    const told = (bytes: Uint8Array, teller: Path): void => {
      const record = this.#ports.read(bytes)
      if (record === undefined || record.peer === this.#ports.self) return
      if (++answers <= answersPerSearch) tell(record, teller)
    }
    const round = (at: number): void => {
      const plan = rounds[at]
      if (plan === undefined || answers > 0) return void end()
      ids.push(this.#walk(topic, plan, told))
      timer = this.#ports.world.after(plan.waitMs, () => round(at + 1))
    }
    for (const record of this.#known(toHex(topic))) told(record, 'direct')
    round(0)
    return stop
  }

  #walk(
    topic: Uint8Array,
    { walks, hops }: { readonly walks: number; readonly hops: number },
    told: (record: Uint8Array, teller: Path) => void,
  ): string {
    const id = this.#ports.world.random.bytes(8)
    const key = toHex(id)
    const route = this.#routes.begin(key, { own: told })
    for (const { peer } of this.neighbours.some(walks)) {
      route?.sentTo.add(peer)
      this.#send(peer, { type: 'find', id, hops, topics: [topic] })
    }
    return key
  }

  #onJoin(link: Link, { records }: Whereabouts): void {
    if (link.joined || link.outbound) return
    this.#learn(records.slice(0, 1), link)
    if (!this.neighbours.hasRoom(link.group)) {
      this.#send(link.peer, { type: 'refuse', records: this.#sample(link) })
      return void this.#part(link)
    }
    link.joined = true
    this.#send(link.peer, {
      type: 'accept',
      records: [this.#ports.ownRecord(link.path), ...this.#sample(link)],
    })
  }

  #onAccept(link: Link, { records }: Whereabouts): void {
    if (link.joined || !link.outbound) return
    const isFirst = this.neighbours.joined.length === 0
    link.joined = true
    this.#learn(records, link)
    this.acquaintances.reached(link.peer)
    const spare = this.neighbours.spare(link.peer)
    if (spare !== undefined) this.#part(spare)
    if (isFirst) this.#announce()
    else if (this.neighbours.wantsMore) this.look()
  }

  #onAnnounce(link: Link, message: Whereabouts): void {
    const [bytes] = message.records
    const record = bytes && this.#ports.read(bytes)
    if (record === undefined || bytes === undefined || record.peer === this.#ports.self) return
    const entry = { peer: record.peer, group: link.peer, record: bytes }
    for (const topic of message.topics.slice(0, this.#ports.limits.entriesPerPeer))
      this.#table.add(toHex(topic), entry, entryMs)
    this.#pass(link, message, new Set([record.peer]))
  }

  #onFind(link: Link, message: Whereabouts): void {
    const [topic] = message.topics
    if (topic === undefined || message.id.length === 0) return
    const id = toHex(message.id)
    const seen = this.#routes.get(id)
    const route = seen ?? this.#routes.begin(id, { back: link.peer })
    if (route === undefined) return
    const records = seen === undefined ? this.#answer(toHex(topic), link) : []
    if (records.length > 0) return void this.#send(link.peer, { type: 'found', id: message.id, records })
    const to = this.#pass(link, message, route.sentTo)
    if (to !== undefined) route.sentTo.add(to)
  }

  #onFound(link: Link, { id, records }: Whereabouts): void {
    const route = this.#routes.get(toHex(id))
    // Whoever was not asked has nothing to answer.
    if (route === undefined || !route.sentTo.has(link.peer)) return
    const some = records.slice(0, answersPerNode)
    if (route.own !== undefined) for (const record of some) route.own(record, link.path)
    else if (route.back !== undefined && route.answers++ < 4)
      this.#send(route.back, { type: 'found', id, records: some })
  }

  /** What this node knows under a topic, itself included. */
  #answer(topic: string, link: Link): Uint8Array[] {
    const isOwn = this.#topics.has(topic) || topic === toHex(this.#ownTopic)
    const own = isOwn ? [this.#ports.ownRecord(link.path)] : []
    return [...own, ...this.#known(topic)].slice(0, answersPerNode)
  }

  #known(topic: string): Uint8Array[] {
    const told = this.#table.find(topic, answersPerNode).map(({ record }) => record)
    const met = [...this.acquaintances].filter(one => one.topic === topic).map(({ record }) => record)
    return [...told, ...met]
  }

  /** To one neighbour by chance, rather one that has not had it; whom, if anybody. */
  #pass(
    from: Link,
    { type, id, hops, topics, records }: Whereabouts,
    not: ReadonlySet<string>,
  ): string | undefined {
    if (hops === 0) return undefined
    const others = this.neighbours.joined.filter(({ peer }) => peer !== from.peer)
    const fresh = others.filter(({ peer }) => !not.has(peer))
    const to = this.neighbours.pick(fresh.length > 0 ? fresh : others)
    if (to !== undefined) this.#send(to.peer, { type, id, hops: hops - 1, topics, records })
    return to?.peer
  }

  #announce(topics: readonly Uint8Array[] = this.#inTurn()): void {
    for (const { peer, path } of this.neighbours.some(announceWalks))
      this.#send(peer, {
        type: 'announce',
        hops: announceHops,
        topics,
        records: [this.#ports.ownRecord(path)],
      })
  }

  /** Others keep so many of one peer: of more, others are told each time. */
  #inTurn(): Uint8Array[] {
    return [this.#ownTopic, ...inTurn(this.#topics, this.#ports.limits.entriesPerPeer - 1)]
  }

  #shuffle(): void {
    const link = this.neighbours.pick(this.neighbours.joined)
    if (link === undefined) return
    link.awaitsSample = true
    this.#send(link.peer, { type: 'shuffle', records: this.#sample(link) })
  }

  /** Fills up the neighbours that this node chooses. */
  #maintain(): void {
    if (!this.neighbours.wantsMore) return
    const wanted = this.#ports.limits.outbound - this.neighbours.outbound.length
    for (let missing = wanted - this.#dialling.size; missing > 0; missing--) if (!this.#grow()) return
  }

  /** Dials one more; when there are enough, one of those that are goes: so neighbours change, and parts that were apart grow together. */
  #grow(): boolean {
    const groups = new Set(this.neighbours.outbound.map(({ group }) => group))
    const chosen = this.acquaintances.choose(groups, peer => this.#mayDial(peer)) ?? this.#stranger()
    if (chosen === undefined) return false
    this.#dialling.add(chosen.peer)
    this.#ports.dial(chosen.peer, chosen.addresses)
    return true
  }

  #stranger(): { readonly peer: string; readonly addresses: readonly string[] } | undefined {
    for (const one of this.#ports.strangers()) if (this.#mayDial(one.peer)) return one
    return undefined
  }

  #mayDial(peer: string): boolean {
    return (
      peer !== this.#ports.self &&
      !this.neighbours.has(peer) &&
      !this.#dialling.has(peer) &&
      (this.#absent.get(peer) ?? 0) <= this.#ports.world.now() &&
      this.#ports.mayLink(peer)
    )
  }

  #learn(records: readonly Uint8Array[], link: Link): void {
    for (const bytes of records.slice(0, sampleSize + 1)) {
      const record = this.#ports.read(bytes)
      if (record === undefined || record.peer === this.#ports.self) continue
      if (this.#ports.mayLink(record.peer))
        this.acquaintances.learn(record, this.#ports.usable(record, link.path))
    }
    if (this.neighbours.wantsMore) this.look()
  }

  #sample({ peer, path }: Link): Uint8Array[] {
    return [this.#ports.ownRecord(path), ...this.acquaintances.sample(sampleSize - 1, peer)]
  }

  #part(link: Link): void {
    this.neighbours.remove(link.peer)
    this.#leaveAlone(link.peer, absentMs)
    this.#ports.unlink(link.peer)
    this.look()
  }

  #leaveAlone(peer: string, forMs: number): void {
    this.#absent.delete(peer)
    this.#absent.set(peer, this.#ports.world.now() + forMs * (0.5 + this.#ports.world.random.fraction()))
    if (this.#absent.size > 1_024) this.#absent.delete(this.#absent.keys().next().value!)
  }

  /** Whoever says too much is not listened to, and left when it goes on. */
  #mayTalk(link: Link): boolean {
    const isAllowed = this.#rates.allows(link.peer)
    this.#rates.failed(link.peer)
    if (!isAllowed && ++link.excess > excessUntilLeft) this.#part(link)
    return isAllowed
  }

  #send(peer: string, message: Pick<Whereabouts, 'type'> & Partial<Whereabouts>): void {
    this.#ports.send(peer, { id: none, hops: 0, topics: [], records: [], ...message })
  }
}
