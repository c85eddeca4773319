import { equalBytes, PeerageError, type Timer, toHex, type World } from '../base/index.ts'
import { type Endpoint, unmapped } from '../network/index.ts'
import {
  type DiscoveryStatus,
  type PeerTraits,
  type PublicContent,
  type PublicMembership,
  type PublicTerms,
  pump,
  type Swarm,
  type SwarmEvent,
} from '../swarm/index.ts'
import type { BitTorrentConfig } from './config.ts'
import type { Connected, Connector } from './connector.ts'
import type { Discovery } from './discovery.ts'
import type { Seeker } from './finders.ts'
import { type KnownPeer, KnownPeers, type PeerHints, type PeerSource } from './known-peers.ts'
import type { Shaken } from './pipes/index.ts'
import { isSelf } from './pipes/index.ts'

export interface PublicSwarmParts {
  readonly world: World
  readonly config: BitTorrentConfig
  readonly content: PublicContent
  readonly connector: Connector
  readonly terms: PublicTerms
  /** Our peer id, 20 bytes. */
  readonly peerId: Uint8Array
  /** Makes what looks for peers of this content. */
  discover(seeker: Seeker): Discovery
  mayTalk(ip: string): boolean
  /** A peer said on which UDP port its DHT node is (BEP 5). */
  onDhtNode(endpoint: Endpoint): void
  /** Its names may have changed. */
  onChanged(swarm: PublicSwarm): void
  onLeave(swarm: PublicSwarm): void
}

/** How long after the last news the finders are told: metadata, completion and pauses often come together. */
const settleMs = 50

/** Our part in the public swarms of one content: whom we know, whom we dial, who came. */
export class PublicSwarm implements PublicMembership, Seeker {
  readonly content: PublicContent
  readonly known: KnownPeers
  readonly #parts: PublicSwarmParts
  readonly #discovery: Discovery
  readonly #abort = new AbortController()
  /** Streams that are in the swarm, by the name of the peer there. */
  readonly #members = new Map<string, KnownPeer | undefined>()
  #watched: Swarm | undefined
  #stopWatching: () => void = () => undefined
  #timer: Timer | undefined
  #news: Timer | undefined

  constructor(parts: PublicSwarmParts) {
    this.#parts = parts
    this.content = parts.content
    this.known = new KnownPeers(parts.world, parts.config)
    this.#discovery = parts.discover(this)
    this.#discovery.update()
  }

  /** Peers of this content that are connected. */
  get connected(): number {
    return this.#members.size
  }

  addPeers(addresses: readonly string[]): void {
    for (const address of addresses) this.#discovery.resolve(address)
  }

  /** Adds what a finder found, and dials if there is reason to. */
  found(endpoints: readonly Endpoint[], source: PeerSource, hints: PeerHints = {}): void {
    for (const endpoint of endpoints) {
      if (endpoint.port === 0 || !this.#parts.mayTalk(endpoint.address)) continue
      this.known.add(endpoint, source, hints)
      if (source === 'link' || source === 'lan') this.known.hurry(endpoint)
    }
    this.run()
  }

  hurry(): void {
    this.#discovery.hurry()
  }

  changed(): void {
    this.#news ??= this.#parts.world.after(settleMs, () => {
      this.#news = undefined
      if (this.#abort.signal.aborted) return
      this.#parts.onChanged(this)
      this.#discovery.update()
      this.run()
    })
  }

  status(): readonly DiscoveryStatus[] {
    return this.#discovery.status()
  }

  async leave(): Promise<void> {
    if (this.#abort.signal.aborted) return
    this.#abort.abort(new Error('The content left the public network.'))
    this.#timer?.cancel()
    this.#news?.cancel()
    this.#stopWatching()
    this.#parts.onLeave(this)
    await this.#discovery.stop()
  }

  /** Dials whoever may be dialled now, and comes back when the next one may be. */
  run(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const { config, connector, world, content } = this.#parts
    if (this.#abort.signal.aborted) return
    const room = Math.min(config.maxPeers - this.#members.size, connector.room)
    if (!content.wants) {
      // Whoever fetches may not hear of us for minutes, or cannot reach us at all. Those who fetch go first.
      for (const peer of this.known.takeNews(Math.ceil(room / 2))) void this.#dial(peer)
      return
    }
    for (const peer of this.known.take(room)) void this.#dial(peer)
    const wait = this.known.waitMs()
    if (wait !== undefined) this.#timer = world.after(Math.max(room > 0 ? 50 : 1000, wait), () => this.run())
  }

  /** A peer that dialled us and named this content. */
  welcome(shaken: Shaken, from: Endpoint, over: 'tcp' | 'utp'): void {
    if (!this.#join({ ...shaken, over }, from, undefined)) shaken.stream.abort(new Error('not wanted'))
  }

  async #dial(peer: KnownPeer, over?: 'utp'): Promise<void> {
    const { connector, content } = this.#parts
    try {
      const connected = await connector.connect(peer, content, this.#abort.signal, over)
      if (this.#join(connected, peer.endpoint, peer)) return
      connected.stream.abort(new Error('not wanted'))
      this.known.lost(peer)
    } catch (error) {
      this.known.lost(peer, isSelf(error))
      // BEP 55: who told of it may have us meet. When that led nowhere either, there is the next turn.
      if (over === undefined && peer.relay !== undefined) this.#watched?.rendezvous(peer.endpoint, peer.relay)
    }
    if (!this.#abort.signal.aborted) this.run()
  }

  /** False: nobody is served, or the swarm does not want this peer. */
  #join(connected: Connected, endpoint: Endpoint, peer: KnownPeer | undefined): boolean {
    const { peerId, content, mayTalk } = this.#parts
    const ip = unmapped(endpoint.address)
    if (this.#abort.signal.aborted || equalBytes(connected.peerId, peerId) || !mayTalk(ip)) return false
    const swarm = content.swarm()
    if (swarm === undefined) return false
    this.#watch(swarm)
    const { stream, flags, rest } = connected
    const traits: PeerTraits = {
      peer: `${ip} ${toHex(connected.peerId)}`,
      banKey: ip,
      self: toHex(peerId),
      endpoint: { address: ip, port: endpoint.port },
      initiator: peer !== undefined,
      fast: flags.fast,
      extended: flags.extended,
      dht: flags.dht,
      utp: connected.over === 'utp',
      encrypted: connected.encrypted,
      // The flag says only that it could: libtorrent hangs up on who asks it for hashes under the v1 name.
      v2: content.v2Name !== undefined && equalBytes(connected.infoHash, content.v2Name),
    }
    try {
      const { state } = pump({ stream, swarm, traits, rest })
      // An older connection to the same peer may have left meanwhile; this one, too, if it said something false.
      if (state.closed) throw new PeerageError('peer.protocol', 'It broke the protocol at once.')
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
      return false
    }
    this.#members.set(traits.peer, peer)
    if (peer !== undefined) this.known.connected(peer)
    stream.resume()
    return true
  }

  #watch(swarm: Swarm): void {
    if (this.#watched === swarm) return
    this.#stopWatching()
    this.#watched = swarm
    swarm.publicTerms = this.#parts.terms
    this.#stopWatching = swarm.on(event => this.#onSwarm(event))
    this.#discovery.joined(swarm)
  }

  #onSwarm(event: SwarmEvent): void {
    if (event.type === 'peer-left') this.#left(event.peer, event.seed)
    else if (event.type === 'endpoints-learned') {
      if (this.content.isPrivate === true || !this.#parts.config.pex) return
      for (const { address, port, holepunch, encryption: encrypt, ...flags } of event.added)
        this.found([{ address, port }], 'pex', {
          ...flags,
          encrypt,
          relay: holepunch ? event.from : undefined,
        })
    } else if (event.type === 'holepunch-connect') this.#punch(event.endpoint)
    else if (event.type === 'dht-port') this.#parts.onDhtNode(event.endpoint)
  }

  /** The other side dials us at the same time, so that the routers of both take its packets for answers (BEP 55). */
  #punch(endpoint: Endpoint): void {
    const { connector, mayTalk } = this.#parts
    if (connector.room <= 0 || !mayTalk(endpoint.address)) return
    const peer = this.known.seize(endpoint)
    if (peer !== undefined) void this.#dial(peer, 'utp')
  }

  #left(peer: string, seed: boolean): void {
    if (!this.#members.has(peer)) return
    const known = this.#members.get(peer)
    this.#members.delete(peer)
    if (known !== undefined) {
      known.seed ||= seed
      this.known.lost(known)
    }
    this.run()
  }
}
