import { isIPv6 } from 'node:net'
import {
  type ComponentLogger,
  type Connection,
  type CreateListenerOptions,
  type DialTransportOptions,
  type Listener,
  type ListenerEvents,
  serviceCapabilities,
  type Transport,
  TypedEventEmitter,
  transportSymbol,
  type Upgrader,
} from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Endpoint } from '../../datagrams.ts'
import { ipsBehind } from '../../machine-interfaces.ts'
import { secured } from '../../secured.ts'
import { TcpConnection } from '../tcp-connection.ts'
import type { Meeting } from './greeter.ts'
import { udxEndpointOf, udxMultiaddr } from './multiaddr.ts'
import type { UdxCarrier } from './udx-carrier.ts'
import type { UdxStreams } from './udx-streams.ts'

/** A dial asks again after so long; together longer than a dial may take. */
const dialPaceMs: readonly number[] = [200, 400, 800, 1_600, 3_200, 6_400]

export interface UdxOptions {
  readonly streams: UdxStreams
  /** What the other side may send before it has proven who it is. */
  readonly maxHandshakeBytes: number
}

const supported = (addresses: Multiaddr[]): Multiaddr[] =>
  addresses.filter(address => udxEndpointOf(address) !== undefined)

export interface UdxComponents {
  readonly logger: ComponentLogger
  readonly upgrader: Upgrader
}

/** Where and how to meet a peer that does the same at the same time. */
export interface HalfWay extends Meeting {
  readonly token: Uint8Array
  /** PeerId of who must be there. */
  readonly peer: string
  /** Whether this side asks; the other one must not. It is the client of TLS and of the muxer. */
  readonly asks: boolean
}

/** UDX as a libp2p transport, on the one UDP socket of this peer. */
export interface Udx extends Transport {
  /**
   * Meets a peer half way, through the routers of both: each sends to the endpoints of the other at about the same time. Done when the connection
   * stands, with its address. Rejects with `network.unreachable`, with what the other side does not prove, or with `signal.reason`.
   */
  meet(half: HalfWay): Promise<string>
  /** Resets what is open; what has been ended may still arrive. */
  stop(): void
}

class UdxTransport implements Udx {
  readonly [transportSymbol] = true as const
  readonly [Symbol.toStringTag]: string = 'peerage/udx'
  readonly [serviceCapabilities]: string[] = ['@libp2p/transport']
  readonly listenFilter: (addresses: Multiaddr[]) => Multiaddr[] = supported
  readonly dialFilter: (addresses: Multiaddr[]) => Multiaddr[] = supported
  readonly #components: UdxComponents
  readonly #options: UdxOptions

  constructor(components: UdxComponents, options: UdxOptions) {
    this.#components = components
    this.#options = options
  }

  async dial(address: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    const endpoint = udxEndpointOf(address)
    if (endpoint === undefined) throw new TypeError(`Not a UDX address: ${address.toString()}`)
    const meeting = { endpoints: [endpoint], paceMs: dialPaceMs, signal: options.signal }
    const { carrier } = await this.#options.streams.ask(meeting)
    return await this.#outbound(carrier, address, options)
  }

  async meet(half: HalfWay): Promise<string> {
    const { streams } = this.#options
    if (half.asks) {
      const { carrier, endpoint } = await streams.ask(half)
      const address = udxMultiaddr(endpoint, half.peer)
      const { upgrader } = this.#components
      const connection = await this.#outbound(carrier, address, { upgrader, signal: half.signal })
      return connection.remoteAddr.toString()
    }
    const { carrier, endpoint, known } = await streams.expect(half)
    const address = udxMultiaddr(endpoint, half.peer)
    try {
      await this.#inbound(carrier, address, this.#components.upgrader, half.signal)
    } finally {
      known()
    }
    return address.toString()
  }

  stop(): void {
    this.#options.streams.stop()
  }

  createListener(options: CreateListenerOptions): Listener {
    return new UdxListener(this.#options.streams, (carrier, from, signal) =>
      this.#inbound(carrier, udxMultiaddr(from), options.upgrader, signal).catch(() => {}),
    )
  }

  async #outbound(
    carrier: UdxCarrier,
    address: Multiaddr,
    options: DialTransportOptions,
  ): Promise<Connection> {
    const connection = this.#connectionOf(carrier, address, 'outbound')
    return await secured(connection, () => options.upgrader.upgradeOutbound(connection, options))
  }

  async #inbound(
    carrier: UdxCarrier,
    address: Multiaddr,
    upgrader: Upgrader,
    signal: AbortSignal,
  ): Promise<void> {
    const connection = this.#connectionOf(carrier, address, 'inbound')
    await secured(connection, () => upgrader.upgradeInbound(connection, { signal }))
  }

  #connectionOf(socket: UdxCarrier, remoteAddr: Multiaddr, direction: 'inbound' | 'outbound'): TcpConnection {
    const log = this.#components.logger.forComponent('peerage:udx')
    const { maxHandshakeBytes } = this.#options
    return new TcpConnection({ socket, remoteAddr, direction, log, maxHandshakeBytes })
  }
}

type Receive = (carrier: UdxCarrier, from: Endpoint, signal: AbortSignal) => Promise<void>

class UdxListener extends TypedEventEmitter<ListenerEvents> implements Listener {
  readonly #streams: UdxStreams
  readonly #receive: Receive
  readonly #stopping: AbortController = new AbortController()
  #address: Multiaddr | undefined
  #unlisten: (() => void) | undefined

  constructor(streams: UdxStreams, receive: Receive) {
    super()
    this.#streams = streams
    this.#receive = receive
  }

  /** The socket listens already; from now on it takes who comes. */
  async listen(address: Multiaddr): Promise<void> {
    const { address: host } = udxEndpointOf(address)!
    this.#address = address
    this.#unlisten = this.#streams.listen(isIPv6(host) ? 6 : 4, (carrier, from) =>
      this.#receive(carrier, from, this.#stopping.signal),
    )
    this.safeDispatchEvent('listening')
  }

  getAddrs(): Multiaddr[] {
    if (this.#address === undefined) return []
    const { address: host, port } = udxEndpointOf(this.#address)!
    return ipsBehind(host).map(address => udxMultiaddr({ address, port }))
  }

  updateAnnounceAddrs(): void {}

  async close(): Promise<void> {
    this.#unlisten?.()
    this.#stopping.abort(new Error('The listener closed.'))
    this.safeDispatchEvent('close')
  }
}

export function udx(components: UdxComponents, options: UdxOptions): Udx {
  return new UdxTransport(components, options)
}
