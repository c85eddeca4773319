import type { Connection, Libp2p, PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { PeerageError, type Timer, type World } from '../../base/index.ts'
import { type NatReport, type NatWatch, udpEndpointOf } from '../nat/index.ts'

import type { Path } from '../path.ts'
import type { PeerStream } from '../peer-stream.ts'
import { byNearness } from '../race-dial.ts'
import type { HalfWay } from '../transports/index.ts'
import type { UdpSocket } from '../udp-socket.ts'
import { muxerOf } from '../yamux/index.ts'
import { placeOf } from './place.ts'
import type { Plan } from './punch-plan.ts'
import { type Greeting, Puncher, type PunchReport } from './puncher.ts'

/** A relayed connection that nobody uses beside a direct one is closed after this. */
const unusedMs = 5_000
/** Ports of the other router are tried in portions, so that nothing on the way drops them. */
const portion = 64
const portionMs = 40

/** Soon after one another, for both to send while the ports of both routers are open; until the attempt is over. */
const paceMs: readonly number[] = Array.from({ length: 30 }, (_, round) => (round < 4 ? 50 : 150))

/** See the event `path-changed`. */
export interface BetterPath {
  readonly peer: string
  readonly address: string
  readonly path: Path
  readonly connection: string
}

export interface DirectPathsPorts {
  readonly node: Libp2p
  readonly world: World
  readonly keepAliveMs: number
  nat(): Pick<NatWatch, 'refresh' | 'askAt'> | undefined
  /** Whether direct ways are looked for at all. */
  readonly isEnabled: boolean
  /** Not every way out has more than one socket. */
  socket(): (Pick<UdpSocket, 'send'> & Partial<Pick<UdpSocket, 'spread'>>) | undefined
  reports(): readonly [NatReport, NatReport]
  /** Where we can be dialled, without /p2p/. */
  addresses(): readonly string[]
  pathOf(address: string): Path
  mayDial(address: string): boolean
  dial(address: string, signal: AbortSignal): Promise<Connection>
  /** Opens a stream of `dcutrProtocol`. */
  stream(connection: Connection, signal: AbortSignal): Promise<PeerStream>
  /** See `Udx.meet`; undefined where there is no UDX. */
  readonly meet: ((half: HalfWay) => Promise<unknown>) | undefined
  onBetterPath(better: BetterPath): void
}

/**
 * Looks after the ways to connected peers: brings those together directly that are connected through a relay, tells when a better way
 * stands, and closes relayed connections that are used no more.
 */
export class DirectPaths {
  readonly #ports: DirectPathsPorts
  readonly #puncher: Puncher
  readonly #onOpen = (event: CustomEvent<Connection>): void => this.#opened(event.detail)
  readonly #onClose = (event: CustomEvent<Connection>): void => this.#closed(event.detail)
  /** Bytes that had come over a connection when it was last looked at. */
  readonly #received = new WeakMap<Connection, number>()
  readonly #keepingAlive: Timer
  #sweeping: Timer | undefined

  constructor(ports: DirectPathsPorts) {
    this.#ports = ports
    const { node, world, keepAliveMs } = ports
    this.#puncher = new Puncher({
      world,
      place: () => placeOf(ports.reports(), ports.addresses()),
      refresh: async () => await ports.nat()?.refresh(),
      isRelayed: peer => this.#to(peer).some(connection => this.#isRelayed(connection)),
      isDirect: peer => this.#to(peer).some(connection => !this.#isRelayed(connection)),
      open: (peer, signal) => this.#open(peer, signal),
      dial: (peer, addresses, signal) => this.#dial(peer, addresses, signal),
      greet: greeting => this.#greet(greeting),
      widen: (plan, signal) => this.#widen(plan, signal),
    })
    node.addEventListener('connection:open', this.#onOpen)
    this.#keepingAlive = world.every(keepAliveMs, () => this.#keepAlive())
    node.addEventListener('connection:close', this.#onClose)
  }

  /** What the latest try for a direct way to that peer came to. */
  report(peer: string): PunchReport | undefined {
    return this.#puncher.report(peer)
  }

  /** A stream of `dcutrProtocol` was opened by the other side. */
  async answer(stream: PeerStream): Promise<void> {
    if (stream.path === 'relayed' && this.#ports.isEnabled) return await this.#puncher.answer(stream)
    stream.abort(new PeerageError('peer.protocol', 'There is no need.'))
  }

  startOver(): void {
    this.#puncher.startOver()
  }

  stop(): void {
    const { node } = this.#ports
    node.removeEventListener('connection:open', this.#onOpen)
    node.removeEventListener('connection:close', this.#onClose)
    this.#sweeping?.cancel()
    this.#keepingAlive.cancel()
    this.#puncher.stop()
  }

  #opened(connection: Connection): void {
    const peer = connection.remotePeer.toString()
    if (this.#isRelayed(connection)) {
      if (this.#ports.isEnabled) this.#puncher.relayed(peer, connection.direction)
      this.#sweepSoon()
      return
    }
    this.#puncher.settled(peer, true)
    this.#sweepSoon()
    const others = this.#to(connection.remotePeer).filter(other => other !== connection)
    const address = connection.remoteAddr.toString()
    const best = byNearness([...others.map(({ remoteAddr }) => remoteAddr.toString()), address])[0]
    if (others.length > 0 && best === address)
      this.#ports.onBetterPath({
        peer,
        address,
        path: this.#ports.pathOf(address),
        connection: connection.id,
      })
  }

  #closed({ remotePeer }: Connection): void {
    if (this.#to(remotePeer).length === 0) this.#puncher.settled(remotePeer.toString(), false)
  }

  #to(peer: string | PeerId): Connection[] {
    const id = typeof peer === 'string' ? peerIdFromString(peer) : peer
    return this.#ports.node.getConnections(id).filter(({ status }) => status === 'open')
  }

  #isRelayed({ remoteAddr }: Connection): boolean {
    return this.#ports.pathOf(remoteAddr.toString()) === 'relayed'
  }

  async #open(peer: string, signal: AbortSignal): Promise<PeerStream> {
    const connection = this.#to(peer).find(one => this.#isRelayed(one))
    if (connection === undefined) throw new PeerageError('network.unreachable', 'It is connected no more.')
    return await this.#ports.stream(connection, signal)
  }

  async #dial(peer: string, addresses: readonly string[], signal: AbortSignal): Promise<void> {
    const allowed = addresses.filter(address => this.#ports.mayDial(address))
    await Promise.any(allowed.map(address => this.#ports.dial(`${address}/p2p/${peer}`, signal)))
  }

  async #greet(greeting: Greeting): Promise<void> {
    const { meet } = this.#ports
    if (meet === undefined) throw new PeerageError('network.unreachable', 'This peer has no UDX.')
    await meet({ ...greeting, paceMs })
  }

  #widen({ targets, scatter, sockets }: Plan, signal: AbortSignal): void {
    const { world } = this.#ports
    const socket = this.#ports.socket()
    if (socket === undefined) return
    const to = targets.find(({ address }) => !address.includes(':'))
    const stop = sockets > 0 && to !== undefined ? socket.spread?.(to, sockets) : undefined
    if (stop !== undefined) signal.addEventListener('abort', stop, { once: true })
    const send = (from: number): void => {
      if (signal.aborted) return
      for (const endpoint of scatter.slice(from, from + portion)) socket.send(Uint8Array.of(0), endpoint)
      if (from + portion < scatter.length) world.after(portionMs, () => send(from + portion))
    }
    send(0)
  }

  /** Routers forget a port over which nothing goes. */
  #keepAlive(): void {
    for (const connection of this.#ports.node.getConnections()) {
      const address = connection.remoteAddr.toString()
      const endpoint = udpEndpointOf(address)
      if (endpoint === undefined || !address.includes('/udx') || this.#ports.pathOf(address) !== 'direct')
        continue
      const received = muxerOf(connection)?.receivedBytes ?? 0
      if (received === this.#received.get(connection)) void this.#ports.nat()?.askAt(endpoint)
      this.#received.set(connection, received)
    }
  }

  /** Looks again as long as there are relayed connections beside direct ones. */
  #sweepSoon(): void {
    this.#sweeping ??= this.#ports.world.after(unusedMs, () => {
      this.#sweeping = undefined
      const all = this.#ports.node.getConnections().filter(({ status }) => status === 'open')
      const direct = new Set(
        all.filter(one => !this.#isRelayed(one)).map(({ remotePeer }) => remotePeer.toString()),
      )
      const beside = all.filter(one => this.#isRelayed(one) && direct.has(one.remotePeer.toString()))
      if (beside.length > 0) this.#sweepSoon()
      for (const connection of beside)
        if (connection.streams.length === 0) connection.close().catch(() => undefined)
    })
  }
}
