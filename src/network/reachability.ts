import type { World } from '../base/index.ts'
import type { NatObservations, NatReport } from './nat/index.ts'

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
  /** What others say of our UDP endpoint. */
  readonly udp: NatObservations
  #inbound: InboundSeen | undefined

  constructor(world: World, isLocal: (ip: string) => boolean, udp: NatObservations) {
    this.udp = udp
    this.#world = world
    this.#isLocal = isLocal
  }

  get inbound(): InboundSeen | undefined {
    return this.#inbound
  }

  /** What stands between our UDP socket and the internet, for IPv4 and for IPv6. */
  get nat(): readonly [NatReport, NatReport] {
    return [this.udp.report(4), this.udp.report(6)]
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
