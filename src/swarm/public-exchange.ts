import { encodeUtPex, maxPexPeers, type PexPeer } from '../wire/index.ts'
import type { PeerState } from './peer-state.ts'

/** BEP 11: no more often than once a minute. */
const intervalMs = 60_000

/** What one peer was told, and when. */
interface Told {
  readonly peers: Map<string, PexPeer>
  at: number
}

/** Tells public peers of a swarm about each other (`ut_pex`, BEP 11): only those that can be dialled, only differences. */
export class PublicExchange {
  readonly #told = new Map<PeerState, Told>()

  leave(peer: PeerState): void {
    this.#told.delete(peer)
  }

  /** Once a second: whoever is due and has news to hear gets it. */
  tick(peers: readonly PeerState[], now: number): void {
    let current: Map<string, PexPeer> | undefined
    for (const peer of peers) {
      if (peer.pexId === undefined || peer.closed) continue
      const told = this.#told.get(peer) ?? { peers: new Map(), at: Number.NEGATIVE_INFINITY }
      if (now - told.at < intervalMs) continue
      this.#told.set(peer, told)
      current ??= connected(peers)
      if (this.#tell(peer, told.peers, current)) told.at = now
    }
  }

  #tell(peer: PeerState, told: Map<string, PexPeer>, current: ReadonlyMap<string, PexPeer>): boolean {
    const own = peer.listensAt && keyOf(peer.listensAt)
    const added = [...current].filter(([key]) => key !== own && !told.has(key)).slice(0, maxPexPeers)
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

function connected(peers: readonly PeerState[]): Map<string, PexPeer> {
  const out = new Map<string, PexPeer>()
  for (const { listensAt, traits, closed, isSeed, uploadOnly, prefersEncryption, holepunchId } of peers) {
    if (closed || listensAt === undefined) continue
    out.set(keyOf(listensAt), {
      ...listensAt,
      // Not all that insist on it say so.
      encryption: prefersEncryption || traits.encrypted === true,
      seed: isSeed || uploadOnly,
      utp: traits.utp === true,
      holepunch: holepunchId !== undefined,
      reachable: traits.initiator === true,
    })
  }
  return out
}

function keyOf({ address, port }: { readonly address: string; readonly port: number }): string {
  return `${address} ${port}`
}
