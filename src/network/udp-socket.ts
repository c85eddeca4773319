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

/** The UDP sockets of this peer: the first one of a family sends for it. UDX streams use them too. */
export class UdpSocket implements Datagrams {
  readonly port: number
  readonly udx: UDX = new UDX()
  readonly #sockets: UdxSocket[] = []
  readonly #protocols: DatagramProtocol[] = []
  readonly #mayReach: (ip: string) => boolean
  #ipv4: UdxSocket | undefined
  #ipv6: UdxSocket | undefined
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
      for (const host of options.hosts) opened.#bind(host)
      return opened
    } catch (error) {
      await opened.close()
      throw error
    }
  }

  get families(): readonly (4 | 6)[] {
    return [...(this.#ipv4 ? [4 as const] : []), ...(this.#ipv6 ? [6 as const] : [])]
  }

  /** What sends to an endpoint. */
  socketFor(endpoint: Endpoint): UdxSocket | undefined {
    if (this.#closed) return undefined
    return endpoint.address.includes(':') ? this.#ipv6 : (this.#extra.wayTo(endpoint) ?? this.#ipv4)
  }

  /** Sends one datagram of IPv4 from a socket of its own, to which answers come until it is closed. */
  aside(bytes: Uint8Array, to: Endpoint): () => void {
    if (this.#closed || this.#ipv4 === undefined || !this.#mayReach(to.address)) return () => undefined
    const socket = this.#openExtra(() => undefined)
    this.#sendBy(socket, bytes, to)
    return () => void socket.close().catch(() => undefined)
  }

  /** See `ExtraSockets.spread`; of IPv4. */
  spread(endpoint: Endpoint, count: number): () => void {
    if (this.#closed || this.#ipv4 === undefined) return () => undefined
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
    await Promise.all([...this.#sockets.splice(0).map(socket => socket.close()), this.#extra.close()])
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

  #bind(host: string): void {
    const ipv6 = isIPv6(host)
    const socket = this.udx.createSocket({ ipv6Only: ipv6 })
    this.#sockets.push(socket)
    socket.bind(this.port, host)
    socket.setRecvBufferSize(receiveBufferBytes)
    socket.setSendBufferSize(sendBufferBytes)
    socket.on('message', (bytes, { host: address, port }) => this.#receive(bytes, { address, port }))
    if (ipv6) this.#ipv6 ??= socket
    else if (this.#ipv4 === undefined) {
      this.#ipv4 = socket
      this.#host4 = host
    }
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
