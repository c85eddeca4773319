import type { Timer, World } from '../base/index.ts'
import type { AccessEvent } from '../services/access/index.ts'
import type { CirclesEvent } from '../services/circles/index.ts'
import type { ContactsEvent } from '../services/contacts/index.ts'
import type { FilesEvent } from '../services/files/index.ts'
import type { GossipEvent } from '../services/gossip/index.ts'
import type { IdentityEvent } from '../services/identity/index.ts'
import type { InvitesEvent } from '../services/invites/index.ts'

/** By which kind of route a peer is reached. */
export type EventPath = 'loopback' | 'lan' | 'direct' | 'relayed' | 'memory'

/**
 * What happened, in the past tense. Names and messages in them may come from the network: treat them as hostile text.
 * `transfer.progressed` is the only one that may be thinned out; every other one is told once, in order.
 */
export type PeerFact =
  | AccessEvent
  | CirclesEvent
  | ContactsEvent
  | FilesEvent
  | GossipEvent
  | IdentityEvent
  | InvitesEvent
  | { readonly type: 'peer.discovered'; readonly peer: string; readonly how: string }
  | {
      readonly type: 'peer.connected'
      readonly peer: string
      readonly path: EventPath
      readonly address: string
    }
  | { readonly type: 'peer.disconnected'; readonly peer: string }
  | { readonly type: 'egress.changed'; readonly isUp: boolean; readonly problem?: string }
  /** UDP sockets had died and are open again, or could not be opened; it is tried again. */
  | { readonly type: 'udp.changed'; readonly isUp: boolean; readonly problem?: string }
  | { readonly type: 'addresses.changed'; readonly addresses: readonly string[] }
  /** How fast this whole peer may be from now on, see `limits.show`. */
  | { readonly type: 'limits.changed'; readonly now: 'full' | 'slow' | 'off' }
  | { readonly type: 'config.changed'; readonly key: string; readonly needsRestart: boolean }
  /** Of the peer itself; errors of one content are the files service's. */
  | { readonly type: 'error.occurred'; readonly code: string; readonly message: string }
  | { readonly type: 'peer.stopped' }
  | { readonly type: 'events.dropped'; readonly count: number }

/** A fact with its place in the one order of all facts and the wall time (milliseconds since 1970) at which it was told. */
export type PeerEvent = PeerFact & { readonly sequence: number; readonly at: number }

export interface SubscribeOptions {
  /** Ends the subscription. */
  readonly signal?: AbortSignal
  /** How many events may wait for a slow listener. */
  readonly limit?: number
  /** Types of which nothing is told. */
  readonly without?: readonly string[]
}

/** At most four progress facts a second for each transfer. */
const progressIntervalMs = 250
const defaultLimit = 512

/**
 * One ordered stream of facts. Telling never waits for a listener and never throws: a listener that is slow loses
 * progress first, then the oldest facts, and is then told `events.dropped` with the number lost.
 */
export class EventStream {
  readonly #world: World
  readonly #subscriptions = new Set<Subscription>()
  readonly #progress = new Map<string, { waiting: PeerFact | undefined; readonly timer: Timer }>()
  #sequence = 0

  constructor(world: World) {
    this.#world = world
  }

  /** The number of the last event. */
  get sequence(): number {
    return this.#sequence
  }

  emit(fact: PeerFact): void {
    if (fact.type === 'transfer.progressed') this.#coalesce(fact)
    else {
      if ('infoHash' in fact && fact.infoHash !== undefined) this.#flush(fact.infoHash)
      this.#deliver(fact)
    }
  }

  /** Events from now on. The iterator ends when the signal is aborted or the stream is closed. */
  subscribe(options: SubscribeOptions = {}): AsyncIterableIterator<PeerEvent> {
    const subscription = new Subscription(
      options,
      fact => this.#event(fact),
      () => this.#subscriptions.delete(subscription),
    )
    this.#subscriptions.add(subscription)
    const end = (): void => void subscription.return()
    if (options.signal?.aborted === true) end()
    else options.signal?.addEventListener('abort', end, { once: true })
    return subscription
  }

  /** Calls `listener` for each event until the returned function is called. What it throws is ignored. */
  listen(listener: (event: PeerEvent) => void): () => void {
    const events = this.subscribe()
    void (async () => {
      for await (const event of events) {
        try {
          listener(event)
        } catch {
          // Facts are told, not negotiated: a listener that fails changes nothing for anybody else.
        }
      }
    })()
    return () => void events.return?.()
  }

  /** Ends every subscription after what already waits in it. */
  close(): void {
    for (const entry of this.#progress.values()) entry.timer.cancel()
    this.#progress.clear()
    for (const subscription of [...this.#subscriptions]) subscription.end()
    this.#subscriptions.clear()
  }

  #event(fact: PeerFact): PeerEvent {
    return { ...fact, sequence: this.#sequence, at: this.#world.wallTime() }
  }

  #deliver(fact: PeerFact): void {
    this.#sequence++
    if (this.#subscriptions.size === 0) return
    const event = this.#event(fact)
    for (const subscription of this.#subscriptions) subscription.push(event)
  }

  /** The first progress of a transfer is told at once, then the latest one every interval. */
  #coalesce(fact: PeerFact & { infoHash: string }): void {
    const entry = this.#progress.get(fact.infoHash)
    if (entry !== undefined) {
      entry.waiting = fact
      return
    }
    this.#deliver(fact)
    const timer = this.#world.after(progressIntervalMs, () => this.#tick(fact.infoHash))
    this.#progress.set(fact.infoHash, { waiting: undefined, timer })
  }

  #tick(infoHash: string): void {
    const waiting = this.#progress.get(infoHash)?.waiting
    this.#progress.delete(infoHash)
    if (waiting?.type === 'transfer.progressed') this.#coalesce(waiting)
  }

  /** Progress that waits is told before a fact about the same transfer, so that the order stays true. */
  #flush(infoHash: string): void {
    const entry = this.#progress.get(infoHash)
    if (entry?.waiting === undefined) return
    const waiting = entry.waiting
    entry.waiting = undefined
    this.#deliver(waiting)
  }
}

type Turn = (result: IteratorResult<PeerEvent, undefined>) => void

/** One listener's bounded queue. */
class Subscription implements AsyncIterableIterator<PeerEvent> {
  readonly #limit: number
  readonly #without: ReadonlySet<string>
  readonly #event: (fact: PeerFact) => PeerEvent
  readonly #left: () => void
  #queue: PeerEvent[] = []
  #dropped = 0
  #ended = false
  #waiting: Turn[] = []

  constructor(
    { limit = defaultLimit, without = [] }: SubscribeOptions,
    event: (fact: PeerFact) => PeerEvent,
    left: () => void,
  ) {
    this.#limit = Math.max(1, limit)
    this.#without = new Set(without)
    this.#event = event
    this.#left = left
  }

  push(event: PeerEvent): void {
    if (this.#without.has(event.type)) return
    const turn = this.#waiting.shift()
    if (turn !== undefined) {
      turn({ done: false, value: event })
      return
    }
    if (this.#queue.length >= this.#limit) this.#makeRoom()
    this.#queue.push(event)
  }

  /** No more events; what waits can still be read. */
  end(): void {
    this.#ended = true
    for (const turn of this.#waiting.splice(0)) turn({ done: true, value: undefined })
  }

  next(): Promise<IteratorResult<PeerEvent, undefined>> {
    if (this.#dropped > 0) {
      const count = this.#dropped
      this.#dropped = 0
      return Promise.resolve({ done: false, value: this.#event({ type: 'events.dropped', count }) })
    }
    const value = this.#queue.shift()
    if (value !== undefined) return Promise.resolve({ done: false, value })
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  return(): Promise<IteratorResult<PeerEvent, undefined>> {
    this.#queue = []
    this.#dropped = 0
    this.end()
    this.#left()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<PeerEvent> {
    return this
  }

  /** Progress goes first: a later one says all that it said, so it does not even count as lost. */
  #makeRoom(): void {
    const kept = this.#queue.filter(event => event.type !== 'transfer.progressed')
    if (kept.length === this.#queue.length) {
      kept.shift()
      this.#dropped++
    }
    this.#queue = kept
  }
}
