import {
  type AbortOptions,
  type ComponentLogger,
  type Connection,
  type DialTransportOptions,
  type Listener,
  type PeerId,
  serviceCapabilities,
  type Transport,
  transportSymbol,
} from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { fromBase58, PeerageError, type World } from '../../base/index.ts'
import { circuitStatus, decodeHopMessage, encodeHopMessage } from '../../wire/index.ts'
import { circuitOf } from '../circuit-address.ts'
import type { PeerStream } from '../peer-stream.ts'
import { secured } from '../secured.ts'
import { SharedRuns } from '../shared-runs.ts'
import { CircuitConnection } from './circuit-connection.ts'
import { isDirect, peerStreamOf } from './connections.ts'
import { MessageStream } from './message-stream.ts'
import { hopProtocol } from './protocols.ts'

export interface CircuitTransportOptions {
  readonly world: World
  /** How long a relay may take to connect. */
  readonly answerMs: number
  readonly maxStreams: number
  readonly maxHandshakeBytes: number
}

interface Components {
  readonly logger: ComponentLogger
  readonly connectionManager: { getConnections(peer: PeerId): Connection[] }
  readonly transportManager: {
    dial(address: Multiaddr, options: Required<AbortOptions>): Promise<Connection>
  }
}

const passable = (addresses: Multiaddr[]): Multiaddr[] =>
  addresses.filter(address => circuitOf(address.toString())?.target !== undefined)

/** Dials `…/p2p/RELAY/p2p-circuit/p2p/TARGET`: over an open connection to the relay, else over one that is made for it. */
class CircuitTransport implements Transport {
  readonly [transportSymbol] = true as const
  readonly [Symbol.toStringTag]: string = 'peerage/circuit'
  readonly [serviceCapabilities]: string[] = ['@libp2p/transport']
  readonly listenFilter: (addresses: Multiaddr[]) => Multiaddr[] = () => []
  readonly dialFilter: (addresses: Multiaddr[]) => Multiaddr[] = passable
  readonly #components: Components
  readonly #options: CircuitTransportOptions
  readonly #dials: SharedRuns<Connection>

  constructor(components: Components, options: CircuitTransportOptions) {
    this.#components = components
    this.#options = options
    this.#dials = new SharedRuns(options.world)
  }

  createListener(): Listener {
    throw new TypeError('Whoever is to be reached through a relay asks the relay for that.')
  }

  async dial(address: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    const { relay, relayAddress, target } = circuitOf(address.toString()) ?? {}
    if (relay === undefined || relayAddress === undefined || target === undefined)
      throw new TypeError(`Not an address behind a relay: ${address.toString()}`)
    const { signal } = options
    const stream = await this.#hop(relay, relayAddress, signal)
    const connection = new CircuitConnection({
      world: this.#options.world,
      stream,
      rest: await this.#connect(stream, target, signal),
      remoteAddr: address,
      direction: 'outbound',
      maxHandshakeBytes: this.#options.maxHandshakeBytes,
      log: this.#components.logger.forComponent('peerage:circuit'),
    })
    return await secured(connection, () => options.upgrader.upgradeOutbound(connection, options))
  }

  async #hop(relay: string, address: string, signal: AbortSignal): Promise<PeerStream> {
    const connection =
      this.#open(relay) ?? (await this.#dials.join(relay, signal, own => this.#dial(address, own)))
    const maxOutboundStreams = this.#options.maxStreams
    return peerStreamOf(await connection.newStream(hopProtocol, { signal, maxOutboundStreams }), connection)
  }

  #open(relay: string): Connection | undefined {
    return this.#components.connectionManager.getConnections(peerIdFromString(relay)).find(isDirect)
  }

  async #dial(address: string, signal: AbortSignal): Promise<Connection> {
    if (address.startsWith('/p2p/'))
      throw new PeerageError('network.unreachable', 'Where the relay is, is not known.')
    return await this.#components.transportManager.dial(multiaddr(address), { signal })
  }

  /** Asks the relay to connect; resolves with what has come from the target by then. */
  async #connect(stream: PeerStream, target: string, signal: AbortSignal): Promise<Uint8Array> {
    const messages = new MessageStream(stream)
    try {
      messages.send(encodeHopMessage({ type: 'connect', peer: fromBase58(target) }))
      const answer = decodeHopMessage(
        await messages.next(this.#options.world, this.#options.answerMs, signal),
      )
      if (answer.type !== 'status')
        throw new PeerageError('peer.protocol', 'The relay answered something else.')
      if (answer.status !== circuitStatus.ok)
        throw new PeerageError('network.unreachable', whyNot(answer.status))
      return messages.detach()
    } catch (error) {
      stream.abort(error as Error)
      throw error
    }
  }
}

const reasons: Readonly<Record<number, string>> = {
  [circuitStatus.resourceLimitExceeded]: 'the relay has too much to do',
  [circuitStatus.permissionDenied]: 'the relay does not do that for this peer',
  [circuitStatus.connectionFailed]: 'the peer behind the relay did not answer it',
  [circuitStatus.noReservation]: 'the peer is not behind this relay',
}

function whyNot(status: number): string {
  return reasons[status] ?? `the relay refused (${status})`
}

export function circuit(options: CircuitTransportOptions): (components: Components) => Transport {
  return components => new CircuitTransport(components, options)
}
