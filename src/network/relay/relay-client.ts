import type { Connection } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { PeerageError, type Timer, type World } from '../../base/index.ts'
import {
  type CircuitLimit,
  type CircuitReservation,
  circuitStatus,
  decodeHopMessage,
  encodeHopMessage,
} from '../../wire/index.ts'
import { parseAddress } from '../address-book.ts'
import type { OwnAddresses } from '../own-addresses.ts'
import { ipOf, isLanIp, isLoopbackIp, pathOf } from '../path.ts'
import { BackOff } from './back-off.ts'
import type { RelayConfig } from './config.ts'
import { isDirect, peerStreamOf, type RelayHost } from './connections.ts'
import { MessageStream } from './message-stream.ts'
import { hopProtocol } from './protocols.ts'
import { checkVoucher } from './voucher.ts'

/** A relay through which this peer can be reached. */
export interface UsedRelay {
  /** PeerId. */
  readonly relay: string
  /** Multiaddrs of this peer behind it, without its own /p2p/. */
  readonly addresses: readonly string[]
  /** World.wallTime() when the reservation ends unless it is renewed. */
  readonly until: number
  readonly limit: CircuitLimit
}

interface Held extends UsedRelay {
  readonly connection: Connection
  /** World.now() from which it is renewed. */
  readonly renewAt: number
  letGo(): void
}

export interface RelayClientPorts {
  readonly host: RelayHost
  readonly world: World
  readonly own: OwnAddresses
  readonly maxStreams: number
  config(): RelayConfig
  /** Keeps connections to a peer that seem to be of no use, until what it gives is called. */
  keep(peer: string): () => void
  /** Whether this peer should be reachable through others now. */
  isWanted(): boolean
  /** PeerIds of connected peers that offer to relay, those that are to be asked first first. */
  offering(): readonly string[]
  /** Connects to whoever is at that address. */
  connect(address: string, signal: AbortSignal): Promise<Connection>
  /** Looks further for relays; they become connected. */
  search(): void
}

/** How often it looks whether something has to be done, beside when something happens. */
const checkMs = 15_000
/** A relay that promises longer is asked again after this all the same, one that promises less is not used. */
const longestMs = 12 * 3_600_000
const shortestMs = 60_000
const maxAddressesPerRelay = 2

/** Keeps this peer reachable through others: the side of libp2p specs `relay/circuit-v2.md` that reserves. */
export class RelayClient {
  readonly #ports: RelayClientPorts
  readonly #held = new Map<string, Held>()
  readonly #backOff: BackOff
  readonly #timer: Timer
  readonly #stopped = new AbortController()
  #running: Promise<void> | undefined
  #isDue = false

  constructor(ports: RelayClientPorts) {
    this.#ports = ports
    this.#backOff = new BackOff(ports.world)
    this.#timer = ports.world.every(checkMs, () => this.check())
    ports.host.node.addEventListener('connection:close', () => this.#dropClosed())
  }

  list(): UsedRelay[] {
    return [...this.#held.values()].map(({ relay, addresses, until, limit }) => ({
      relay,
      addresses,
      until,
      limit,
    }))
  }

  /** Whether somebody may connect us with others: nobody does that unasked. */
  uses(relay: string): boolean {
    return this.#held.has(relay)
  }

  stop(): void {
    this.#timer.cancel()
    this.#stopped.abort(new Error('The network stops.'))
    this.#held.clear()
  }

  /** Begins anew: which relays to use first has changed. */
  reset(): void {
    this.#dropAll()
    this.check()
  }

  /** Looks whether something has to be done: one thing at a time, however often this is called. */
  check(): void {
    this.#isDue = true
    if (this.#stopped.signal.aborted) return
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined
    })
  }

  async #work(): Promise<void> {
    while (this.#isDue && !this.#stopped.signal.aborted) {
      this.#isDue = false
      this.#dropClosed()
      if (!this.#ports.isWanted()) this.#dropAll()
      else await this.#keepEnough()
    }
  }

  async #keepEnough(): Promise<void> {
    const { world, config, offering, search } = this.#ports
    for (const { relay, connection, renewAt } of [...this.#held.values()])
      if (renewAt <= world.now()) await this.#try(relay, async () => connection)
    for (const address of config().relays) {
      const peer = parseAddress(address)?.peer
      if (peer !== undefined && this.#held.has(peer)) continue
      if (this.#isEnough) return
      await this.#try(address, signal => this.#connect(address, peer, signal))
    }
    for (const peer of offering()) {
      if (this.#isEnough) return
      if (!this.#held.has(peer)) await this.#try(peer, async () => this.#open(peer))
    }
    if (!this.#isEnough) search()
  }

  get #isEnough(): boolean {
    return this.#held.size >= this.#ports.config().maxUsed || this.#stopped.signal.aborted
  }

  #open(peer: string): Connection | undefined {
    return this.#ports.host.node.getConnections(peerIdFromString(peer)).find(isDirect)
  }

  async #connect(address: string, peer: string | undefined, signal: AbortSignal): Promise<Connection> {
    const open = peer === undefined ? undefined : this.#open(peer)
    return open ?? (await this.#ports.connect(address, signal))
  }

  /** `name`: the relay, as it is left alone for a while when it refuses or cannot be reached. */
  async #try(name: string, connect: (signal: AbortSignal) => Promise<Connection | undefined>): Promise<void> {
    if (this.#backOff.waitMs(name) > 0) return
    const { world, config } = this.#ports
    const late = new AbortController()
    const timer = world.after(config().messageTimeoutMs, () => late.abort(new Error('It took too long.')))
    try {
      const signal = AbortSignal.any([this.#stopped.signal, late.signal])
      const connection = await connect(signal)
      if (connection === undefined || !isDirect(connection)) throw new Error('It is not connected.')
      this.#hold(connection, await this.#reserve(connection, signal))
      this.#backOff.succeeded(name)
    } catch {
      // Whatever it is: it is left alone, and others are asked.
      this.#backOff.failed(name)
    } finally {
      timer.cancel()
    }
  }

  async #reserve(
    connection: Connection,
    signal: AbortSignal,
  ): Promise<CircuitReservation & { limit: CircuitLimit }> {
    const { host, world, config, maxStreams } = this.#ports
    const stream = await connection.newStream(hopProtocol, { signal, maxOutboundStreams: maxStreams })
    try {
      const messages = new MessageStream(peerStreamOf(stream, connection))
      messages.send(encodeHopMessage({ type: 'reserve' }))
      const answer = decodeHopMessage(await messages.next(world, config().messageTimeoutMs, signal))
      messages.close(world)
      if (answer.type !== 'status' || answer.status !== circuitStatus.ok || answer.reservation === undefined)
        throw new PeerageError('peer.protocol', 'The relay refused.')
      const { reservation, limit = { seconds: 0, bytes: 0 } } = answer
      const relay = connection.remotePeer
      // Of other kinds of keys there is nothing to check it with; it is needed nowhere.
      if (reservation.voucher !== undefined && relay.type === 'Ed25519')
        checkVoucher(reservation.voucher, {
          relay: relay.toString(),
          peer: host.node.peerId.toString(),
          expires: reservation.expires,
        })
      return { ...reservation, limit }
    } catch (error) {
      stream.abort(error as Error)
      throw error
    }
  }

  #hold(
    connection: Connection,
    { expires, addresses, limit }: CircuitReservation & { limit: CircuitLimit },
  ): void {
    const { world } = this.#ports
    const lastsMs = Math.min(longestMs, expires * 1000 - world.wallTime())
    if (lastsMs < shortestMs)
      throw new PeerageError('peer.protocol', 'The relay reserves for too short a time.')
    const relay = connection.remotePeer.toString()
    const { letGo = this.#ports.keep(relay) } = this.#held.get(relay) ?? {}
    this.#held.set(relay, {
      relay,
      letGo,
      addresses: addressesBehind(connection, addresses),
      until: world.wallTime() + lastsMs,
      // In time for several tries.
      renewAt: world.now() + lastsMs * 0.6,
      limit,
      connection,
    })
    this.#tell()
  }

  /** A reservation lasts as long as the connection over which it was made. */
  #dropClosed(): void {
    const { world } = this.#ports
    let isChanged = false
    for (const [relay, { connection, until, letGo }] of this.#held) {
      if (connection.status === 'open' && until > world.wallTime()) continue
      letGo()
      this.#held.delete(relay)
      isChanged = true
    }
    if (!isChanged) return
    this.#tell()
    this.check()
  }

  #dropAll(): void {
    if (this.#held.size === 0) return
    for (const { letGo } of this.#held.values()) letGo()
    this.#held.clear()
    this.#tell()
  }

  #tell(): void {
    this.#ports.own.set(
      'relay',
      [...this.#held.values()].flatMap(({ addresses }) => addresses),
    )
  }
}

/** Where this peer is behind a relay: first as it was reached, then as it says that it can be. */
function addressesBehind(connection: Connection, told: readonly Uint8Array[]): string[] {
  const relay = connection.remotePeer.toString()
  const reached = connection.remoteAddr.toString()
  const isLoopback = pathOf(reached) === 'loopback'
  const isFar = ipOf(reached) !== '' && !isLanIp(ipOf(reached)) && !isLoopback
  const usable = (address: string): boolean => {
    const ip = ipOf(address)
    // Who is reached over the internet is not reached by what it says of its own networks.
    return (isLoopback || !isLoopbackIp(ip)) && !(isFar && isLanIp(ip))
  }
  const addresses = [
    ...(connection.direction === 'outbound' ? [reached] : []),
    ...told.flatMap(bytes => textOf(bytes) ?? []).filter(usable),
  ]
    .map(parseAddress)
    .filter(
      parsed =>
        parsed !== undefined && (parsed.peer ?? relay) === relay && !parsed.address.includes('/p2p-circuit'),
    )
    .map(parsed => `${parsed!.address}/p2p/${relay}/p2p-circuit`)
  return [...new Set(addresses)].slice(0, maxAddressesPerRelay)
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return multiaddr(bytes).toString()
  } catch {
    return undefined
  }
}
