import type { Connection, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { AttemptLimit, type Identity } from '../../access/index.ts'
import { fromBase58, PeerageError, TokenBucket, toBase58, type World } from '../../base/index.ts'
import {
  type CircuitLimit,
  circuitStatus,
  decodeHopMessage,
  decodeStopMessage,
  encodeHopMessage,
  encodeStopMessage,
  type HopMessage,
} from '../../wire/index.ts'
import { ipOf, isLoopbackIp } from '../path.ts'
import { addressGroup } from '../transports/index.ts'
import { type Circuit, type CircuitState, Circuits } from './circuits.ts'
import type { RelayConfig } from './config.ts'
import { isDirect, peerStreamOf, type RelayHost } from './connections.ts'
import { MessageStream } from './message-stream.ts'
import { hopProtocol, stopProtocol } from './protocols.ts'
import { type Reservation, Reservations } from './reservations.ts'
import { signVoucher } from './voucher.ts'

/** Peers whose requests are counted at once. */
const watchedPeers = 1_024
const maxToldAddresses = 8

export interface RelayServerPorts {
  readonly host: RelayHost
  readonly world: World
  readonly identity: Identity
  readonly maxStreams: number
  /** As it is now. */
  config(): RelayConfig
  /** Whom to relay for: nobody unless this says so. */
  mayRelay(peer: string): 'friend' | 'stranger' | undefined
  /** Keeps connections to a peer that seem to be of no use, until what it gives is called. */
  keep(peer: string): () => void
  /** Where this peer can be dialled. */
  addresses(): readonly string[]
}

/** Lets others be reached through this peer: the `hop` side of libp2p specs `relay/circuit-v2.md`. */
export class RelayServer {
  readonly reservations: Reservations
  readonly circuits: Circuits
  readonly #ports: RelayServerPorts
  readonly #rate: TokenBucket
  #requests: AttemptLimit
  #requestsPerMinute: number
  #isRunning = false

  constructor(ports: RelayServerPorts) {
    const { world, config } = ports
    this.#ports = ports
    this.#rate = new TokenBucket(config().bytesPerSecond, world.now())
    this.#requestsPerMinute = config().requestsPerMinute
    this.#requests = new AttemptLimit(world, this.#requestsPerMinute, watchedPeers)
    this.reservations = new Reservations(world, config, ports.keep)
    this.circuits = new Circuits(world, config, this.#rate)
    ports.host.node.addEventListener('connection:close', () => this.check())
  }

  /** Starts or stops with the configuration, which may have changed; whoever may not any more is dropped at once. */
  async reconsider(): Promise<void> {
    const { config, world, host, maxStreams } = this.#ports
    const isWanted = config().relayFor !== 'off'
    this.#rate.setLimit(config().bytesPerSecond, world.now())
    if (config().requestsPerMinute !== this.#requestsPerMinute) {
      this.#requestsPerMinute = config().requestsPerMinute
      this.#requests = new AttemptLimit(world, this.#requestsPerMinute, watchedPeers)
    }
    this.check()
    if (isWanted === this.#isRunning) return
    this.#isRunning = isWanted
    if (!isWanted) return await host.node.unhandle(hopProtocol)
    const limits = { maxInboundStreams: maxStreams, maxOutboundStreams: maxStreams }
    await host.node.handle(hopProtocol, (stream, connection) => this.#serve(stream, connection), limits)
  }

  /** Drops reservations of those who are gone or may not have them any more, and their relayed connections. */
  check(): void {
    for (const { peer } of this.reservations.list())
      if (this.#classOf(peer) === undefined || this.#connectionTo(peer) === undefined)
        this.reservations.drop(peer)
    for (const circuit of this.circuits.list())
      if (this.#classOf(circuit.to) === undefined) circuit.end('It is not relayed any more.')
  }

  state(): { reservations: Reservation[]; circuits: CircuitState[]; bytes: number } {
    const circuits = this.circuits.list().map(({ from, to, bytes, since }) => ({ from, to, bytes, since }))
    return { reservations: this.reservations.list(), circuits, bytes: this.circuits.passedOn }
  }

  #classOf(peer: string): 'friend' | 'stranger' | undefined {
    return this.#ports.config().relayFor === 'off' ? undefined : this.#ports.mayRelay(peer)
  }

  #connectionTo(peer: string): Connection | undefined {
    return this.#ports.host.node.getConnections(peerIdFromString(peer)).find(isDirect)
  }

  async #serve(stream: Stream, connection: Connection): Promise<void> {
    const { world, config } = this.#ports
    const messages = new MessageStream(peerStreamOf(stream, connection))
    try {
      const request = decodeHopMessage(await messages.next(world, config().messageTimeoutMs))
      const status = await this.#answer(request, messages, connection)
      if (status !== circuitStatus.ok) this.#refuse(messages, status)
    } catch (error) {
      if (!(error instanceof PeerageError) || !error.code.startsWith('wire.'))
        return void stream.abort(error as Error)
      this.#refuse(messages, circuitStatus.malformedMessage)
    }
  }

  async #answer(request: HopMessage, messages: MessageStream, connection: Connection): Promise<number> {
    const peer = connection.remotePeer.toString()
    if (!this.#requests.allows(peer)) return circuitStatus.resourceLimitExceeded
    this.#requests.failed(peer)
    if (!isDirect(connection)) return circuitStatus.permissionDenied
    if (request.type === 'reserve') return this.#reserve(messages, connection, peer)
    if (request.type === 'connect') return await this.#connect(messages, peer, toBase58(request.peer))
    return circuitStatus.unexpectedMessage
  }

  #reserve(messages: MessageStream, { remoteAddr }: Connection, peer: string): number {
    const { identity, addresses } = this.#ports
    const kind = this.#classOf(peer)
    if (kind === undefined) return circuitStatus.permissionDenied
    const ip = ipOf(remoteAddr.toString())
    const made = this.reservations.make(peer, addressGroup(ip))
    if (made === undefined) return circuitStatus.reservationRefused
    const { expires } = made
    const told = addresses()
      .filter(
        address => !address.includes('/p2p-circuit') && (isLoopbackIp(ip) || !isLoopbackIp(ipOf(address))),
      )
      .slice(0, maxToldAddresses)
      .map(address => multiaddr(address).bytes)
    const voucher = signVoucher(identity, peer, expires)
    const reservation = { expires, addresses: told, voucher }
    const answer = {
      type: 'status',
      status: circuitStatus.ok,
      reservation,
      limit: this.#limitOf(kind),
    } as const
    messages.send(encodeHopMessage(answer))
    messages.close(this.#ports.world)
    return circuitStatus.ok
  }

  async #connect(messages: MessageStream, from: string, to: string): Promise<number> {
    const kind = this.#classOf(to)
    if (kind === undefined || this.reservations.get(to) === undefined) return circuitStatus.noReservation
    if (from === to) return circuitStatus.connectionFailed
    const circuit = this.circuits.take(from, to)
    if (circuit === undefined) return circuitStatus.resourceLimitExceeded
    try {
      return await this.#join(messages, circuit, this.#limitOf(kind))
    } catch {
      circuit.end('It could not be made.')
      return circuitStatus.connectionFailed
    }
  }

  async #join(messages: MessageStream, circuit: Circuit, limit: CircuitLimit): Promise<number> {
    const connection = this.#connectionTo(circuit.to)
    if (connection === undefined) throw new Error('The peer is gone.')
    const stopped = await this.#stop(connection, circuit.from, limit)
    if (messages.hasEnded) {
      stopped.stream.abort(new Error('Whoever asked for it is gone.'))
      throw new Error('Nobody waits any more.')
    }
    messages.send(encodeHopMessage({ type: 'status', status: circuitStatus.ok, limit }))
    const [from, to] = [messages, stopped].map(side => ({ stream: side.stream, rest: side.detach() }))
    circuit.join(from!, to!, limit)
    return circuitStatus.ok
  }

  /** Asks the peer whether it takes the connection. */
  async #stop(connection: Connection, from: string, limit: CircuitLimit): Promise<MessageStream> {
    const { world, config, maxStreams } = this.#ports
    const { messageTimeoutMs } = config()
    const late = new AbortController()
    const timer = world.after(messageTimeoutMs, () => late.abort(new Error('It did not answer.')))
    let stream: Stream | undefined
    try {
      stream = await connection.newStream(stopProtocol, {
        signal: late.signal,
        maxOutboundStreams: maxStreams,
      })
      const messages = new MessageStream(peerStreamOf(stream, connection))
      messages.send(encodeStopMessage({ type: 'connect', peer: fromBase58(from), limit }))
      const answer = decodeStopMessage(await messages.next(world, messageTimeoutMs, late.signal))
      if (answer.type === 'status' && answer.status === circuitStatus.ok) return messages
      throw new Error('It was not taken.')
    } catch (error) {
      stream?.abort(error as Error)
      throw error
    } finally {
      timer.cancel()
    }
  }

  #refuse(messages: MessageStream, status: number): void {
    messages.send(encodeHopMessage({ type: 'status', status }))
    messages.close(this.#ports.world)
  }

  #limitOf(kind: 'friend' | 'stranger'): CircuitLimit {
    const { circuitMinutes, circuitBytes, strangerMinutes, strangerBytes } = this.#ports.config()
    return kind === 'friend'
      ? { seconds: circuitMinutes * 60, bytes: circuitBytes }
      : { seconds: strangerMinutes * 60, bytes: strangerBytes }
  }
}
