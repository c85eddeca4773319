import type { Identity } from '../access/index.ts'
import type { World } from '../base/index.ts'
import type { NetworkConfig } from './config.ts'
import type { Datagrams, Endpoint } from './datagrams.ts'
import type { Egress } from './egress/index.ts'
import { createGateway, type Gateway, type GatewayReport } from './gateway/index.ts'
import type { Host } from './host.ts'
import { NatWatch, observedAddresses } from './nat/index.ts'
import type { OwnAddresses } from './own-addresses.ts'
import { OwnRecord } from './own-record.ts'
import { type Path, pathOf } from './path.ts'
import type { PrivateNetwork } from './private-network/index.ts'
import type { ReachRules } from './reach-rules.ts'
import type { Reachability } from './reachability.ts'
import type { UdpSocket } from './udp-socket.ts'
import { type UdpState, UdpWatch } from './udp-watch.ts'

/** Whoever keeps only a few of our addresses keeps those first by which most can reach us. */
const farthestFirst: readonly Path[] = ['memory', 'direct', 'relayed', 'lan', 'loopback']

/** Datagrams that end with the network. */
export type OwnDatagrams = Datagrams &
  Partial<Pick<UdpSocket, 'spread' | 'aside'>> & { close(): Promise<void> }

export interface OwnPlaceParts {
  readonly host: Host
  readonly config: NetworkConfig
  readonly world: World
  readonly egress: Egress
  readonly reachability: Reachability
  /** What parts of the network know of where this peer can be dialled. */
  readonly own: OwnAddresses
  readonly identity: Identity
  /** The UDP socket, open; undefined when this peer does not listen. */
  readonly datagrams: OwnDatagrams | undefined
  /** The same, where it is a socket of this machine's own. */
  readonly udp: UdpSocket | undefined
  readonly privateNetwork: PrivateNetwork | undefined
}

export interface OwnPlacePorts extends OwnPlaceParts {
  readonly rules: ReachRules
  onAddresses(addresses: readonly string[]): void
  onUdp(state: UdpState): void
}

/** Where this peer can be dialled, and what routers and sockets do about it. */
export class OwnPlace {
  readonly #ports: OwnPlacePorts
  readonly #record: OwnRecord
  readonly #udp: UdpWatch | undefined
  #udpState: UdpState | undefined
  #gateway: Gateway | undefined
  #nat: NatWatch | undefined
  /** As they were told last. */
  #told = ''

  constructor(ports: OwnPlacePorts) {
    this.#ports = ports
    const { identity, world, udp, onUdp } = ports
    this.#record = new OwnRecord(identity, world, () => this.addresses())
    this.#udp =
      udp &&
      new UdpWatch({
        world,
        socket: udp,
        onChange: state => {
          this.#udpState = state
          onUdp(state)
        },
      })
  }

  /** Full multiaddrs, see `Network.addresses`. */
  addresses(): string[] {
    const rank = (address: string): number => farthestFirst.indexOf(pathOf(address))
    return this.#ports.host.node
      .getMultiaddrs()
      .map(address => address.toString())
      .sort((a, b) => rank(a) - rank(b))
  }

  record(to: Path): Uint8Array {
    return this.#record.for(to)
  }

  get port(): number | undefined {
    for (const address of this.#ports.host.node.getMultiaddrs()) {
      // Of an address behind a relay it is the relay's.
      const port = /^\/[^/]+\/[^/]+\/tcp\/(\d+)(?!.*\/p2p-circuit)/.exec(address.toString())?.[1]
      if (port !== undefined) return Number(port)
    }
    // While the interface is down nobody can come in, but will again at that port.
    return this.#ports.datagrams?.port || undefined
  }

  get externalPort(): number | undefined {
    const gateways = this.#ports.own.of('gateway')
    const [mapped] = gateways.flatMap(address => /\/tcp\/(\d+)/.exec(address)?.[1] ?? [])
    return mapped === undefined ? this.port : Number(mapped)
  }

  get gateway(): GatewayReport | undefined {
    return this.#gateway?.report
  }

  get udp(): UdpState | undefined {
    return this.#udpState
  }

  get nat(): NatWatch | undefined {
    return this.#nat
  }

  /** Whether others reach this peer without help. */
  get isReachable(): boolean {
    return this.#ports.reachability.inbound !== undefined || this.#ports.own.of('gateway').length > 0
  }

  /** Begins to learn what routers do with our packets, and to ask them for ports. */
  watchRouters(hosts: readonly string[]): void {
    const { datagrams, own, egress, world, config, privateNetwork, reachability, rules } = this.#ports
    if (datagrams === undefined) return
    this.#nat = new NatWatch({
      world,
      datagrams: privateNetwork?.sealed(datagrams) ?? datagrams,
      observations: reachability.udp,
      keepAliveMs: config.keepAliveMs,
      isReliedOn: () => own.of('observed').length > 0,
      onAnswer: () => own.set('observed', observedAddresses(reachability.nat)),
    })
    const { mayReach } = rules
    this.#gateway = createGateway({ world, config, hosts, datagrams, egress, own, mayReach })
  }

  /** From now on changes are told. */
  watch(): void {
    this.#told = this.addresses().join()
    this.#gateway?.start()
  }

  /** Looks whether there is news, and tells it. */
  look(): void {
    const addresses = this.addresses()
    const joined = addresses.join()
    if (joined === this.#told) return
    this.#told = joined
    this.#ports.onAddresses(addresses)
  }

  /** This machine is on another network: nothing that was found out before need hold. */
  startOver(): void {
    this.#gateway?.start()
    this.#nat?.startOver()
    this.#udp?.startOver()
  }

  /** A peer that can tell where it sees us from is connected. */
  met(peer: string, at: Endpoint): void {
    this.#nat?.met(peer, at)
  }

  left(peer: string): void {
    this.#nat?.left(peer)
  }

  stopWatching(): void {
    this.#nat?.stop()
    this.#udp?.stop()
  }

  async closePorts(): Promise<void> {
    await this.#gateway?.stop()
  }
}
