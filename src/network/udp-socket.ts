import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import type { DatagramProtocol, Datagrams, Endpoint } from './datagrams.ts'

export interface UdpSocketOptions {
  /** IP addresses to bind. */
  readonly hosts: readonly string[]
  readonly port: number
  mayReach(ip: string): boolean
}

/** Datagrams that wait for the system; more are lost. */
const maxWaiting = 4_096
/** A burst may wait here while we are busy, in bytes. */
const receiveBufferBytes = 4 * 1024 * 1024
/** A window of uTP may go out at once. */
const sendBufferBytes = 4 * 1024 * 1024

/** The UDP sockets of this peer: the first one of a family sends for it. */
export class UdpSocket implements Datagrams {
  readonly port: number
  readonly #sockets: Socket[] = []
  readonly #protocols: DatagramProtocol[] = []
  readonly #mayReach: (ip: string) => boolean
  #ipv4: Socket | undefined
  #ipv6: Socket | undefined
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
      for (const host of options.hosts) await opened.#bind(host)
      return opened
    } catch (error) {
      opened.close()
      throw error
    }
  }

  get families(): readonly (4 | 6)[] {
    return [...(this.#ipv4 ? [4 as const] : []), ...(this.#ipv6 ? [6 as const] : [])]
  }

  send(bytes: Uint8Array, { address, port }: Endpoint): void {
    const socket = address.includes(':') ? this.#ipv6 : this.#ipv4
    if (this.#closed || socket === undefined || port === 0 || this.#waiting >= maxWaiting) return
    if (!this.#mayReach(address)) return
    this.#waiting++
    socket.send(bytes, port, address, this.#sent)
  }

  claim(protocol: DatagramProtocol): () => void {
    this.#protocols.push(protocol)
    return () => {
      const at = this.#protocols.indexOf(protocol)
      if (at >= 0) this.#protocols.splice(at, 1)
    }
  }

  close(): void {
    this.#closed = true
    for (const socket of this.#sockets.splice(0)) socket.close()
  }

  readonly #sent = (): void => {
    this.#waiting--
  }

  async #bind(host: string): Promise<void> {
    const type = isIPv6(host) ? 'udp6' : 'udp4'
    const socket = createSocket({
      type,
      ipv6Only: type === 'udp6',
      recvBufferSize: receiveBufferBytes,
      sendBufferSize: sendBufferBytes,
      // Addresses are literal: looking each datagram's up would double what it costs.
      lookup: (address, _options, found) => found(null, address, isIPv6(address) ? 6 : 4),
    })
    this.#sockets.push(socket)
    const listening = once(socket, 'listening')
    socket.bind({ address: host, port: this.port, exclusive: true })
    await listening
    // Errors of single datagrams (nobody there, network down) are nobody's concern.
    socket.on('error', () => undefined)
    socket.on('message', (bytes, from) => this.#receive(bytes, from))
    socket.unref()
    if (type === 'udp6') this.#ipv6 ??= socket
    else this.#ipv4 ??= socket
  }

  #receive(bytes: Buffer, from: RemoteInfo): void {
    if (!this.#mayReach(from.address)) return
    for (const protocol of this.#protocols)
      if (protocol.matches(bytes, from)) {
        protocol.receive(bytes, from)
        return
      }
  }
}
