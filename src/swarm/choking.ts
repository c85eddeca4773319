import type { World } from '../base/index.ts'
import { allowedFastSet } from './allowed-fast.ts'
import { Choker } from './choker.ts'
import type { SwarmConfig } from './config.ts'
import type { Exchange } from './exchange.ts'
import type { PeerState } from './peer-state.ts'

export interface ChokingParts {
  readonly world: World
  readonly config: SwarmConfig
  readonly infoHash: Uint8Array
  exchange(): Exchange | undefined
  peers(): readonly PeerState[]
  /** Upload limit of this share in bytes per second; Infinity without one. */
  uploadLimit(): number
}

/** Carries out what the choker decides, and makes sure that nobody is served while the swarm is paused. */
export class Choking {
  readonly #parts: ChokingParts
  readonly #choker: Choker
  #paused = false
  #nextRoundAt = 0

  constructor(parts: ChokingParts) {
    const { world, config } = parts
    this.#parts = parts
    this.#choker = new Choker({
      world,
      config,
      peers: parts.peers,
      seeding: () => parts.exchange()?.completed ?? false,
      uploadLimit: parts.uploadLimit,
      passesOn: peer => parts.exchange()?.spread.passesOn(peer) ?? 1,
      setChoked: (peer, choked) => this.#setChoked(peer, choked),
    })
  }

  pause(): void {
    this.#paused = true
    for (const peer of this.#parts.peers()) if (!peer.amChoking) this.#setChoked(peer, true)
  }

  resume(): void {
    this.#paused = false
    for (const peer of this.#parts.peers()) this.interestChanged(peer)
  }

  interestChanged(peer: PeerState): void {
    const exchange = this.#parts.exchange()
    if (this.#paused || exchange === undefined) return
    this.#choker.interestChanged(peer)
    if (peer.amChoking && peer.peerInterested) this.#allowFast(peer, exchange)
  }

  /** Once a second. */
  tick(now: number): void {
    if (now < this.#nextRoundAt || this.#paused || this.#parts.exchange() === undefined) return
    this.#nextRoundAt = now + this.#parts.config.chokeIntervalMs
    this.#choker.round()
  }

  #setChoked(peer: PeerState, choked: boolean): void {
    const exchange = this.#parts.exchange()
    peer.amChoking = choked
    peer.pipe.send({ type: choked ? 'choke' : 'unchoke' })
    if (choked) exchange?.uploads.choked(peer)
    else exchange?.spread.promise(peer)
  }

  /**
   * No slot is free: a newcomer gets a few pieces all the same, to have something to trade (BEP 6). Not while there are
   * pieces that only we have: in a crowd nothing else would get out.
   */
  #allowFast(peer: PeerState, { layout, port, spread }: Exchange): void {
    const { config, infoHash } = this.#parts
    const most = config.allowedFastPieces
    if (!peer.fast || spread.left > 0 || (peer.pieces?.count ?? 0) >= most) return
    for (const piece of allowedFastSet(peer.peer, infoHash, layout.pieceCount, most)) {
      if (!port.have.has(piece) || peer.has(piece) || peer.allowedFastOut.has(piece)) continue
      peer.allowedFastOut.add(piece)
      peer.pipe.send({ type: 'allowed-fast', piece })
    }
  }
}
