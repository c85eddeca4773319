import { toHex, type World } from '../../base/index.ts'
import type { Endpoint } from '../../network/index.ts'
import type { DhtConfig } from './config.ts'

interface Announced {
  readonly endpoint: Endpoint
  at: number
}

/** Peers that announced themselves to us, for others to find. Bounded; the oldest go first. */
export class PeerStore {
  readonly #world: World
  readonly #config: DhtConfig
  readonly #swarms = new Map<string, Map<string, Announced>>()

  constructor(world: World, config: DhtConfig) {
    this.#world = world
    this.#config = config
  }

  get swarms(): number {
    return this.#swarms.size
  }

  add(name: Uint8Array, endpoint: Endpoint): void {
    const key = toHex(name)
    const peers = this.#swarms.get(key) ?? new Map<string, Announced>()
    // Set anew, so that the order is that of the last announce.
    this.#swarms.delete(key)
    this.#swarms.set(key, peers)
    const id = `${endpoint.address} ${endpoint.port}`
    peers.delete(id)
    peers.set(id, { endpoint, at: this.#world.now() })
    dropOldest(peers, this.#config.maxPeersPerSwarm)
    dropOldest(this.#swarms, this.#config.maxSwarms)
  }

  /** At most `count` of them, chosen at random. */
  some(name: Uint8Array, count: number): Endpoint[] {
    const peers = this.#swarms.get(toHex(name))
    if (peers === undefined) return []
    const { random } = this.#world
    const late = this.#world.now() - this.#config.peerMs
    const all = [...peers.values()].filter(peer => peer.at >= late).map(peer => peer.endpoint)
    for (let i = 0; i < Math.min(count, all.length); i++) {
      const j = i + random.below(all.length - i)
      ;[all[i], all[j]] = [all[j]!, all[i]!]
    }
    return all.slice(0, count)
  }

  expire(): void {
    const late = this.#world.now() - this.#config.peerMs
    for (const [name, peers] of this.#swarms) {
      for (const [id, peer] of peers) if (peer.at < late) peers.delete(id)
      if (peers.size === 0) this.#swarms.delete(name)
    }
  }
}

function dropOldest(from: Map<string, unknown>, most: number): void {
  for (const key of from.keys()) {
    if (from.size <= most) return
    from.delete(key)
  }
}
