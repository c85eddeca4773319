import type { World } from '../../base/index.ts'
import { type ConnectionFacts, leastMissed, leastUseful } from './prune.ts'

/** A connection whose other side has proven who it is. */
export interface Guarded extends Omit<ConnectionFacts, 'kept' | 'recentBytes' | 'ageMs'> {
  readonly peer: string
  /** Streams in both directions. */
  readonly streams: number
  /** Bytes of streams that have come in so far. */
  readonly receivedBytes: number
  /** World.now() when it opened. */
  readonly openedAt: number
  close(reason: string): void
}

export interface GuardPorts {
  readonly world: World
  readonly config: {
    readonly maxConnections: number
    readonly maxConnectionsPerPeer: number
    readonly idleConnectionMs: number
  }
  /** All that are open. */
  connections(): readonly Guarded[]
  /** Contacts and fellows: whom the user knows. */
  isKnown(peer: string): boolean
}

const roundMs = 20_000

interface Watched {
  /** World.now() at which it last had a stream. */
  busyAt: number
  /** Bytes that it had received at the last rounds, the latest last. */
  readonly received: number[]
}

/** Closes connections that are too many or of no use; see docs/decisions/021-limits.md. */
export class ConnectionGuard {
  readonly #ports: GuardPorts
  readonly #watched: Map<string, Watched> = new Map()
  readonly #protected: Map<string, number> = new Map()
  readonly #salt: number
  readonly #closed: Map<string, number> = new Map()
  readonly #timer: { cancel(): void }

  constructor(ports: GuardPorts) {
    this.#ports = ports
    this.#salt = ports.world.random.below(2 ** 32)
    this.#timer = ports.world.every(roundMs, () => this.#round())
  }

  /** How many were closed, by why. */
  get closed(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#closed)
  }

  /** Keeps the connections of a peer (a relay in use, say) until the returned function is called. */
  protect(peer: string): () => void {
    this.#protected.set(peer, (this.#protected.get(peer) ?? 0) + 1)
    let isDone = false
    return () => {
      const left = (this.#protected.get(peer) ?? 1) - 1
      if (!isDone && left === 0) this.#protected.delete(peer)
      else if (!isDone) this.#protected.set(peer, left)
      isDone = true
    }
  }

  /** A connection was made: too many of its peer, or too many altogether, and one has to go. */
  opened(id: string): void {
    const all = this.#ports.connections()
    const newest = all.find(one => one.id === id)
    if (newest === undefined) return
    if (!this.#limitPeer(all, newest)) return
    if (all.length <= this.#ports.config.maxConnections) return
    const others = all.filter(one => one.id !== id)
    if (!this.#makeRoom(others, this.#keeps(newest.peer))) this.#close(newest, 'full')
  }

  /** Makes room for a connection that somebody here wants to make. False: all are of use. */
  makeRoom(peer: string | undefined): boolean {
    const all = this.#ports.connections()
    if (all.length < this.#ports.config.maxConnections) return true
    return this.#makeRoom(all, peer !== undefined && this.#keeps(peer))
  }

  stop(): void {
    this.#timer.cancel()
  }

  /** False when the newest had to go. */
  #limitPeer(all: readonly Guarded[], newest: Guarded): boolean {
    const same = all.filter(one => one.peer === newest.peer)
    if (same.length <= this.#ports.config.maxConnectionsPerPeer) return true
    // What is left over from before a peer lost its network says nothing any more.
    const quiet = same.filter(one => one.id !== newest.id && one.streams === 0)
    const leaves = quiet.sort((a, b) => a.openedAt - b.openedAt)[0] ?? newest
    this.#close(leaves, 'peer')
    return leaves !== newest
  }

  #makeRoom(among: readonly Guarded[], isForKept: boolean): boolean {
    const facts = among.map(one => this.#factsOf(one))
    const id = leastUseful(facts, this.#salt) ?? (isForKept ? leastMissed(facts) : undefined)
    const leaves = among.find(one => one.id === id)
    if (leaves !== undefined) this.#close(leaves, 'full')
    return leaves !== undefined
  }

  #factsOf(one: Guarded): ConnectionFacts {
    const before = this.#watched.get(one.id)?.received[0] ?? 0
    return {
      ...one,
      kept: this.#keeps(one.peer),
      recentBytes: one.receivedBytes - before,
      ageMs: this.#ports.world.now() - one.openedAt,
    }
  }

  #keeps(peer: string): boolean {
    return this.#protected.has(peer) || this.#ports.isKnown(peer)
  }

  #close(one: Guarded, why: string): void {
    this.#closed.set(why, (this.#closed.get(why) ?? 0) + 1)
    one.close(why)
  }

  #round(): void {
    const now = this.#ports.world.now()
    const all = this.#ports.connections()
    const open = new Set(all.map(({ id }) => id))
    for (const id of this.#watched.keys()) if (!open.has(id)) this.#watched.delete(id)
    for (const one of all) {
      const watched = this.#watched.get(one.id) ?? { busyAt: now, received: [] }
      this.#watched.set(one.id, watched)
      if (one.streams > 0) watched.busyAt = now
      watched.received.push(one.receivedBytes)
      if (watched.received.length > 3) watched.received.shift()
      if (now - watched.busyAt >= this.#ports.config.idleConnectionMs && !this.#keeps(one.peer))
        this.#close(one, 'idle')
    }
  }
}
