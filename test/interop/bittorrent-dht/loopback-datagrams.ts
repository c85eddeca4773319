import { createSocket, type Socket } from 'node:dgram'
import type { DatagramProtocol, Datagrams, Endpoint } from '../../../src/network/index.ts'

/** Datagrams over one socket that is bound to one loopback address. */
export class LoopbackDatagrams implements Datagrams {
  readonly families = [4] as const
  readonly port: number
  readonly #socket: Socket
  readonly #protocols: DatagramProtocol[] = []

  constructor(socket: Socket) {
    this.#socket = socket
    this.port = socket.address().port
    socket.on('message', (bytes, { address, port }) => {
      const from = { address, port }
      this.#protocols.find(one => one.matches(bytes, from))?.receive(bytes, from)
    })
  }

  static async open(address: string): Promise<LoopbackDatagrams> {
    const socket = createSocket('udp4')
    await new Promise<void>(resolve => socket.bind(0, address, resolve))
    return new LoopbackDatagrams(socket)
  }

  send(bytes: Uint8Array, to: Endpoint): void {
    this.#socket.send(bytes, to.port, to.address, () => undefined)
  }

  claim(protocol: DatagramProtocol): () => void {
    this.#protocols.push(protocol)
    return () => this.#protocols.splice(this.#protocols.indexOf(protocol), 1)
  }

  close(): void {
    this.#socket.close()
  }
}
