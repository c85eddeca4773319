import type { Socket } from 'node:net'
import type { Blocklist } from './blocklist.ts'
import { ConnectedPeers } from './connected-peers.ts'
import { Connecting, type ConnectingParts } from './connecting.ts'
import type { Datagrams, Endpoint } from './datagrams.ts'
import type { DialOutcome } from './dial-log.ts'
import type { Discovery, DiscoverySource, FoundAddresses } from './discovery/index.ts'
import type { DnsTexts, Egress } from './egress/index.ts'
import { Events } from './events.ts'
import type { GatewayReport } from './gateway/index.ts'
import { KnownPeers } from './known-peers.ts'
import { LanPresence } from './lan-presence.ts'
import type { LocalNetworks } from './local-networks.ts'
import type { ConnectionInfo, Network, NetworkEvents, OpenOptions, StreamHandler } from './network.ts'
import { type NetworkStats, statsOf } from './network-stats.ts'
import { type NetworkChange, NetworkWatch } from './network-watch.ts'
import { OwnPlace } from './own-place.ts'
import type { Path } from './path.ts'
import type { PeerStream } from './peer-stream.ts'
import type { PrivateNetworkState } from './private-network/index.ts'
import type { PunchReport } from './punch/index.ts'
import { dialRaw } from './raw-dial.ts'
import type { RawProtocol } from './raw-protocol.ts'
import type { RawProtocols } from './raw-protocols.ts'
import type { ReachRules } from './reach-rules.ts'
import type { Reachability } from './reachability.ts'
import type { Relay } from './relay/index.ts'
import type { UdpState } from './udp-watch.ts'

export interface Libp2pNetworkParts extends ConnectingParts {
  readonly local: LocalNetworks
  readonly raw: RawProtocols
  readonly rules: ReachRules
  readonly blocklist: Blocklist
  /** Texts under a DNS name. */
  texts(host: string): Promise<DnsTexts>
}

/** The network on one libp2p node: puts its parts together, and tells each of them what the others find out. */
export class Libp2pNetwork implements Network {
  readonly peerId: string
  readonly egress: Egress
  readonly reachability: Reachability
  readonly relay: Relay
  readonly mayReach: (ip: string) => boolean
  readonly mayMeet: (peer: string) => boolean
  readonly #parts: Libp2pNetworkParts
  readonly #events: Events<NetworkEvents> = new Events()
  readonly #known: KnownPeers
  readonly #place: OwnPlace
  readonly #connecting: Connecting
  readonly #peers: ConnectedPeers
  readonly #stopWatching: () => void
  #watch: NetworkWatch | undefined
  #lan: LanPresence | undefined

  constructor(parts: Libp2pNetworkParts) {
    this.#parts = parts
    const { host, config, egress, blocklist, rules, reachability, local } = parts
    const events = this.#events
    this.peerId = host.node.peerId.toString()
    this.egress = egress
    this.reachability = reachability
    this.mayReach = rules.mayReach
    this.mayMeet = rules.mayMeet
    const known = new KnownPeers(this.peerId, config)
    this.#known = known
    const place = new OwnPlace({
      ...parts,
      onAddresses: addresses => this.#moved(addresses),
      onUdp: state => events.emit('udp-changed', { state }),
    })
    this.#place = place
    this.#connecting = new Connecting(parts, {
      rules,
      known,
      place,
      onBetterPath: better => events.emit('path-changed', better),
    })
    this.relay = this.#connecting.relay
    const isOwn = (ip: string): boolean => local.isOwn(ip)
    this.#peers = new ConnectedPeers({ host, events, rules, known, place, reachability, isOwn })
    host.node.addEventListener('connection:close', () => this.#watch?.suspect())
    this.#stopWatching = blocklist.onChange(() => this.#blocklistChanged())
  }

  /** Begins to watch this machine's interfaces and, if wanted, for peers on its networks. */
  async watch(discover: boolean): Promise<void> {
    const { world, local } = this.#parts
    this.#watch = new NetworkWatch({
      world,
      refresh: () => local.refresh(),
      onChange: change => this.#networkChanged(change),
    })
    this.#place.watch()
    this.egress.onChange(() => this.#egressChanged())
    this.egress.watch()
    if (discover) await this.#beOnLan()
  }

  async #beOnLan(): Promise<void> {
    const lan = new LanPresence({
      ...this.#parts,
      self: this.peerId,
      addresses: () => this.addresses(),
      onPeer: heard => {
        this.#known.hear(heard.peer, heard.addresses)
        this.#events.emit('peer-discovered', heard)
      },
    })
    this.#lan = lan
    this.addDiscovery(lan.finder(listener => this.on('peer-discovered', listener)))
    await lan.start()
  }

  /** Begins to learn what routers do with our packets, and to ask them for ports. */
  watchRouters(hosts: readonly string[]): void {
    this.#place.watchRouters(hosts)
  }

  addresses(): string[] {
    return this.#place.addresses()
  }

  peerRecord(to: Path): Uint8Array {
    return this.#place.record(to)
  }

  handle(protocol: string, handler: StreamHandler): void {
    this.#connecting.handle(protocol, handler)
  }

  unhandle(protocol: string): void {
    this.#connecting.unhandle(protocol)
  }

  async open(
    target: string | readonly string[],
    protocol: string,
    options: OpenOptions = {},
  ): Promise<PeerStream> {
    this.egress.check()
    return await this.#connecting.dialler.open(target, protocol, options)
  }

  get port(): number | undefined {
    return this.#place.port
  }

  get externalPort(): number | undefined {
    return this.#place.externalPort
  }

  get privateNetwork(): PrivateNetworkState | undefined {
    return this.#parts.privateNetwork?.state
  }

  get gateway(): GatewayReport | undefined {
    return this.#place.gateway
  }

  get udp(): UdpState | undefined {
    return this.#place.udp
  }

  get datagrams(): Datagrams | undefined {
    return this.#parts.datagrams
  }

  claim(protocol: RawProtocol): () => void {
    return this.#parts.raw.claim(protocol)
  }

  async dialTcp(endpoint: Endpoint, signal: AbortSignal): Promise<Socket> {
    return await dialRaw(endpoint, this.#parts, signal)
  }

  async texts(host: string): Promise<DnsTexts> {
    return await this.#parts.texts(host)
  }

  async lookUp(addresses: readonly string[], signal: AbortSignal): Promise<string[]> {
    return await this.#parts.names.lookUpAll(addresses, signal)
  }

  isLocal(ip: string): boolean {
    return this.#parts.local.contains(ip)
  }

  connections(): ConnectionInfo[] {
    return this.#peers.list()
  }

  stats(): NetworkStats {
    const { host, config } = this.#parts
    return statsOf({ host, config, guard: this.#connecting.guard })
  }

  protect(peer: string): () => void {
    return this.#connecting.guard.protect(peer)
  }

  punched(peer: string): PunchReport | undefined {
    return this.#connecting.paths.report(peer)
  }

  rememberAddresses(peer: string, addresses: readonly string[]): void {
    this.#known.remember(peer, addresses)
  }

  knownAddresses(peer: string): string[] {
    return this.#known.addressesOf(peer).map(address => `${address}/p2p/${peer}`)
  }

  dials(peer: string): DialOutcome[] {
    return this.#connecting.dialler.log.of(peer)
  }

  get finders(): readonly DiscoverySource[] {
    return this.#known.discoveries.finders
  }

  addDiscovery(discovery: Discovery): () => void {
    return this.#known.discoveries.add(discovery)
  }

  findPeer(peer: string, signal: AbortSignal): AsyncGenerator<FoundAddresses> {
    return this.#known.find(peer, signal)
  }

  findTopic(topic: Uint8Array, signal: AbortSignal): ReturnType<Network['findTopic']> {
    return this.#known.findTopic(topic, signal)
  }

  announceTopic(topic: Uint8Array): () => void {
    return this.#known.discoveries.announce(topic)
  }

  discovered(): string[] {
    return this.#known.heard()
  }

  lookAround(): void {
    this.#lan?.lookAround()
  }

  on<Name extends keyof NetworkEvents>(
    name: Name,
    listener: (event: NetworkEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener)
  }

  async stop(): Promise<void> {
    const { host, datagrams } = this.#parts
    this.#stopWatching()
    this.#place.stopWatching()
    this.#connecting.stop()
    this.#known.discoveries.stop()
    this.#watch?.stop()
    this.#lan?.stop()
    await this.#place.closePorts()
    await host.node.stop()
    host.udx?.stop()
    await datagrams?.close()
    await this.egress.close()
  }

  /** Looks whether there is news of where this peer can be dialled, and tells it. */
  addressesChanged(): void {
    this.#place.look()
  }

  #moved(addresses: readonly string[]): void {
    this.#parts.host.node.services.push.push().catch(() => {})
    this.relay.check()
    this.#lan?.again()
    this.#events.emit('addresses-changed', { addresses })
  }

  #blocklistChanged(): void {
    const { blocklist } = this.#parts
    this.#peers.closeBlocked((ip, peer) => blocklist.blocksIp(ip) || blocklist.blocksPeer(peer))
    this.#events.emit('blocklist-changed', {})
  }

  #egressChanged(): void {
    this.#parts.local.refresh()
    this.addressesChanged()
    this.#events.emit('egress-changed', { state: this.egress.state })
  }

  /** Nothing that was found out before need hold now: everybody starts over, and what is dead is not waited for. */
  #networkChanged(change: NetworkChange): void {
    this.#place.startOver()
    this.#connecting.paths.startOver()
    this.#peers.probe()
    this.#parts.host.listenAgain()
    this.addressesChanged()
    this.#lan?.again()
    this.#events.emit('network-changed', { change })
  }
}
