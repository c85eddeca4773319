import { toHex, type World } from '../../base/index.ts'
import type { Endpoint } from '../../network/index.ts'
import type { KrpcSample } from '../../wire/index.ts'
import { slotOf } from './addresses.ts'
import { BloomFilter } from './bloom-filter.ts'
import type { DhtConfig } from './config.ts'

interface Announced {
  readonly endpoint: Endpoint
  readonly seed: boolean
  readonly at: number
}

interface StoredSwarm {
  readonly name: Uint8Array
  /** One an address (BEP 33, "changed announce accounting"), the oldest announce first. */
  readonly peers: Map<string, Announced>
}

/** BEP 51: as many as leave room for the nodes. */
const maxSamples = 20

/** Peers that announced themselves to us, for others to find. Bounded; the oldest go first. */
export class PeerStore {
  readonly #world: World
  readonly #config: DhtConfig
  /** Least recently announced first. */
  readonly #swarms = new Map<string, StoredSwarm>()
  /** How many swarms an address is in. */
  readonly #perAddress = new Map<string, number>()
  #sample: { readonly names: readonly Uint8Array[]; readonly at: number } | undefined

  constructor(world: World, config: DhtConfig) {
    this.#world = world
    this.#config = config
  }

  /** Swarms that are kept. */
  get size(): number {
    return this.#swarms.size
  }

  /** Addresses that are counted. */
  get addresses(): number {
    return this.#perAddress.size
  }

  /** False when this address has announced itself to too many swarms. */
  add(name: Uint8Array, endpoint: Endpoint, seed = false): boolean {
    const key = toHex(name)
    const slot = slotOf(endpoint)
    const swarm = this.#swarms.get(key) ?? { name, peers: new Map<string, Announced>() }
    const isNew = !swarm.peers.has(slot)
    if (isNew && (this.#perAddress.get(slot) ?? 0) >= this.#config.maxSwarmsPerAddress) return false
    // Set anew, so that the order is that of the last announce.
    this.#swarms.delete(key)
    this.#swarms.set(key, swarm)
    swarm.peers.delete(slot)
    swarm.peers.set(slot, { endpoint, seed, at: this.#world.now() })
    if (isNew) this.#perAddress.set(slot, (this.#perAddress.get(slot) ?? 0) + 1)
    if (swarm.peers.size > this.#config.maxPeersPerSwarm) this.#drop(swarm, swarm.peers.keys().next().value!)
    if (this.#swarms.size > this.#config.maxSwarms) this.#dropSwarm(this.#swarms.keys().next().value!)
    return true
  }

  /** At most `count` of them, chosen at random; seeds only when there is nobody else, if so wished (BEP 33). */
  some(name: Uint8Array, count: number, noSeed = false): Endpoint[] {
    const all = this.#living(name)
    const { random } = this.#world
    for (let i = 0; i < Math.min(count, all.length); i++) {
      const j = i + random.below(all.length - i)
      ;[all[i], all[j]] = [all[j]!, all[i]!]
    }
    if (noSeed) all.sort((a, b) => Number(a.seed) - Number(b.seed))
    return all.slice(0, count).map(({ endpoint }) => endpoint)
  }

  /** Filters to count them by (BEP 33); absent when there is nobody. */
  scrape(name: Uint8Array): { seeds: Uint8Array; peers: Uint8Array } | undefined {
    const all = this.#living(name)
    if (all.length === 0) return undefined
    const seeds = new BloomFilter()
    const peers = new BloomFilter()
    for (const { endpoint, seed } of all) (seed ? seeds : peers).add(endpoint.address)
    return { seeds: seeds.bytes, peers: peers.bytes }
  }

  /** BEP 51: the same names until the interval is over. */
  sample(): KrpcSample {
    const now = this.#world.now()
    const { sampleMs } = this.#config
    if (this.#sample === undefined || now - this.#sample.at >= sampleMs) {
      this.expire()
      this.#sample = { names: this.#someNames(), at: now }
    }
    const left = this.#sample.at + sampleMs - now
    return { names: this.#sample.names, count: this.size, intervalSeconds: Math.ceil(left / 1000) }
  }

  expire(): void {
    const late = this.#world.now() - this.#config.peerMs
    for (const [key, swarm] of this.#swarms) {
      for (const [slot, peer] of swarm.peers) {
        if (peer.at >= late) break
        this.#drop(swarm, slot)
      }
      if (swarm.peers.size === 0) this.#swarms.delete(key)
    }
  }

  #living(name: Uint8Array): Announced[] {
    const swarm = this.#swarms.get(toHex(name))
    const late = this.#world.now() - this.#config.peerMs
    return swarm === undefined ? [] : [...swarm.peers.values()].filter(peer => peer.at >= late)
  }

  #someNames(): Uint8Array[] {
    const out: Uint8Array[] = []
    let seen = 0
    for (const { name } of this.#swarms.values()) {
      const at = seen++ < maxSamples ? out.length : this.#world.random.below(seen)
      if (at < maxSamples) out[at] = name
    }
    return out
  }

  #dropSwarm(key: string): void {
    const swarm = this.#swarms.get(key)!
    for (const slot of swarm.peers.keys()) this.#drop(swarm, slot)
    this.#swarms.delete(key)
  }

  #drop(swarm: StoredSwarm, slot: string): void {
    if (!swarm.peers.delete(slot)) return
    const left = (this.#perAddress.get(slot) ?? 1) - 1
    if (left > 0) this.#perAddress.set(slot, left)
    else this.#perAddress.delete(slot)
  }
}
