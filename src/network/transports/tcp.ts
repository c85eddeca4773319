import { isIP, isIPv6, type Socket } from 'node:net'
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
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { PeerageError, type World } from '../../base/index.ts'
import type { Door, Egress, TcpTarget } from '../egress/index.ts'
import { ipsBehind } from '../machine-interfaces.ts'
import { unmapped } from '../path.ts'
import type { RawProtocols } from '../raw-protocols.ts'
import { secured } from '../secured.ts'
import type { Admission, Admitted } from './admission.ts'
import { readHead } from './read-head.ts'
import { TcpConnection } from './tcp-connection.ts'

const hostProtocols = new Set(['ip4', 'ip6', 'dns', 'dns4', 'dns6'])

/** Host and port of /ip4|ip6|dns|dns4|dns6/HOST/tcp/PORT[/p2p/ID], nothing else; an IPv6 zone becomes part of the host. */
function endpointOf(address: Multiaddr): TcpTarget | undefined {
  const parts = address.getComponents().filter(part => part.name !== 'p2p')
  const zone = parts[0]?.name === 'ip6zone' ? parts.shift()?.value : undefined
  const [host, tcp] = parts
  if (parts.length !== 2 || host?.value === undefined || tcp?.value === undefined) return undefined
  if (!hostProtocols.has(host.name) || tcp.name !== 'tcp') return undefined
  const family = host.name.endsWith('4') ? 4 : host.name.endsWith('6') ? 6 : 0
  return { host: zone === undefined ? host.value : `${host.value}%${zone}`, port: Number(tcp.value), family }
}

const supported = (addresses: Multiaddr[]): Multiaddr[] =>
  addresses.filter(address => endpointOf(address) !== undefined)

export interface TcpOptions {
  readonly egress: Egress
  readonly admission: Admission
  /** Protocols that share the port. */
  readonly raw: RawProtocols
  readonly world: World
  /** Somebody connected and may stay. */
  onInbound(ip: string): void
  /** How long an inbound connection may take to show what it is and to prove who. */
  readonly upgradeTimeoutMs: number
  /** How much a connection may send before it has proven who it is. */
  readonly maxHandshakeBytes: number
}

/** TCP as a libp2p transport whose connections lend their sockets to `nativeTls`. */
class Tcp implements Transport {
  readonly [transportSymbol] = true as const
  readonly [Symbol.toStringTag]: string = 'peerage/tcp'
  readonly [serviceCapabilities]: string[] = ['@libp2p/transport']
  readonly listenFilter: (addresses: Multiaddr[]) => Multiaddr[] = supported
  readonly dialFilter: (addresses: Multiaddr[]) => Multiaddr[] = supported
  readonly #logger: ComponentLogger
  readonly #options: TcpOptions

  constructor(logger: ComponentLogger, options: TcpOptions) {
    this.#logger = logger
    this.#options = options
  }

  async dial(address: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    const endpoint = endpointOf(address)
    if (endpoint === undefined) throw new TypeError(`Not a TCP address: ${address.toString()}`)
    const { egress } = this.#options
    // Whatever a name leads to was looked at before it is dialled; looked up again it may lead elsewhere.
    if (isIP(endpoint.host) === 0 && !egress.passesNames)
      throw new PeerageError('network.unreachable', `${endpoint.host} was not looked up.`)
    const socket = await egress.dial(endpoint, options.signal)
    const log = this.#logger.forComponent('peerage:tcp')
    const { admission, maxHandshakeBytes } = this.#options
    socket.once('close', admission.dialled().closed)
    const connection = new TcpConnection({
      socket,
      remoteAddr: address,
      direction: 'outbound',
      log,
      maxHandshakeBytes,
    })
    return await secured(connection, () => options.upgrader.upgradeOutbound(connection, options))
  }

  createListener(options: CreateListenerOptions): Listener {
    return new TcpListener(options.upgrader, this.#logger, this.#options)
  }
}

export class TcpListener extends TypedEventEmitter<ListenerEvents> implements Listener {
  readonly #upgrader: Upgrader
  readonly #logger: ComponentLogger
  readonly #options: TcpOptions
  readonly #stopping: AbortController = new AbortController()
  readonly #sockets: Set<Socket> = new Set()
  #door: Door | undefined

  constructor(upgrader: Upgrader, logger: ComponentLogger, options: TcpOptions) {
    super()
    this.#upgrader = upgrader
    this.#logger = logger
    this.#options = options
  }

  async listen(address: Multiaddr): Promise<void> {
    const { host, port } = endpointOf(address)!
    this.#door = await this.#options.egress.listen(host, port, socket => this.#accept(socket))
    this.safeDispatchEvent('listening')
  }

  /** After the socket died, with its interface say. */
  listenAgain(): void {
    if (!this.#stopping.signal.aborted) this.#door?.reopen()
  }

  getAddrs(): Multiaddr[] {
    const { host, port } = this.#door ?? {}
    if (host === undefined || port === undefined) return []
    return ipsBehind(host).map(ip => multiaddr(`/${isIPv6(ip) ? 'ip6' : 'ip4'}/${ip}/tcp/${port}`))
  }

  updateAnnounceAddrs(): void {}

  async close(): Promise<void> {
    this.#stopping.abort(new Error('The listener closed.'))
    for (const socket of this.#sockets) socket.destroy()
    await this.#door?.close()
    this.safeDispatchEvent('close')
  }

  #accept(socket: Socket): void {
    // Until a connection takes the socket over: an error without listener would end the process.
    socket.on('error', () => {})
    const { remoteAddress, remotePort } = socket
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy()
      return
    }
    const { admission, world, upgradeTimeoutMs } = this.#options
    const admitted = admission.admit(remoteAddress, () => socket.resetAndDestroy())
    if (typeof admitted === 'string') {
      socket.resetAndDestroy()
      return
    }
    this.#options.onInbound(unmapped(remoteAddress))
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      admitted.closed()
    })
    // One limit for all of it: whoever takes long to begin has less time for the rest.
    const tooLate = world.after(upgradeTimeoutMs, () => socket.resetAndDestroy())
    this.#dispatch(socket, unmapped(remoteAddress), remotePort, admitted).finally(() => {
      tooLate.cancel()
      admitted.upgraded()
    })
  }

  /** Without other protocols on the port nothing is read here. */
  async #dispatch(socket: Socket, ip: string, port: number, admitted: Admitted): Promise<void> {
    const { raw } = this.#options
    if (raw.isEmpty) {
      if (admitted.is('libp2p')) await this.#upgrade(socket, ip, port)
      else socket.resetAndDestroy()
      return
    }
    const first = await readHead(socket, head => raw.choose(head))
    if (first === undefined || !admitted.is(first.decision === 'libp2p' ? 'libp2p' : 'raw'))
      socket.resetAndDestroy()
    else if (first.decision !== 'libp2p') first.decision.receive(socket, first.head)
    else {
      socket.unshift(first.head)
      await this.#upgrade(socket, ip, port)
    }
  }

  async #upgrade(socket: Socket, ip: string, port: number): Promise<void> {
    const remoteAddr = multiaddr(`/${isIPv6(ip) ? 'ip6' : 'ip4'}/${ip}/tcp/${port}`)
    const log = this.#logger.forComponent('peerage:tcp')
    const { maxHandshakeBytes } = this.#options
    const connection = new TcpConnection({ socket, remoteAddr, direction: 'inbound', log, maxHandshakeBytes })
    // Reading the head has paused it.
    socket.resume()
    const { signal } = this.#stopping
    // Whoever fails is gone; nobody waits for it.
    await secured(connection, () => this.#upgrader.upgradeInbound(connection, { signal })).catch(() => {})
  }
}

export function tcp(options: TcpOptions): (components: { logger: ComponentLogger }) => Transport {
  return ({ logger }) => new Tcp(logger, options)
}
