import { randomBytes } from 'node:crypto'
import { isIPv6 } from 'node:net'
import UDX, { type UdxSocket } from 'udx-native'
import type { DatagramProtocol, Datagrams, Endpoint } from './datagrams.ts'
import { ExtraSockets } from './extra-sockets.ts'

export interface UdpSocketOptions {
  /** IP addresses to bind. */
  readonly hosts: readonly string[]
  readonly port: number
  mayReach(ip: string): boolean
}

/** Datagrams that wait for the system; more are lost. */
export const maxWaitingDatagrams = 4_096
/** `udx-native` reads no more of a datagram; a longer one would come cut off, and is lost instead. */
export const maxDatagramBytes = 2_047
/** A burst may wait here while we are busy, in bytes. */
const receiveBufferBytes = 4 * 1024 * 1024
/** A window of uTP may go out at once. */
const sendBufferBytes = 4 * 1024 * 1024

/** Looks in a row in which nothing came, not even what the socket sent to itself, until it is taken for dead. */
const looksUntilDead = 3
const tokenBytes = 16

/** A socket of this peer. */
interface Bound {
  readonly host: string
  /** Undefined while it is being opened anew. */
  socket: UdxSocket | undefined
  /** Datagrams that came since the last look. */
  received: number
  /** Whether any ever came that it had sent to itself: where a firewall keeps them out, their absence means nothing. */
  hearsItself: boolean
  /** Looks in a row without a sign of life. */
  silent: number
}

/** The UDP sockets of this peer: the first one of a family sends for it. UDX streams use them too. */
export class UdpSocket implements Datagrams {
  readonly port: number
  readonly udx: UDX = new UDX()
  readonly #bound: Bound[] = []
  /** What the sockets send to themselves. */
  readonly #token: Buffer = randomBytes(tokenBytes)
  readonly #protocols: DatagramProtocol[] = []
  readonly #mayReach: (ip: string) => boolean
  readonly #extra: ExtraSockets = new ExtraSockets(receive => this.#openExtra(receive))
  #host4 = '0.0.0.0'
  #waiting = 0
  #closed = false

  private constructor(options: UdpSocketOptions) {
    this.port = options.port
    this.#mayReach = options.mayReach
  }

  /** Rejects with the system's error when the port is taken; then nothing is left open. */
  static async open(options: UdpSocketOptions): Promise<UdpSocket> {
    const opened = new UdpSocket(options)
    try {
      for (const host of options.hosts) opened.#add(host)
      return opened
    } catch (error) {
      await opened.close()
      throw error
    }
  }

  get families(): readonly (4 | 6)[] {
    return ([4, 6] as const).filter(family => this.#first(family) !== undefined)
  }

  /** What sends to an endpoint. */
  socketFor(endpoint: Endpoint): UdxSocket | undefined {
    if (this.#closed) return undefined
    if (endpoint.address.includes(':')) return this.#first(6)?.socket
    return this.#extra.wayTo(endpoint) ?? this.#first(4)?.socket
  }

  /** Sends one datagram of IPv4 from a socket of its own, to which answers come until it is closed. */
  aside(bytes: Uint8Array, to: Endpoint): () => void {
    if (this.#closed || this.#first(4) === undefined || !this.#mayReach(to.address)) return () => undefined
    const socket = this.#openExtra(() => undefined)
    this.#sendBy(socket, bytes, to)
    return () => void socket.close().catch(() => undefined)
  }

  /** See `ExtraSockets.spread`; of IPv4. */
  spread(endpoint: Endpoint, count: number): () => void {
    if (this.#closed || this.#first(4) === undefined) return () => undefined
    return this.#extra.spread(endpoint, count)
  }

  send(bytes: Uint8Array, to: Endpoint): void {
    const socket = this.socketFor(to)
    if (socket === undefined || to.port === 0 || this.#waiting >= maxWaitingDatagrams) return
    if (!this.#mayReach(to.address)) return
    this.#sendBy(socket, bytes, to)
    for (const extra of this.#extra.seeking(to)) this.#sendBy(extra, bytes, to)
  }

  claim(protocol: DatagramProtocol): () => void {
    this.#protocols.push(protocol)
    return () => {
      const at = this.#protocols.indexOf(protocol)
      if (at >= 0) this.#protocols.splice(at, 1)
    }
  }

  /** Done once the port is free; streams must be closed. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#bound.splice(0).map(one => one.socket?.close()), this.#extra.close()])
  }

  /**
   * How they do since the last look; whether what is sent leaves is told by nobody, so each sends itself a datagram until the next. `dead`: one
   * has not heard anything for a while, though it could hear itself before.
   */
  look(): 'well' | 'silent' | 'dead' {
    for (const one of this.#bound) {
      if (one.received > 0) one.silent = 0
      else if (one.hearsItself) one.silent++
      one.received = 0
      one.socket?.send(this.#token, this.port, placeOf(one.host)).catch(() => undefined)
    }
    if (this.#bound.some(({ silent }) => silent >= looksUntilDead)) return 'dead'
    return this.#bound.every(({ silent }) => silent === 0) ? 'well' : 'silent'
  }

  /** Opens those anew that are dead, at the same port; streams over them end. Rejects with the system's error. */
  async reopen(): Promise<void> {
    for (const one of this.#bound.filter(({ silent }) => silent >= looksUntilDead)) {
      const old = one.socket
      one.socket = undefined
      for (const stream of old?.streams ?? []) stream.destroy()
      await old?.close()
      if (this.#closed) return
      one.socket = this.#bind(one)
      one.silent = 0
    }
  }

  /** The first one of a family sends for it. */
  #first(family: 4 | 6): Bound | undefined {
    return this.#bound.find(({ host }) => isIPv6(host) === (family === 6))
  }

  readonly #sent = (): void => {
    this.#waiting--
  }

  #sendBy(socket: UdxSocket, bytes: Uint8Array, { address, port }: Endpoint): void {
    if (this.#waiting >= maxWaitingDatagrams) return
    this.#waiting++
    socket.send(bytes, port, address).then(this.#sent, this.#sent)
  }

  #openExtra(receive: (from: Endpoint, socket: UdxSocket) => void): UdxSocket {
    const socket = this.udx.createSocket()
    socket.bind(0, this.#host4)
    socket.on('message', (bytes, { host: address, port }) => {
      receive({ address, port }, socket)
      this.#receive(bytes, { address, port })
    })
    return socket
  }

  #add(host: string): void {
    const one: Bound = { host, socket: undefined, received: 0, hearsItself: false, silent: 0 }
    one.socket = this.#bind(one)
    this.#bound.push(one)
    if (!isIPv6(host) && this.#first(4) === one) this.#host4 = host
  }

  #bind(one: Bound): UdxSocket {
    const { host } = one
    const socket = this.udx.createSocket({ ipv6Only: isIPv6(host) })
    try {
      socket.bind(this.port, host)
    } catch (error) {
      void socket.close()
      throw error
    }
    socket.setRecvBufferSize(receiveBufferBytes)
    socket.setSendBufferSize(sendBufferBytes)
    socket.on('message', (bytes, { host: address, port }) => {
      one.received++
      if (bytes.length === tokenBytes && this.#token.equals(bytes)) one.hearsItself = true
      else this.#receive(bytes, { address, port })
    })
    return socket
  }

  #receive(bytes: Buffer, from: Endpoint): void {
    if (bytes.length > maxDatagramBytes || !this.#mayReach(from.address)) return
    try {
      this.#protocols.find(protocol => protocol.matches(bytes, from))?.receive(bytes, from)
    } catch {
      // Whatever anybody sends must not end the process.
    }
  }
}

/** Where a socket that is bound there reaches itself. */
function placeOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}
