import type { World } from '../base/index.ts'
import {
  type CompactPeer,
  decodeHolepunch,
  decodeUtPex,
  encodeHolepunch,
  type Holepunch,
  type HolepunchError,
} from '../wire/index.ts'
import type { SwarmEvent } from './events.ts'
import { ownIds } from './extension-ids.ts'
import type { PeerState } from './peer-state.ts'
import type { PublicTerms } from './public-terms.ts'

export interface PublicExtensionsParts {
  readonly world: World
  peers(): readonly PeerState[]
  terms(): PublicTerms | undefined
  /** BEP 27; undefined while the metadata is unknown. */
  isPrivate(): boolean | undefined
  /** Where we can be dialled, if known: nobody is to be sent to ourselves. */
  ownEndpoint(family: 4 | 6): CompactPeer | undefined
  flood(peer: PeerState, message: string): void
  emit(event: SwarmEvent): void
}

/** BEP 11 allows one message a minute; clocks differ, and the first may come with the second. */
const pexPauseMs = 45_000
const mostPexTooSoon = 10
/** A peer may have us send others to it, or it to others, so often. */
const meetingMs = 1000
const mostMeetings = 20
/** As many are asked to introduce us to one peer. */
const mostRelays = 3

/** What public peers say in extensions of the public network: others (BEP 11), and how to meet them (BEP 55). */
export class PublicExtensions {
  readonly #parts: PublicExtensionsParts

  constructor(parts: PublicExtensionsParts) {
    this.#parts = parts
  }

  /** False: the message is of another extension. Throws what the decoders throw. */
  receive(peer: PeerState, id: number, payload: Uint8Array): boolean {
    if (id !== ownIds.publicPeers && id !== ownIds.holepunch) return false
    if (!peer.isPublic || this.#parts.terms() === undefined) return true
    if (id === ownIds.publicPeers) this.#learn(peer, payload)
    else this.#onHolepunch(peer, decodeHolepunch(payload))
    return true
  }

  /**
   * Asks members to introduce us to a peer behind NAT (BEP 55): the one named `via` that told of it, or any that may know
   * it. `holepunch-connect` follows if one does. False: there is nobody to ask.
   */
  rendezvous(endpoint: CompactPeer, via?: string): boolean {
    const able = this.#parts.peers().filter(peer => peer.holepunchId !== undefined && !peer.closed)
    const named = able.filter(peer => peer.peer === via)
    const relays = (named.length > 0 ? named : able).slice(0, mostRelays)
    for (const relay of relays) send(relay, { type: 'rendezvous', endpoint })
    return relays.length > 0
  }

  #learn(peer: PeerState, payload: Uint8Array): void {
    const now = this.#parts.world.now()
    const tooSoon = now - peer.pexAt < pexPauseMs
    peer.pexAt = now
    if (tooSoon && ++peer.pexTooSoon > mostPexTooSoon)
      this.#parts.flood(peer, 'It tells of other peers too often.')
    else if (!tooSoon || peer.pexTooSoon <= 2) {
      const { added } = decodeUtPex(payload)
      if (this.#parts.isPrivate() === true || this.#parts.terms()?.pex !== true || added.length === 0) return
      this.#parts.emit({ type: 'endpoints-learned', from: peer.peer, added })
    }
  }

  #onHolepunch(peer: PeerState, message: Holepunch | undefined): void {
    const { emit, terms, world } = this.#parts
    // BEP 27: peers of a private torrent are named by its trackers only.
    if (this.#parts.isPrivate() === true) return
    // BEP 55: whoever does not understand answers gets none.
    if (message === undefined || peer.holepunchId === undefined || terms()?.holepunch !== true) return
    const { endpoint } = message
    if (message.type === 'error') {
      emit({ type: 'holepunch-failed', endpoint, error: message.error })
      return
    }
    const now = world.now()
    peer.meetingsDueAt = Math.max(peer.meetingsDueAt, now - mostMeetings * meetingMs) + meetingMs
    if (peer.meetingsDueAt > now) return
    if (message.type === 'rendezvous') this.#introduce(peer, endpoint)
    else if (this.#find(endpoint) === undefined)
      emit({ type: 'holepunch-connect', from: peer.peer, endpoint })
  }

  #introduce(peer: PeerState, endpoint: CompactPeer): void {
    const target = this.#find(endpoint)
    const here = peer.traits.endpoint
    let error: HolepunchError | undefined
    if (this.#isOwn(endpoint)) error = 'no-self'
    else if (target === undefined || target === peer || here === undefined) error = 'not-connected'
    else if (target.holepunchId === undefined) error = 'no-support'
    if (error !== undefined || target === undefined || here === undefined) {
      send(peer, { type: 'error', endpoint, error })
      return
    }
    // A uTP connection shows the port to which the router of a peer lets answers through.
    const ofTarget = target.traits.utp === true ? target.traits.endpoint : endpoint
    send(target, { type: 'connect', endpoint: peer.traits.utp === true ? here : (peer.listensAt ?? here) })
    send(peer, { type: 'connect', endpoint: ofTarget ?? endpoint })
  }

  #isOwn({ address, port }: CompactPeer): boolean {
    const own = this.#parts.ownEndpoint(address.includes(':') ? 6 : 4)
    return own?.address === address && own.port === port
  }

  #find({ address, port }: CompactPeer): PeerState | undefined {
    const is = (at: CompactPeer | undefined): boolean => at?.address === address && at.port === port
    return this.#parts.peers().find(peer => !peer.closed && (is(peer.listensAt) || is(peer.traits.endpoint)))
  }
}

function send(to: PeerState, message: Holepunch): void {
  if (to.holepunchId !== undefined)
    to.pipe.send({ type: 'extended', id: to.holepunchId, payload: encodeHolepunch(message) })
}
