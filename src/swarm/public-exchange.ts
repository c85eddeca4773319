import { encodeUtPex, maxPexPeers, type PexPeer } from '../wire/index.ts'
import type { PeerState } from './peer-state.ts'

/** BEP 11: no more often than once a minute. */
const intervalMs = 60_000

/** Tells public peers of a swarm about each other (`ut_pex`, BEP 11): only those that can be dialled, only differences. */
export class PublicExchange {
  readonly #told = new Map<PeerState, Map<string, PexPeer>>()
  readonly #lastAt = new Map<PeerState, number>()

  leave(peer: PeerState): void {
    this.#told.delete(peer)
    this.#lastAt.delete(peer)
  }

  /** Once a second: whoever is due and has news to hear gets it. */
  tick(peers: readonly PeerState[], now: number): void {
    for (const peer of peers) {
      if (peer.pexId === undefined || peer.closed) continue
      if (now - (this.#lastAt.get(peer) ?? Number.NEGATIVE_INFINITY) < intervalMs) continue
      if (this.#tell(peer, peers)) this.#lastAt.set(peer, now)
    }
  }

  #tell(peer: PeerState, peers: readonly PeerState[]): boolean {
    const told = this.#told.get(peer) ?? new Map<string, PexPeer>()
    this.#told.set(peer, told)
    const current = new Map<string, PexPeer>()
    for (const other of peers) {
      const { listensAt } = other
      if (other === peer || other.closed || listensAt === undefined) continue
      const key = `${listensAt.address} ${listensAt.port}`
      current.set(key, { ...listensAt, utp: false, seed: other.isSeed })
    }
    const added = [...current].filter(([key]) => !told.has(key)).slice(0, maxPexPeers)
    const dropped = [...told].filter(([key]) => !current.has(key)).slice(0, maxPexPeers)
    if (added.length + dropped.length === 0) return false
    for (const [key, one] of added) told.set(key, one)
    for (const [key] of dropped) told.delete(key)
    const payload = encodeUtPex({
      added: added.map(([, one]) => one),
      dropped: dropped.map(([, one]) => one),
    })
    peer.pipe.send({ type: 'extended', id: peer.pexId!, payload })
    return true
  }
}
