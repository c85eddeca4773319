import type { World } from '../base/index.ts'

/** Connections that others made to this peer from outside its own networks. */
export interface InboundSeen {
  readonly count: number
  /** World.wallTime() of the last one. */
  readonly lastAt: number
}

/** Under which address others see this peer, and how many of them. */
export interface SeenAs {
  readonly address: string
  readonly by: number
}

const maxAddresses = 16
const maxObservers = 64

/** What can be told of how this peer is reached, from what others do and say; what they say is hearsay. */
export class Reachability {
  readonly #world: World
  readonly #isLocal: (ip: string) => boolean
  readonly #seenAs = new Map<string, Set<string>>()
  #inbound: InboundSeen | undefined

  constructor(world: World, isLocal: (ip: string) => boolean) {
    this.#world = world
    this.#isLocal = isLocal
  }

  get inbound(): InboundSeen | undefined {
    return this.#inbound
  }

  /** Addresses outside our own networks, those that most agree on first. */
  get seenAs(): readonly SeenAs[] {
    return Array.from(this.#seenAs, ([address, observers]) => ({ address, by: observers.size })).sort(
      (a, b) => b.by - a.by,
    )
  }

  /** Somebody connected. From our own networks that says nothing about the way from outside. */
  connectedFrom(ip: string): void {
    if (this.#isLocal(ip)) return
    this.#inbound = { count: (this.#inbound?.count ?? 0) + 1, lastAt: this.#world.wallTime() }
  }

  /** `observer` (an address or a PeerId) sees us as `ip`. */
  seenBy(observer: string, ip: string): void {
    if (ip === '' || this.#isLocal(ip)) return
    const observers = this.#seenAs.get(ip) ?? new Set()
    if (observers.size < maxObservers) observers.add(observer)
    // The latest stays longest.
    this.#seenAs.delete(ip)
    this.#seenAs.set(ip, observers)
    if (this.#seenAs.size > maxAddresses) this.#seenAs.delete(this.#seenAs.keys().next().value!)
  }
}
