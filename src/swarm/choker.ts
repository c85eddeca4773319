import type { World } from '../base/index.ts'
import type { SwarmConfig } from './config.ts'
import type { PeerState } from './peer-state.ts'

export interface ChokerParts {
  readonly world: World
  readonly config: SwarmConfig
  peers(): Iterable<PeerState>
  /** Nothing is left to fetch: slots go by what others make of them, not by what they give. */
  seeding(): boolean
  /** Upload limit of this share in bytes per second; Infinity without one. */
  uploadLimit(): number
  /** How well a peer passes on what only it got from us; 1 is as well as the others (see `Spread`). */
  passesOn(peer: PeerState): number
  setChoked(peer: PeerState, choked: boolean): void
}

const leastSlots = 4
const usualSlots = 12
const mostSlots = 64
/** A peer keeps its slot at least this long while seeding, so that it can finish a few pieces. */
const seedTurnMs = 30_000

/**
 * Who is served. While downloading: those that give us most (tit-for-tat), snubbed ones last, and one optimistic slot
 * that changes hands. While seeding: in turns, those first that pass on what they get. When there are no more interested
 * peers than slots, simply everyone (BEP 3, "choking"; BEP 6).
 */
export class Choker {
  readonly #parts: ChokerParts
  #round = 0
  #optimistic: PeerState | undefined
  /** The best upload rate seen, forgotten slowly: slots follow it where no limit is set. */
  #bestRate = 0

  constructor(parts: ChokerParts) {
    this.#parts = parts
  }

  /** Slots for now. Known rule of thumb: the square root of 0.6 kB/s, so that a slot is worth more on a faster line. */
  slots(): number {
    const { config } = this.#parts
    if (config.uploadSlots > 0) return config.uploadSlots
    const limit = this.#parts.uploadLimit()
    const rate = limit === Number.POSITIVE_INFINITY ? this.#bestRate : limit
    if (rate === 0) return usualSlots
    const least = limit === Number.POSITIVE_INFINITY ? usualSlots : leastSlots
    return Math.min(mostSlots, Math.max(least, Math.round(Math.sqrt((rate / 1000) * 0.6))))
  }

  /** A peer became interested: it is served at once if a slot is free. Who lost interest keeps its slot until it is needed. */
  interestChanged(peer: PeerState): void {
    if (!peer.peerInterested || peer.closed || !peer.amChoking) return
    let used = 0
    for (const other of this.#parts.peers()) if (!other.amChoking && other.peerInterested) used++
    if (used < this.slots()) this.#unchoke(peer)
  }

  /** Once every choke interval. */
  round(): void {
    const now = this.#parts.world.now()
    const all = [...this.#parts.peers()].filter(peer => !peer.closed)
    const rate = all.reduce((sum, peer) => sum + peer.up.rate(now), 0)
    this.#bestRate = Math.max(rate, this.#bestRate * 0.95)
    const interested = all.filter(peer => peer.peerInterested)
    const slots = this.slots()
    const fits = interested.length <= slots
    const keep = fits ? new Set(all.slice(0, 2 * slots)) : this.#choose(interested, slots, now)
    if (fits) for (const peer of interested) keep.add(peer)
    for (const peer of all) if (!peer.amChoking && !keep.has(peer)) this.#parts.setChoked(peer, true)
    for (const peer of keep) if (peer.amChoking) this.#unchoke(peer)
    this.#round++
  }

  #unchoke(peer: PeerState): void {
    peer.unchokedAt = this.#parts.world.now()
    peer.uploadedSinceUnchoke = 0
    this.#parts.setChoked(peer, false)
  }

  #choose(interested: PeerState[], slots: number, now: number): Set<PeerState> {
    const order = this.#parts.seeding() ? this.#seedOrder(interested, now) : this.#tradeOrder(interested, now)
    const keep = new Set(order.slice(0, slots - 1))
    const optimistic = this.#nextOptimistic(interested, keep)
    if (optimistic !== undefined) keep.add(optimistic)
    for (const peer of order) {
      if (keep.size >= slots) break
      keep.add(peer)
    }
    return keep
  }

  /** Whoever gives most; a peer that let us down comes last. */
  #tradeOrder(interested: PeerState[], now: number): PeerState[] {
    const worth = (peer: PeerState): number => (peer.snubbed ? -1 : peer.down.rate(now))
    return sorted(interested, peer => worth(peer) + (peer.amChoking ? 0 : 1))
  }

  /** Those in the middle of their turn first; then whoever waited longest, better spreaders before others. */
  #seedOrder(interested: PeerState[], now: number): PeerState[] {
    return sorted(interested, peer => {
      if (!peer.amChoking && now - peer.unchokedAt < seedTurnMs) return 1e12 * this.#parts.passesOn(peer)
      const waited = peer.amChoking ? now - Math.max(peer.unchokedAt, peer.joinedAt) : 0
      return waited * this.#parts.passesOn(peer)
    })
  }

  #nextOptimistic(interested: PeerState[], taken: Set<PeerState>): PeerState | undefined {
    const { world, config } = this.#parts
    const current = this.#optimistic
    const stays =
      current !== undefined &&
      !current.closed &&
      current.peerInterested &&
      !taken.has(current) &&
      this.#round % Math.max(1, config.optimisticIntervals) !== 0
    if (stays) return current
    // Whoever waited longest for its chance; newcomers are as good as anyone.
    const rest = interested.filter(peer => !taken.has(peer))
    const start = world.random.below(Math.max(1, rest.length))
    let next: PeerState | undefined
    for (let i = 0; i < rest.length; i++) {
      const peer = rest[(start + i) % rest.length]!
      if (next === undefined || peer.lastOptimisticAt < next.lastOptimisticAt) next = peer
    }
    this.#optimistic = next
    if (next !== undefined) next.lastOptimisticAt = world.now()
    return next
  }
}

/** Highest first; equals in the order they joined. */
function sorted(peers: readonly PeerState[], value: (peer: PeerState) => number): PeerState[] {
  return peers
    .map(peer => ({ peer, value: value(peer) }))
    .sort((a, b) => b.value - a.value || a.peer.id - b.peer.id)
    .map(entry => entry.peer)
}
