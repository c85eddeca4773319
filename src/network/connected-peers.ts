import type { Connection, IdentifyResult, PeerId } from '@libp2p/interface'
import { circuitOf } from './circuit-address.ts'
import type { Events } from './events.ts'
import type { Host } from './host.ts'
import type { KnownPeers } from './known-peers.ts'
import { askableAt } from './nat/index.ts'
import type { ConnectionInfo, NetworkEvents } from './network.ts'
import type { OwnPlace } from './own-place.ts'
import { ipOf, isLoopbackIp, pathOf } from './path.ts'
import type { ReachRules } from './reach-rules.ts'
import type { Reachability } from './reachability.ts'
import { muxerOf } from './yamux/index.ts'

/** Who does not answer for so long, when there is reason to doubt it, is gone. */
const probeTimeoutMs = 5_000

export interface ConnectedPeersParts {
  readonly host: Host
  readonly events: Events<NetworkEvents>
  readonly rules: ReachRules
  readonly known: KnownPeers
  readonly place: OwnPlace
  readonly reachability: Reachability
  /** Whether an address is this machine's now. */
  isOwn(ip: string): boolean
}

/** Who is connected, and what they say of themselves and of us. */
export class ConnectedPeers {
  readonly #parts: ConnectedPeersParts
  /** Those that say that they are Peerage. */
  readonly #peerage = new Set<string>()

  constructor(parts: ConnectedPeersParts) {
    this.#parts = parts
    const { node } = parts.host
    node.addEventListener('connection:open', ({ detail: { id, remotePeer } }) =>
      this.#doubtOthers(id, remotePeer),
    )
    node.addEventListener('peer:connect', event => this.#connected(event.detail))
    node.addEventListener('connection:close', ({ detail: { id, remotePeer } }) =>
      parts.events.emit('connection-closed', { peer: remotePeer.toString(), connection: id }),
    )
    node.addEventListener('peer:disconnect', event => this.#disconnected(event.detail))
    node.addEventListener('peer:identify', event => this.#identified(event.detail))
  }

  list(): ConnectionInfo[] {
    return this.#parts.host.node.getConnections().map(connection => {
      const address = connection.remoteAddr.toString()
      const rttMs = muxerOf(connection)?.rttMs()
      const via = circuitOf(address)?.relay
      const peer = connection.remotePeer.toString()
      return {
        peer,
        address,
        direction: connection.direction,
        path: this.#parts.rules.pathOf(address),
        ...(via !== undefined && { via }),
        ...(this.#peerage.has(peer) && { isPeerage: true }),
        openedAt: connection.timeline.open,
        ...(rttMs === undefined ? {} : { rttMs }),
      }
    })
  }

  /** Ends connections with those who may not be talked to any more. */
  closeBlocked(isBlocked: (ip: string, peer: string) => boolean): void {
    for (const connection of this.#parts.host.node.getConnections())
      if (isBlocked(ipOf(connection.remoteAddr.toString()), connection.remotePeer.toString()))
        connection.abort(new Error('It is not talked to any more.'))
  }

  /** Finds out who is gone since this machine is on another network. */
  probe(): void {
    for (const connection of this.#parts.host.node.getConnections()) this.#doubt(connection)
  }

  #doubt(connection: Connection): void {
    muxerOf(connection)?.probe(probeTimeoutMs, ip => this.#parts.isOwn(ip))
  }

  /** Who was restarted connects again, and of its end over UDP nobody told us: what was open before is tested. */
  #doubtOthers(id: string, peer: PeerId): void {
    for (const connection of this.#parts.host.node.getConnections(peer))
      if (connection.id !== id) this.#doubt(connection)
  }

  #connected(peerId: PeerId): void {
    const { host, known, events, rules } = this.#parts
    const [connection] = host.node.getConnections(peerId)
    if (connection === undefined) return
    const peer = peerId.toString()
    const address = connection.remoteAddr.toString()
    // Where an inbound connection comes from is a passing port, not where the peer listens.
    if (connection.direction === 'outbound') known.remember(peer, [address])
    events.emit('peer-connected', { peer, address, path: rules.pathOf(address) })
  }

  #disconnected(peerId: PeerId): void {
    const { host, place, events } = this.#parts
    const peer = peerId.toString()
    // Addresses are kept in our bounded book; libp2p's own grows with every identity that ever connected.
    host.node.peerStore.delete(peerId).catch(() => {})
    place.left(peer)
    this.#peerage.delete(peer)
    events.emit('peer-disconnected', { peer })
  }

  #identified({
    peerId,
    listenAddrs,
    observedAddr,
    agentVersion,
    connection,
    protocols,
  }: IdentifyResult): void {
    const { host, known, events, reachability } = this.#parts
    const peer = peerId.toString()
    if (observedAddr !== undefined) reachability.seenBy(peer, ipOf(observedAddr.toString()))
    const addresses = listenAddrs.map(address => address.toString())
    if (agentVersion?.startsWith('peerage/')) {
      // Told again while it is connected; who hung up meanwhile is not remembered.
      if (host.node.getConnections(peerId).length > 0) this.#peerage.add(peer)
      this.#askWhereSeen(connection, addresses)
    }
    known.remember(
      peer,
      addresses.filter(address => mayTell(connection, address)),
    )
    events.emit('peer-identified', { peer, protocols })
  }

  #askWhereSeen({ remoteAddr, remotePeer, direction }: Connection, named: readonly string[]): void {
    const endpoint = askableAt(remoteAddr.toString(), direction, named)
    if (endpoint === undefined || this.#parts.rules.isNear(endpoint.address)) return
    this.#parts.place.met(remotePeer.toString(), endpoint)
  }
}

/** A remote peer must not make us dial our own machine: only one that is on it may name loopback addresses. */
function mayTell(connection: Connection, address: string): boolean {
  return !isLoopbackIp(ipOf(address)) || pathOf(connection.remoteAddr.toString()) === 'loopback'
}
