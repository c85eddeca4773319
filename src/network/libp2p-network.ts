import type { Socket } from 'node:net'
import type { Connection, IdentifyResult, PeerId } from '@libp2p/interface'
import type { Identity } from '../access/index.ts'
import { PeerageError, type World } from '../base/index.ts'
import { AddressBook, parseAddress } from './address-book.ts'
import type { Blocklist } from './blocklist.ts'
import { circuitOf } from './circuit-address.ts'
import type { NetworkConfig } from './config.ts'
import type { Datagrams, Endpoint } from './datagrams.ts'
import type { DialOutcome } from './dial-log.ts'
import { Dialler } from './dialler.ts'
import {
  Discoveries,
  type Discovery,
  type DiscoverySource,
  type Found,
  type FoundAddresses,
  LanDiscovery,
  lanFinder,
  MulticastSockets,
  mdnsGroup,
} from './discovery/index.ts'
import type { Egress } from './egress/index.ts'
import { Events } from './events.ts'
import { createGateway, type Gateway, type GatewayReport } from './gateway/index.ts'
import { guarded } from './guarded.ts'
import type { Host } from './host.ts'
import { ConnectionGuard } from './limits/index.ts'
import type { LocalNetworks } from './local-networks.ts'
import { askableAt, NatWatch, observedAddresses } from './nat/index.ts'
import type { ConnectionInfo, Network, NetworkEvents, OpenOptions, StreamHandler } from './network.ts'
import { type NetworkStats, statsOf } from './network-stats.ts'
import { type NetworkChange, NetworkWatch } from './network-watch.ts'
import type { OwnAddresses } from './own-addresses.ts'
import { OwnRecord } from './own-record.ts'
import { isLanIp, isLoopbackIp, type Path, pathOf } from './path.ts'
import type { PeerStream } from './peer-stream.ts'
import type { PrivateNetwork, PrivateNetworkState } from './private-network/index.ts'
import { DirectPaths, dcutrProtocol, type PunchReport } from './punch/index.ts'
import type { RawProtocol } from './raw-protocol.ts'
import type { RawProtocols } from './raw-protocols.ts'
import type { Reachability } from './reachability.ts'
import { Relay, type RelayConfig } from './relay/index.ts'
import type { HalfWay } from './transports/index.ts'
import type { UdpSocket } from './udp-socket.ts'
import { type UdpState, UdpWatch } from './udp-watch.ts'
import { muxerOf } from './yamux/index.ts'

/** Who does not answer for so long after the network changed is gone. */
const probeTimeoutMs = 5_000
/** Whoever keeps only a few of our addresses keeps those first by which most can reach us. */
const farthestFirst: readonly Path[] = ['memory', 'direct', 'relayed', 'lan', 'loopback']

/** Hearsay must not push out addresses that links or peers themselves gave, so it has a small book of its own. */
const hearsayLimits = { maxKnownPeers: 512, maxAddressesPerPeer: 8 }

/** Datagrams that end with the network. */
type OwnDatagrams = Datagrams & Partial<Pick<UdpSocket, 'spread' | 'aside'>> & { close(): Promise<void> }

export interface Libp2pNetworkParts {
  readonly host: Host
  readonly config: NetworkConfig
  readonly world: World
  readonly local: LocalNetworks
  readonly raw: RawProtocols
  readonly egress: Egress
  readonly blocklist: Blocklist
  readonly reachability: Reachability
  readonly own: OwnAddresses
  readonly identity: Identity
  /** The UDP socket, open; undefined when this peer does not listen. */
  readonly datagrams: OwnDatagrams | undefined
  /** The same, where it is a socket of this machine's own. */
  readonly udp: UdpSocket | undefined
  isKnown?(peer: string): boolean
  readonly relay: RelayConfig
  readonly privateNetwork: PrivateNetwork | undefined
}

/** The network on one libp2p node. */
export class Libp2pNetwork implements Network {
  readonly peerId: string
  readonly egress: Egress
  readonly reachability: Reachability
  readonly #host: Host
  readonly #config: NetworkConfig
  readonly #world: World
  readonly #events: Events<NetworkEvents> = new Events()
  readonly #discoveries: Discoveries
  /** What parts of the network know of where this peer can be dialled. */
  readonly own: OwnAddresses
  readonly #record: OwnRecord
  readonly relay: Relay
  readonly #paths: DirectPaths
  readonly #book: AddressBook
  readonly #hearsay: AddressBook = new AddressBook(hearsayLimits)
  readonly #dialler: Dialler
  readonly #local: LocalNetworks
  readonly #raw: RawProtocols
  readonly #blocklist: Blocklist
  readonly #stopWatching: () => void
  readonly #datagrams: OwnDatagrams | undefined
  readonly #private: PrivateNetwork | undefined
  #gateway: Gateway | undefined
  #nat: NatWatch | undefined
  readonly #udp: UdpWatch | undefined
  #udpState: UdpState | undefined
  /** Connected peers that say that they are Peerage. */
  readonly #peerage = new Set<string>()
  readonly #handled: Set<string> = new Set()
  readonly #guard: ConnectionGuard
  #watch: NetworkWatch | undefined
  #addresses = ''
  #lan: { readonly discovery: LanDiscovery; readonly sockets: MulticastSockets } | undefined

  constructor(parts: Libp2pNetworkParts) {
    const { host, config, world, local, raw, egress, blocklist, reachability, own, identity } = parts
    this.own = own
    this.egress = egress
    this.#local = local
    this.#raw = raw
    this.#blocklist = blocklist
    this.reachability = reachability
    this.#stopWatching = blocklist.onChange(() => this.#closeBlocked())
    this.#host = host
    this.#datagrams = parts.datagrams
    this.#private = parts.privateNetwork
    this.#udp =
      parts.udp &&
      new UdpWatch({
        world,
        socket: parts.udp,
        onChange: state => {
          this.#udpState = state
          this.#events.emit('udp-changed', { state })
        },
      })
    this.#config = config
    this.#world = world
    this.#book = new AddressBook(config)
    this.peerId = host.node.peerId.toString()
    this.#record = new OwnRecord(identity, world, () => this.addresses())
    const discoveries = new Discoveries(config.maxTopics)
    this.#discoveries = discoveries
    this.#guard = new ConnectionGuard({
      world,
      config,
      connections: () => host.node.getConnections().map(guarded),
      isKnown: peer => parts.isKnown?.(peer) ?? false,
    })
    this.#dialler = new Dialler({
      host,
      config,
      world,
      known: peer => this.#known(peer),
      get finders() {
        return discoveries.finders
      },
      find: (peer, signal) => this.findPeer(peer, signal),
      pathOf: address => this.#pathOf(address),
      mayDial: address => this.mayReach(ipOf(address)),
      mayMeet: peer => this.mayMeet(peer),
      makeRoom: peer => this.#guard.makeRoom(peer),
    })
    host.node.addEventListener('connection:close', () => this.#watch?.suspect())
    host.node.addEventListener('connection:open', ({ detail: { id, remotePeer } }) => {
      this.#guard.opened(id)
      this.#doubtOthers(id, remotePeer)
    })
    this.relay = new Relay({
      host,
      world,
      own,
      identity: parts.identity,
      config: parts.relay,
      maxStreams: config.maxStreamsPerConnection,
      maxHandshakeBytes: config.maxHandshakeBytes,
      lanOnly: config.lanOnly,
      addresses: () => this.addresses(),
      mayMeet: peer => this.mayMeet(peer),
      keep: peer => this.#guard.protect(peer),
      isReachable: () => reachability.inbound !== undefined || own.of('gateway').length > 0,
      findTopic: (topic, signal) => this.findTopic(topic, signal),
      announceTopic: topic => this.announceTopic(topic),
    })
    this.#paths = new DirectPaths({
      node: host.node,
      world,
      isEnabled: config.punch,
      keepAliveMs: config.keepAliveMs,
      nat: () => this.#nat,
      socket: () => this.#datagrams,
      reports: () => reachability.nat,
      addresses: () => this.addresses().map(address => parseAddress(address)?.address ?? ''),
      pathOf: address => this.#pathOf(address),
      mayDial: address => this.mayReach(ipOf(address)),
      dial: (address, signal) => host.dial(address, signal),
      stream: (connection, signal) => this.#dialler.stream(connection, dcutrProtocol, signal),
      get meet() {
        return host.udx && ((half: HalfWay) => host.udx!.meet(half))
      },
      onBetterPath: (peer, address, path) => this.#events.emit('path-changed', { peer, address, path }),
    })
    this.handle(dcutrProtocol, stream => this.#paths.answer(stream))
    host.node.addEventListener('peer:connect', event => this.#connected(event.detail))
    host.node.addEventListener('connection:close', ({ detail: { id, remotePeer } }) =>
      this.#events.emit('connection-closed', { peer: remotePeer.toString(), connection: id }),
    )
    host.node.addEventListener('peer:disconnect', event => this.#disconnected(event.detail))
    host.node.addEventListener('peer:identify', event => this.#identified(event.detail))
  }

  /** Begins to watch this machine's interfaces and, if wanted, for peers on its networks. */
  async watch(discover: boolean): Promise<void> {
    this.#addresses = this.addresses().join()
    this.#watch = new NetworkWatch({
      world: this.#world,
      refresh: () => this.#local.refresh(),
      onChange: change => this.#networkChanged(change),
    })
    this.#gateway?.start()
    this.egress.onChange(() => this.#egressChanged())
    this.egress.watch()
    if (discover) await this.#discover()
  }

  async #discover(): Promise<void> {
    const sockets = new MulticastSockets(this.egress, mdnsGroup, (packet, source) =>
      discovery.receive(packet, source),
    )
    const discovery = new LanDiscovery({
      world: this.#world,
      port: sockets,
      self: this.peerId,
      intervalMs: this.#config.mdnsIntervalMs,
      maxPeersPerMinute: this.#config.mdnsMaxPeersPerMinute,
      addresses: () => this.addresses(),
      isLocal: this.#local.contains,
      onPeer: (peer, addresses) => {
        this.#hearsay.remember(peer, addresses)
        this.#events.emit('peer-discovered', { peer, addresses, how: 'mdns' })
      },
    })
    this.#lan = { discovery, sockets }
    this.addDiscovery(
      lanFinder({
        world: this.#world,
        lookAround: () => discovery.lookAround(),
        onHeard: listener => this.on('peer-discovered', listener),
      }),
    )
    await sockets.start()
    discovery.start()
  }

  addresses(): string[] {
    const rank = (address: string): number => farthestFirst.indexOf(pathOf(address))
    return this.#host.node
      .getMultiaddrs()
      .map(address => address.toString())
      .sort((a, b) => rank(a) - rank(b))
  }

  peerRecord(to: Path): Uint8Array {
    return this.#record.for(to)
  }

  handle(protocol: string, handler: StreamHandler): void {
    if (this.#handled.has(protocol)) throw new TypeError(`${protocol} is handled already`)
    this.#handled.add(protocol)
    const limits = {
      maxInboundStreams: this.#config.maxStreamsPerConnection,
      maxOutboundStreams: this.#config.maxStreamsPerConnection,
    }
    const serve = (stream: PeerStream): void => {
      const served = async (): Promise<void> => handler(stream)
      served().catch(error => stream.abort(error))
    }
    this.#host.node
      .handle(protocol, (stream, connection) => serve(this.#dialler.wrap(stream, connection)), limits)
      .catch(() => this.#handled.delete(protocol))
  }

  unhandle(protocol: string): void {
    this.#handled.delete(protocol)
    this.#host.node.unhandle(protocol).catch(() => {})
  }

  async open(
    target: string | readonly string[],
    protocol: string,
    options: OpenOptions = {},
  ): Promise<PeerStream> {
    this.egress.check()
    return await this.#dialler.open(target, protocol, options)
  }

  get port(): number | undefined {
    for (const address of this.#host.node.getMultiaddrs()) {
      // Of an address behind a relay it is the relay's.
      const port = /^\/[^/]+\/[^/]+\/tcp\/(\d+)(?!.*\/p2p-circuit)/.exec(address.toString())?.[1]
      if (port !== undefined) return Number(port)
    }
    // While the interface is down nobody can come in, but will again at that port.
    return this.#datagrams?.port || undefined
  }

  get externalPort(): number | undefined {
    const [mapped] = this.own.of('gateway').flatMap(address => /\/tcp\/(\d+)/.exec(address)?.[1] ?? [])
    return mapped === undefined ? this.port : Number(mapped)
  }

  get privateNetwork(): PrivateNetworkState | undefined {
    return this.#private?.state
  }

  get gateway(): GatewayReport | undefined {
    return this.#gateway?.report
  }

  get udp(): UdpState | undefined {
    return this.#udpState
  }

  get datagrams(): Datagrams | undefined {
    return this.#datagrams
  }

  /** Begins to learn what routers do with our packets, and to ask them for ports. */
  watchRouters(hosts: readonly string[]): void {
    const datagrams = this.#datagrams
    if (datagrams === undefined) return
    const { own, egress } = this
    this.#nat = new NatWatch({
      world: this.#world,
      datagrams: this.#private?.sealed(datagrams) ?? datagrams,
      observations: this.reachability.udp,
      keepAliveMs: this.#config.keepAliveMs,
      isReliedOn: () => own.of('observed').length > 0,
      onAnswer: () => own.set('observed', observedAddresses(this.reachability.nat)),
    })
    this.#gateway = createGateway({
      world: this.#world,
      config: this.#config,
      hosts,
      datagrams,
      egress,
      own,
      mayReach: ip => this.mayReach(ip),
    })
  }

  claim(protocol: RawProtocol): () => void {
    return this.#raw.claim(protocol)
  }

  async dialTcp({ address, port }: Endpoint, signal: AbortSignal): Promise<Socket> {
    if (!this.mayReach(address)) throw unreachable(address, port)
    const timeOut = new AbortController()
    const timer = this.#world.after(this.#config.dialTimeoutMs, () =>
      timeOut.abort(unreachable(address, port)),
    )
    try {
      const family = address.includes(':') ? 6 : 4
      const target = { host: address, port, family } as const
      return await this.egress.dial(target, AbortSignal.any([signal, timeOut.signal]))
    } catch (cause) {
      signal.throwIfAborted()
      if (cause instanceof PeerageError && cause.code === 'network.egress-down') throw cause
      throw unreachable(address, port, cause)
    } finally {
      timer.cancel()
    }
  }

  mayReach(ip: string): boolean {
    if (this.#blocklist.blocksIp(ip)) return false
    return !this.#config.lanOnly || this.#isNear(ip)
  }

  mayMeet(peer: string): boolean {
    return !this.#blocklist.blocksPeer(peer)
  }

  isLocal(ip: string): boolean {
    return this.#local.contains(ip)
  }

  connections(): ConnectionInfo[] {
    return this.#host.node.getConnections().map(connection => {
      const address = connection.remoteAddr.toString()
      const rttMs = muxerOf(connection)?.rttMs()
      const via = circuitOf(address)?.relay
      const peer = connection.remotePeer.toString()
      return {
        peer,
        address,
        direction: connection.direction,
        path: this.#pathOf(address),
        ...(via !== undefined && { via }),
        ...(this.#peerage.has(peer) && { isPeerage: true }),
        openedAt: connection.timeline.open,
        ...(rttMs === undefined ? {} : { rttMs }),
      }
    })
  }

  stats(): NetworkStats {
    return statsOf({ host: this.#host, config: this.#config, guard: this.#guard })
  }

  protect(peer: string): () => void {
    return this.#guard.protect(peer)
  }

  punched(peer: string): PunchReport | undefined {
    return this.#paths.report(peer)
  }

  rememberAddresses(peer: string, addresses: readonly string[]): void {
    if (peer !== this.peerId) this.#book.remember(peer, addresses)
  }

  knownAddresses(peer: string): string[] {
    return this.#known(peer).map(address => `${address}/p2p/${peer}`)
  }

  dials(peer: string): DialOutcome[] {
    return this.#dialler.log.of(peer)
  }

  get finders(): readonly DiscoverySource[] {
    return this.#discoveries.finders
  }

  addDiscovery(discovery: Discovery): () => void {
    return this.#discoveries.add(discovery)
  }

  /** What is found is remembered, so that it need not be sought again. */
  async *findPeer(peer: string, signal: AbortSignal): AsyncGenerator<FoundAddresses> {
    for await (const found of this.#discoveries.findPeer(peer, signal)) {
      this.#hearsay.remember(peer, found.addresses)
      yield found
    }
  }

  async *findTopic(
    topic: Uint8Array,
    signal: AbortSignal,
  ): AsyncGenerator<Found & { readonly how: DiscoverySource }> {
    for await (const found of this.#discoveries.findTopic(topic, signal)) {
      if (found.peer === this.peerId) continue
      this.#hearsay.remember(found.peer, found.addresses)
      yield found
    }
  }

  announceTopic(topic: Uint8Array): () => void {
    return this.#discoveries.announce(topic)
  }

  discovered(): string[] {
    return this.#hearsay.peers()
  }

  lookAround(): void {
    this.#lan?.discovery.lookAround()
  }

  on<Name extends keyof NetworkEvents>(
    name: Name,
    listener: (event: NetworkEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener)
  }

  async stop(): Promise<void> {
    this.#stopWatching()
    this.#nat?.stop()
    this.#udp?.stop()
    this.#paths.stop()
    this.relay.stop()
    this.#discoveries.stop()
    this.#guard.stop()
    this.#watch?.stop()
    this.#lan?.discovery.stop()
    this.#lan?.sockets.close()
    await this.#gateway?.stop()
    await this.#host.node.stop()
    this.#host.udx?.stop()
    await this.#datagrams?.close()
    await this.egress.close()
  }

  /** Without /p2p/; what is believed most first. */
  #known(peer: string): string[] {
    return [...new Set([...this.#book.known(peer), ...this.#hearsay.known(peer)])]
  }

  #pathOf(address: string): Path {
    return pathOf(address, this.#local.contains)
  }

  #closeBlocked(): void {
    for (const connection of this.#host.node.getConnections()) {
      const ip = ipOf(connection.remoteAddr.toString())
      if (this.#blocklist.blocksIp(ip) || !this.mayMeet(connection.remotePeer.toString()))
        connection.abort(new Error('It is not talked to any more.'))
    }
    this.#events.emit('blocklist-changed', {})
  }

  #egressChanged(): void {
    this.#local.refresh()
    this.addressesChanged()
    this.#events.emit('egress-changed', { state: this.egress.state })
  }

  /** Nothing that was found out before need hold now: everybody starts over, and what is dead is not waited for. */
  #networkChanged(change: NetworkChange): void {
    this.#gateway?.start()
    this.#nat?.startOver()
    this.#udp?.startOver()
    this.#paths.startOver()
    for (const connection of this.#host.node.getConnections())
      muxerOf(connection)?.probe(probeTimeoutMs, ip => this.#local.isOwn(ip))
    this.#host.listenAgain()
    this.addressesChanged()
    this.#lookAroundAgain()
    this.#events.emit('network-changed', { change })
  }

  #lookAroundAgain(): void {
    const lan = this.#lan
    const look = (): void => {
      lan?.discovery.announce()
      lan?.discovery.lookAround()
    }
    lan?.sockets.refresh().then(look, look)
  }

  /** Looks whether there is news of where this peer can be dialled, and tells it. */
  addressesChanged(): void {
    const addresses = this.addresses()
    const joined = addresses.join()
    if (joined === this.#addresses) return
    this.#addresses = joined
    this.#host.node.services.push.push().catch(() => {})
    this.relay.check()
    this.#lookAroundAgain()
    this.#events.emit('addresses-changed', { addresses })
  }

  /** Who was restarted connects again, and of its end over UDP nobody told us: what was open before is tested. */
  #doubtOthers(id: string, peer: PeerId): void {
    for (const connection of this.#host.node.getConnections(peer))
      if (connection.id !== id) muxerOf(connection)?.probe(probeTimeoutMs, ip => this.#local.isOwn(ip))
  }

  #connected(peerId: PeerId): void {
    const [connection] = this.#host.node.getConnections(peerId)
    if (connection === undefined) return
    const peer = peerId.toString()
    const address = connection.remoteAddr.toString()
    // Where an inbound connection comes from is a passing port, not where the peer listens.
    if (connection.direction === 'outbound') this.rememberAddresses(peer, [address])
    this.#events.emit('peer-connected', { peer, address, path: this.#pathOf(address) })
  }

  #disconnected(peerId: PeerId): void {
    // Addresses are kept in our bounded book; libp2p's own grows with every identity that ever connected.
    this.#host.node.peerStore.delete(peerId).catch(() => {})
    this.#nat?.left(peerId.toString())
    this.#peerage.delete(peerId.toString())
    this.#events.emit('peer-disconnected', { peer: peerId.toString() })
  }

  #identified({
    peerId,
    listenAddrs,
    observedAddr,
    agentVersion,
    connection,
    protocols,
  }: IdentifyResult): void {
    if (observedAddr !== undefined) this.reachability.seenBy(peerId.toString(), ipOf(observedAddr.toString()))
    const addresses = listenAddrs.map(address => address.toString())
    if (agentVersion?.startsWith('peerage/')) {
      // Told again while it is connected; who hung up meanwhile is not remembered.
      if (this.#host.node.getConnections(peerId).length > 0) this.#peerage.add(peerId.toString())
      this.#askWhereSeen(connection, addresses)
    }
    this.rememberAddresses(
      peerId.toString(),
      addresses.filter(address => this.#mayTell(connection, address)),
    )
    this.#events.emit('peer-identified', { peer: peerId.toString(), protocols })
  }

  #askWhereSeen({ remoteAddr, remotePeer, direction }: Connection, named: readonly string[]): void {
    const endpoint = askableAt(remoteAddr.toString(), direction, named)
    if (endpoint === undefined || this.#isNear(endpoint.address)) return
    this.#nat?.met(remotePeer.toString(), endpoint)
  }

  #isNear(ip: string): boolean {
    return isLoopbackIp(ip) || isLanIp(ip) || this.#local.contains(ip)
  }

  /** A remote peer must not make us dial our own machine: only one that is on it may name loopback addresses. */
  #mayTell(connection: Connection, address: string): boolean {
    if (!isLoopbackIp(ipOf(address))) return true
    return pathOf(connection.remoteAddr.toString()) === 'loopback'
  }
}

/** The IP address that a multiaddr begins with; of a name it is not known. */
function ipOf(multiaddr: string): string {
  const [, protocol, value = ''] = multiaddr.split('/')
  return protocol === 'ip4' || protocol === 'ip6' ? value : ''
}

function unreachable(address: string, port: number, cause?: unknown): PeerageError {
  return new PeerageError('network.unreachable', `No connection to ${address} port ${port} could be made.`, {
    cause,
  })
}
