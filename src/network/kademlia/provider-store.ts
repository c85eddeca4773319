import { toHex, type World } from '../../base/index.ts'
import { GroupCounts } from './network-group.ts'

/** Who said that it has something, and where it is. */
export interface Provider {
  /** PeerId. */
  readonly peer: string
  readonly addresses: readonly string[]
}

export interface ProviderLimits {
  readonly maxProviders: number
  readonly maxProvidersPerKey: number
  readonly maxKeysPerPeer: number
  readonly maxProvidersPerNetwork: number
  readonly providerMs: number
}

interface Kept extends Provider {
  readonly group: string | undefined
  readonly at: number
}

/** Providers of one key that have addresses in one group. */
const maxPerKeyAndGroup = 4

/** Who provides what, as others announced it here. Every bound is one of a peer, a key or a network too, so that one cannot fill it for all. */
export class ProviderStore {
  readonly #world: World
  readonly #limits: ProviderLimits
  /** By key in hex, then by peer; who was renewed last comes last. */
  readonly #keys = new Map<string, Map<string, Kept>>()
  readonly #perPeer = new GroupCounts()
  readonly #perGroup = new GroupCounts()
  #size = 0

  constructor(world: World, limits: ProviderLimits) {
    this.#world = world
    this.#limits = limits
  }

  /** Records. */
  get size(): number {
    return this.#size
  }

  /** `group`: of the address from which it was announced. Answers whether it is kept. */
  add(key: Uint8Array, { peer, addresses }: Provider, group: string | undefined): boolean {
    const name = toHex(key)
    const providers = this.#keys.get(name) ?? new Map<string, Kept>()
    const before = providers.get(peer)
    if (before !== undefined) this.#remove(name, providers, before)
    if (!this.#hasRoom(peer, group)) return false
    this.#makeRoom(name, providers, group)
    const kept: Kept = { peer, addresses, group, at: this.#world.now() }
    providers.set(peer, kept)
    this.#keys.set(name, providers)
    this.#perPeer.add(peer)
    this.#perGroup.add(group)
    this.#size++
    return true
  }

  get(key: Uint8Array): Provider[] {
    const since = this.#world.now() - this.#limits.providerMs
    return [...(this.#keys.get(toHex(key))?.values() ?? [])]
      .filter(({ at }) => at > since)
      .map(({ peer, addresses }) => ({ peer, addresses }))
  }

  expire(): void {
    const since = this.#world.now() - this.#limits.providerMs
    for (const [name, providers] of this.#keys)
      for (const kept of providers.values()) if (kept.at <= since) this.#remove(name, providers, kept)
  }

  #hasRoom(peer: string, group: string | undefined): boolean {
    const { maxProviders, maxKeysPerPeer, maxProvidersPerNetwork } = this.#limits
    if (this.#size >= maxProviders) this.expire()
    return (
      this.#size < maxProviders &&
      this.#perPeer.of(peer) < maxKeysPerPeer &&
      this.#perGroup.of(group) < maxProvidersPerNetwork
    )
  }

  /** Of one network the one that was silent longest goes; if all are of different ones, the one of all. */
  #makeRoom(name: string, providers: Map<string, Kept>, group: string | undefined): void {
    const same = group === undefined ? [] : [...providers.values()].filter(one => one.group === group)
    if (same.length >= maxPerKeyAndGroup) this.#remove(name, providers, same[0]!)
    else if (providers.size >= this.#limits.maxProvidersPerKey)
      this.#remove(name, providers, providers.values().next().value!)
  }

  #remove(name: string, providers: Map<string, Kept>, kept: Kept): void {
    providers.delete(kept.peer)
    if (providers.size === 0) this.#keys.delete(name)
    this.#perPeer.remove(kept.peer)
    this.#perGroup.remove(kept.group)
    this.#size--
  }
}
