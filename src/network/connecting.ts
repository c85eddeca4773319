import { parseAddress } from './address-book.ts'
import type { NetworkConfig } from './config.ts'
import { Dialler } from './dialler.ts'
import type { AddressNames } from './dns/index.ts'
import { guarded } from './guarded.ts'
import type { Host } from './host.ts'
import type { KnownPeers } from './known-peers.ts'
import { ConnectionGuard } from './limits/index.ts'
import type { StreamHandler } from './network.ts'
import type { OwnPlace, OwnPlaceParts } from './own-place.ts'
import { ipOf } from './path.ts'
import type { PeerStream } from './peer-stream.ts'
import { type BetterPath, DirectPaths, dcutrProtocol } from './punch/index.ts'
import type { ReachRules } from './reach-rules.ts'
import { Relay, type RelayConfig } from './relay/index.ts'
import type { HalfWay } from './transports/index.ts'

export interface ConnectingParts extends OwnPlaceParts {
  readonly names: AddressNames
  readonly relay: RelayConfig
  isKnown?(peer: string): boolean
}

interface Around {
  readonly rules: ReachRules
  readonly known: KnownPeers
  readonly place: OwnPlace
  onBetterPath(better: BetterPath): void
}

/** How connections come about: dialled, through relays, through routers; and which are kept. */
export class Connecting {
  readonly guard: ConnectionGuard
  readonly dialler: Dialler
  readonly relay: Relay
  readonly paths: DirectPaths
  readonly #host: Host
  readonly #config: NetworkConfig
  readonly #handled: Set<string> = new Set()

  constructor(parts: ConnectingParts, around: Around) {
    const { host, config } = parts
    this.#host = host
    this.#config = config
    this.guard = guardOf(parts)
    this.dialler = diallerOf(parts, around, this.guard)
    this.relay = relayOf(parts, around, this)
    this.paths = pathsOf(parts, around, this.dialler)
    host.node.addEventListener('connection:open', event => this.guard.opened(event.detail.id))
    this.handle(dcutrProtocol, stream => this.paths.answer(stream))
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
      .handle(protocol, (stream, connection) => serve(this.dialler.wrap(stream, connection)), limits)
      .catch(() => this.#handled.delete(protocol))
  }

  unhandle(protocol: string): void {
    this.#handled.delete(protocol)
    this.#host.node.unhandle(protocol).catch(() => {})
  }

  stop(): void {
    this.paths.stop()
    this.relay.stop()
    this.guard.stop()
  }
}

function guardOf({ host, world, config, isKnown }: ConnectingParts): ConnectionGuard {
  return new ConnectionGuard({
    world,
    config,
    connections: () => host.node.getConnections().map(guarded),
    isKnown: peer => isKnown?.(peer) ?? false,
  })
}

function diallerOf(
  { host, config, world, names }: ConnectingParts,
  { rules, known }: Around,
  guard: ConnectionGuard,
): Dialler {
  return new Dialler({
    host,
    config,
    world,
    names,
    known: peer => known.addressesOf(peer),
    get finders() {
      return known.discoveries.finders
    },
    find: (peer, signal) => known.find(peer, signal),
    pathOf: rules.pathOf,
    mayDial: address => rules.mayReach(ipOf(address)),
    mayMeet: rules.mayMeet,
    makeRoom: peer => guard.makeRoom(peer),
  })
}

function relayOf(
  { host, world, own, identity, config, relay }: ConnectingParts,
  { rules, known, place }: Around,
  { guard, dialler }: Pick<Connecting, 'guard' | 'dialler'>,
): Relay {
  return new Relay({
    host,
    world,
    own,
    identity,
    config: relay,
    maxStreams: config.maxStreamsPerConnection,
    maxHandshakeBytes: config.maxHandshakeBytes,
    lanOnly: config.lanOnly,
    addresses: () => place.addresses(),
    mayMeet: rules.mayMeet,
    connect: (address, signal) => dialler.connect(address, signal),
    keep: peer => guard.protect(peer),
    isReachable: () => place.isReachable,
    findTopic: (topic, signal) => known.findTopic(topic, signal),
    announceTopic: topic => known.discoveries.announce(topic),
  })
}

function pathsOf(
  { host, world, config, datagrams, reachability }: ConnectingParts,
  { rules, place, onBetterPath }: Around,
  dialler: Dialler,
): DirectPaths {
  return new DirectPaths({
    node: host.node,
    world,
    isEnabled: config.punch,
    keepAliveMs: config.keepAliveMs,
    nat: () => place.nat,
    socket: () => datagrams,
    reports: () => reachability.nat,
    addresses: () => place.addresses().map(address => parseAddress(address)?.address ?? ''),
    pathOf: rules.pathOf,
    mayDial: address => rules.mayReach(ipOf(address)),
    dial: (address, signal) => host.dial(address, signal),
    stream: (connection, signal) => dialler.stream(connection, dcutrProtocol, signal),
    get meet() {
      return host.udx && ((half: HalfWay) => host.udx!.meet(half))
    },
    onBetterPath,
  })
}
