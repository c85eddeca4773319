import type { Connection, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import type { Identity } from '../../access/index.ts'
import { PeerageError, sha256, toBase58, utf8, type World } from '../../base/index.ts'
import { circuitStatus, decodeStopMessage, encodeStopMessage } from '../../wire/index.ts'
import type { Found } from '../discovery/index.ts'
import type { OwnAddresses } from '../own-addresses.ts'
import { secured } from '../secured.ts'
import { CircuitConnection } from './circuit-connection.ts'
import type { CircuitState } from './circuits.ts'
import type { RelayConfig } from './config.ts'
import { isDirect, peerStreamOf, type RelayHost } from './connections.ts'
import { MessageStream } from './message-stream.ts'
import { hopProtocol, stopProtocol } from './protocols.ts'
import { RelayClient, type UsedRelay } from './relay-client.ts'
import { RelayServer } from './relay-server.ts'
import type { Reservation } from './reservations.ts'

/** Whom this peer may relay for, and which relays it prefers; both say no unless told. */
export interface RelayPolicy {
  /** `friend`: with the limits for contacts and fellows; `stranger`: with those for others; undefined: not at all. */
  mayRelay(peer: string): 'friend' | 'stranger' | undefined
  /** Whether a peer is one that the user knows: such relays are used first. */
  isKnown(peer: string): boolean
}

/** What a peer does with relays now. */
export interface RelayState {
  readonly relayFor: RelayConfig['relayFor']
  /** Through whom this peer can be reached. */
  readonly used: readonly UsedRelay[]
  /** Whether it should be reachable through others. */
  readonly isWanted: boolean
  /** Who can be reached through this peer. */
  readonly reservations: readonly Reservation[]
  readonly circuits: readonly CircuitState[]
  /** Passed on for others in this run. */
  readonly bytes: number
}

export interface RelayPorts {
  readonly host: RelayHost
  readonly world: World
  readonly identity: Identity
  readonly own: OwnAddresses
  readonly config: RelayConfig
  readonly maxStreams: number
  readonly maxHandshakeBytes: number
  readonly lanOnly: boolean
  addresses(): readonly string[]
  mayMeet(peer: string): boolean
  /** Connects to whoever is at that address. */
  connect(address: string, signal: AbortSignal): Promise<Connection>
  /** Keeps connections to a peer that seem to be of no use, until what it gives is called. */
  keep(peer: string): () => void
  /** Whether others reach this peer without help. */
  isReachable(): boolean
  findTopic(topic: Uint8Array, signal: AbortSignal): AsyncIterable<Found>
  announceTopic(topic: Uint8Array): () => void
}

/** Under it those are found that relay for everyone. */
export const relayTopic: Uint8Array = sha256(utf8('/peerage/relay/1'))

const searchMs = 20_000
/** How long until the next search, when somebody was found and when nobody was. */
const searchAgainMs = 300_000
const nobodyFoundMs = 30_000
/** Relays that are dialled for one search. */
const maxFound = 4
const maxOffering = 512

/** What a peer does about relays; see `Network.relay`. */
export interface RelayControl {
  readonly state: RelayState
  /** Whom to relay for from now on. */
  setPolicy(policy: RelayPolicy): void
  /** Takes a changed configuration over at once. */
  configure(config: RelayConfig): Promise<void>
  /** Something has changed that decides about relays: who may what, or whether this peer is reachable. */
  check(): void
}

/** Everything about relays: being one, being reached through some. Dialling through them is the transport's. */
export class Relay implements RelayControl {
  readonly #ports: RelayPorts
  readonly #client: RelayClient
  readonly #server: RelayServer
  readonly #offering = new Set<string>()
  readonly #stopped = new AbortController()
  #config: RelayConfig
  #policy: RelayPolicy = { mayRelay: () => undefined, isKnown: () => false }
  #nextSearchAt = Number.NEGATIVE_INFINITY
  #unannounce: (() => void) | undefined

  constructor(ports: RelayPorts) {
    const { host, world, identity, own, maxStreams } = ports
    this.#ports = ports
    this.#config = ports.config
    const config = (): RelayConfig => this.#config
    this.#server = new RelayServer({
      host,
      world,
      identity,
      maxStreams,
      config,
      keep: ports.keep,
      addresses: ports.addresses,
      mayRelay: peer => this.#policy.mayRelay(peer),
    })
    this.#client = new RelayClient({
      host,
      world,
      own,
      maxStreams,
      config,
      keep: ports.keep,
      connect: ports.connect,
      isWanted: () => this.#isWanted,
      offering: () => this.#relaysAtHand(),
      search: () => void this.#search(),
    })
    host.node.addEventListener('peer:identify', ({ detail: { peerId, protocols } }) =>
      this.#identified(peerId.toString(), protocols.includes(hopProtocol)),
    )
    host.node.addEventListener('peer:disconnect', ({ detail }) => this.#offering.delete(detail.toString()))
  }

  async start(): Promise<void> {
    const { host, maxStreams } = this.#ports
    const limits = { maxInboundStreams: maxStreams, maxOutboundStreams: maxStreams }
    await host.node.handle(stopProtocol, (stream, connection) => this.#take(stream, connection), limits)
    await this.#apply()
  }

  stop(): void {
    this.#stopped.abort(new Error('The network stops.'))
    this.#client.stop()
    this.#unannounce?.()
  }

  get state(): RelayState {
    return {
      relayFor: this.#config.relayFor,
      used: this.#client.list(),
      isWanted: this.#isWanted,
      ...this.#server.state(),
    }
  }

  setPolicy(policy: RelayPolicy): void {
    this.#policy = policy
    this.check()
  }

  async configure(config: RelayConfig): Promise<void> {
    const { relays, maxUsed } = this.#config
    this.#config = config
    if (relays.join() !== config.relays.join() || maxUsed !== config.maxUsed) this.#client.reset()
    await this.#apply()
  }

  check(): void {
    this.#server.check()
    this.#client.check()
  }

  async #apply(): Promise<void> {
    await this.#server.reconsider()
    this.#client.check()
    const isOpen = this.#config.relayFor === 'everyone'
    if (isOpen) this.#announce()
    else {
      this.#unannounce?.()
      this.#unannounce = undefined
    }
  }

  #announce(): void {
    try {
      this.#unannounce ??= this.#ports.announceTopic(relayTopic)
    } catch (error) {
      // It relays for those who know it otherwise.
      if (!(error instanceof PeerageError && error.code === 'network.limit')) throw error
    }
  }

  get #isWanted(): boolean {
    const { use } = this.#config
    if (this.#ports.lanOnly || use === 'never') return false
    return use === 'always' || !this.#ports.isReachable()
  }

  #identified(peer: string, offers: boolean): void {
    if (!offers) return void this.#offering.delete(peer)
    if (this.#offering.size < maxOffering) this.#offering.add(peer)
    this.#client.check()
  }

  #relaysAtHand(): string[] {
    const rank = (peer: string): number => (this.#policy.isKnown(peer) ? 0 : 1)
    return [...this.#offering].sort((a, b) => rank(a) - rank(b))
  }

  /** Connects to relays that say of themselves that they are; what they offer shows when they have said who they are. */
  async #search(): Promise<void> {
    const { world, connect, findTopic } = this.#ports
    if (world.now() < this.#nextSearchAt) return
    this.#nextSearchAt = Number.POSITIVE_INFINITY
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, this.#stopped.signal])
    const timer = world.after(searchMs, () => over.abort(new Error('That is long enough.')))
    const tried = new Set<string>()
    try {
      for await (const { peer, addresses } of findTopic(relayTopic, signal)) {
        if (tried.has(peer) || !this.#ports.mayMeet(peer)) continue
        tried.add(peer)
        const [address] = addresses.filter(one => !one.includes('/p2p-circuit'))
        if (address === undefined) continue
        const full = address.includes('/p2p/') ? address : `${address}/p2p/${peer}`
        await connect(full, signal).catch(() => undefined)
        if (tried.size >= maxFound) return
      }
    } catch {
      // It is over; the next search comes.
    } finally {
      timer.cancel()
      over.abort(new Error('That is enough.'))
      this.#nextSearchAt = world.now() + (tried.size > 0 ? searchAgainMs : nobodyFoundMs)
    }
  }

  /** The `stop` side: takes a connection that comes through a relay in use. */
  async #take(stream: Stream, connection: Connection): Promise<void> {
    const { world, mayMeet } = this.#ports
    const messages = new MessageStream(peerStreamOf(stream, connection))
    const relay = connection.remotePeer.toString()
    try {
      const request = decodeStopMessage(await messages.next(world, this.#config.messageTimeoutMs))
      if (request.type !== 'connect') throw new PeerageError('peer.protocol', 'It is no request.')
      const from = toBase58(request.peer)
      const isTaken = this.#client.uses(relay) && isDirect(connection) && mayMeet(from)
      const status = isTaken ? circuitStatus.ok : circuitStatus.connectionFailed
      messages.send(encodeStopMessage({ type: 'status', status }))
      if (!isTaken) return messages.close(world)
      await this.#upgrade(messages, connection, from)
    } catch (error) {
      stream.abort(error as Error)
    }
  }

  /** Who it is has to be proven to us; the relay only says so. */
  async #upgrade(messages: MessageStream, { remoteAddr, log }: Connection, from: string): Promise<void> {
    const { world, host } = this.#ports
    const circuit = new CircuitConnection({
      world,
      stream: messages.stream,
      rest: messages.detach(),
      remoteAddr: multiaddr(`${remoteAddr.toString()}/p2p-circuit/p2p/${from}`),
      direction: 'inbound',
      maxHandshakeBytes: this.#ports.maxHandshakeBytes,
      log,
    })
    const { signal } = this.#stopped
    await secured(circuit, () => host.upgrader.upgradeInbound(circuit, { signal })).catch(() => {})
  }
}
