import { encodePeerExchange, peerExchangeLimits } from '../wire/index.ts'
import type { SwarmConfig } from './config.ts'
import type { PeerState } from './peer-state.ts'

/** Addresses told of one peer; more help nobody. */
const addressesEach = 3

/** Tells members of a swarm about each other (extension `pg_peers`): differences only, and not too often. */
export class PeerExchangeSender {
  readonly #config: SwarmConfig
  /** What each peer was told. */
  readonly #told = new Map<PeerState, Set<string>>()
  readonly #lastAt = new Map<PeerState, number>()

  constructor(config: SwarmConfig) {
    this.#config = config
  }

  leave(peer: PeerState): void {
    this.#told.delete(peer)
    this.#lastAt.delete(peer)
  }

  /** Once a second: whoever is due and has news to hear gets it. */
  tick(peers: readonly PeerState[], now: number): void {
    for (const peer of peers) {
      if (peer.peersId === undefined || peer.closed) continue
      if (now - (this.#lastAt.get(peer) ?? Number.NEGATIVE_INFINITY) < this.#config.peerExchangeMs) continue
      if (this.#tell(peer, peers)) this.#lastAt.set(peer, now)
    }
  }

  #tell(peer: PeerState, peers: readonly PeerState[]): boolean {
    const told = this.#told.get(peer) ?? new Set<string>()
    this.#told.set(peer, told)
    const current = new Set<string>()
    for (const other of peers)
      if (other.peer !== peer.peer && !other.closed)
        for (const address of (other.traits.addresses ?? []).slice(0, addressesEach))
          if (address.length <= peerExchangeLimits.addressBytes) current.add(address)
    const most = Math.min(this.#config.maxExchangedPeers, peerExchangeLimits.peers)
    const added = [...current].filter(address => !told.has(address)).slice(0, most)
    const dropped = [...told].filter(address => !current.has(address)).slice(0, most)
    if (added.length + dropped.length === 0) return false
    for (const address of added) told.add(address)
    for (const address of dropped) told.delete(address)
    peer.pipe.send({ type: 'extended', id: peer.peersId!, payload: encodePeerExchange({ added, dropped }) })
    return true
  }
}
