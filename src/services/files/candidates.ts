import type { World } from '../../base/index.ts'
import type { FilesConfig } from './config.ts'

interface Candidate {
  readonly peer: string
  readonly addresses: Set<string>
  failures: number
  nextTryAt: number
  dialling: boolean
  connected: boolean
}

/** At most this many addresses are kept for one peer: an attacker may not fill memory with addresses. */
const maxAddressesPerPeer = 8

/**
 * The peers that may hold one content, and when each may be dialled next. Decides only; dialling is the caller's.
 * Back-off doubles from `redialMs` to `maxRedialMs` with a random part, so that peers which lost each other at the same
 * moment do not dial in step.
 */
export class Candidates {
  readonly #world: World
  readonly #config: FilesConfig
  readonly #byPeer = new Map<string, Candidate>()

  constructor(world: World, config: FilesConfig) {
    this.#world = world
    this.#config = config
  }

  get size(): number {
    return this.#byPeer.size
  }

  /** Adds what was heard of a peer. True when that peer or one of its addresses is new. */
  add(peer: string, addresses: readonly string[]): boolean {
    const known = this.#byPeer.get(peer)
    if (known === undefined && this.#byPeer.size >= this.#config.maxKnownPeers && !this.#evictOne())
      return false
    const candidate = known ?? this.#create(peer)
    let news = known === undefined
    for (const address of addresses) {
      if (candidate.addresses.has(address)) continue
      if (candidate.addresses.size >= maxAddressesPerPeer) break
      candidate.addresses.add(address)
      news = true
    }
    if (news) candidate.nextTryAt = Math.min(candidate.nextTryAt, this.#world.now())
    return news
  }

  /** Peers that may be dialled now, at most `count`; each is marked as being dialled. */
  take(count: number): { peer: string; addresses: string[] }[] {
    const now = this.#world.now()
    const ready = [...this.#byPeer.values()].filter(c => !c.dialling && !c.connected && c.nextTryAt <= now)
    ready.sort((a, b) => a.failures - b.failures)
    return ready.slice(0, Math.max(0, count)).map(candidate => {
      candidate.dialling = true
      return { peer: candidate.peer, addresses: [...candidate.addresses] }
    })
  }

  connected(peer: string): void {
    const candidate = this.#byPeer.get(peer) ?? this.#create(peer)
    candidate.dialling = false
    candidate.connected = true
    candidate.failures = 0
  }

  /** The peer left or could not be reached. `final` keeps it from being dialled for the longest pause. */
  lost(peer: string, final = false): void {
    const candidate = this.#byPeer.get(peer)
    if (candidate === undefined) return
    const wasConnected = candidate.connected
    candidate.dialling = false
    candidate.connected = false
    candidate.failures += wasConnected ? 0 : 1
    const pause = Math.min(
      this.#config.maxRedialMs,
      this.#config.redialMs * 2 ** Math.min(20, candidate.failures),
    )
    candidate.nextTryAt =
      this.#world.now() +
      (final ? this.#config.maxRedialMs : pause * (0.75 + this.#world.random.fraction() / 2))
  }

  /** Somebody who knows more than we do named this peer again: it is worth a try now, whatever it answered before. */
  hurry(peer: string): void {
    const candidate = this.#byPeer.get(peer)
    if (candidate !== undefined) candidate.nextTryAt = this.#world.now()
  }

  /** This machine is on another network: whom it could not reach before it may reach now. */
  startOver(): void {
    for (const candidate of this.#byPeer.values()) {
      candidate.failures = 0
      candidate.nextTryAt = this.#world.now()
    }
  }

  /** Milliseconds until some peer may be dialled; undefined when there is none to wait for. */
  waitMs(): number | undefined {
    let soonest: number | undefined
    for (const c of this.#byPeer.values()) {
      if (!c.dialling && !c.connected) soonest = Math.min(soonest ?? Number.POSITIVE_INFINITY, c.nextTryAt)
    }
    return soonest === undefined ? undefined : Math.max(0, soonest - this.#world.now())
  }

  /** Peers with their addresses, those that were reached first; for peer exchange and for the record on disk. */
  *known(): Iterable<{ peer: string; addresses: string[]; connected: boolean }> {
    const all = [...this.#byPeer.values()].sort(
      (a, b) => Number(b.connected) - Number(a.connected) || a.failures - b.failures,
    )
    for (const c of all) yield { peer: c.peer, addresses: [...c.addresses], connected: c.connected }
  }

  #create(peer: string): Candidate {
    const candidate: Candidate = {
      peer,
      addresses: new Set(),
      failures: 0,
      nextTryAt: this.#world.now(),
      dialling: false,
      connected: false,
    }
    this.#byPeer.set(peer, candidate)
    return candidate
  }

  #evictOne(): boolean {
    let worst: Candidate | undefined
    for (const c of this.#byPeer.values()) {
      if (!c.connected && !c.dialling && c.failures > (worst?.failures ?? 0)) worst = c
    }
    if (worst !== undefined) this.#byPeer.delete(worst.peer)
    return worst !== undefined
  }
}
