import type { Connection, Libp2p } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { PeerageError } from '../base/index.ts'
import { AddressBook } from './address-book.ts'
import { type NetworkConfig, networkConfig } from './config.ts'
import { Events } from './events.ts'
import { createHost } from './host.ts'
import { findListenPort } from './listen-port.ts'
import type {
  ConnectionInfo,
  Network,
  NetworkEvents,
  NetworkOptions,
  OpenOptions,
  StreamHandler,
} from './network.ts'
import { type Path, pathOf } from './path.ts'
import type { PeerStream } from './peer-stream.ts'
import { PlainPeerStream } from './plain-stream.ts'

class Libp2pNetwork implements Network {
  readonly peerId: string
  readonly #host: Libp2p
  readonly #events: Events<NetworkEvents> = new Events()
  readonly #book: AddressBook

  constructor(host: Libp2p, config: NetworkConfig) {
    this.#host = host
    this.#book = new AddressBook(config)
    this.peerId = host.peerId.toString()
    host.addEventListener('peer:connect', event => {
      const peer = event.detail.toString()
      const address = this.#host.getConnections(event.detail)[0]?.remoteAddr.toString() ?? ''
      this.#events.emit('peer-connected', { peer, address, path: pathOf(address) })
    })
    host.addEventListener('peer:disconnect', event => {
      this.#events.emit('peer-disconnected', { peer: event.detail.toString() })
    })
  }

  addresses(): string[] {
    const last = (path: Path): number => (path === 'loopback' ? 1 : 0)
    return this.#host
      .getMultiaddrs()
      .map(address => address.toString())
      .sort((a, b) => last(pathOf(a)) - last(pathOf(b)))
  }

  handle(protocol: string, handler: StreamHandler): void {
    void this.#host.handle(protocol, (stream, connection) => {
      const wrapped = this.#wrap(stream, connection)
      Promise.resolve()
        .then(() => handler(wrapped))
        .catch((error: Error) => wrapped.abort(error))
    })
  }

  unhandle(protocol: string): void {
    void this.#host.unhandle(protocol)
  }

  async open(
    target: string | readonly string[],
    protocol: string,
    options: OpenOptions = {},
  ): Promise<PeerStream> {
    const timeout = AbortSignal.timeout(20_000)
    const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout])
    try {
      const connection = await this.#host.dial(this.#dialTarget(target), { signal })
      const stream = await connection.newStream(protocol, { signal })
      return this.#wrap(stream, connection)
    } catch (cause) {
      options.signal?.throwIfAborted()
      const code =
        (cause as Error).name === 'UnsupportedProtocolError' ? 'peer.protocol' : 'network.unreachable'
      throw new PeerageError(code, `Could not reach ${String(target)}: ${(cause as Error).message}`, {
        cause,
      })
    }
  }

  #dialTarget(target: string | readonly string[]): Parameters<Libp2p['dial']>[0] {
    if (typeof target !== 'string') return target.map(address => multiaddr(address))
    const peer = peerIdFromString(target)
    if (this.#host.getConnections(peer).length > 0) return peer
    return this.knownAddresses(target).map(address => multiaddr(`${address}/p2p/${target}`))
  }

  #wrap(stream: Awaited<ReturnType<Connection['newStream']>>, connection: Connection): PeerStream {
    const peer = connection.remotePeer.toString()
    const path = pathOf(connection.remoteAddr.toString())
    return new PlainPeerStream(stream, { peer, path, rttMs: () => connection.rtt })
  }

  connections(): ConnectionInfo[] {
    return this.#host.getConnections().map(connection => ({
      peer: connection.remotePeer.toString(),
      address: connection.remoteAddr.toString(),
      direction: connection.direction,
      path: pathOf(connection.remoteAddr.toString()),
      openedAt: connection.timeline.open,
      ...(connection.rtt === undefined ? {} : { rttMs: connection.rtt }),
    }))
  }

  rememberAddresses(peer: string, addresses: readonly string[]): void {
    this.#book.remember(peer, addresses)
  }

  knownAddresses(peer: string): string[] {
    return this.#book.known(peer)
  }

  on<Name extends keyof NetworkEvents>(
    name: Name,
    listener: (event: NetworkEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener)
  }

  async stop(): Promise<void> {
    await this.#host.stop()
  }
}

/** Starts the network of one peer. Throws `network.port-in-use`. */
export async function createNetwork(options: NetworkOptions): Promise<Network> {
  const config = networkConfig.parse(options.config ?? {})
  const transports = options.transports ?? 'tcp'
  let listen = [`/memory/${Math.random()}`]
  if (transports === 'tcp') {
    const { port, hosts } = await findListenPort(config.hosts, config.port)
    listen = hosts.map(host => `/${host.includes(':') ? 'ip6' : 'ip4'}/${host}/tcp/${port}`)
  }
  const host = await createHost({ seed: options.identity.seed, config, listen, transports })
  await host.start()
  return new Libp2pNetwork(host, config)
}
