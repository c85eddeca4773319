import type { Socket as UdpSocket } from 'node:dgram'
import { createServer, type Socket } from 'node:net'
import { type Link, machineLinks } from './machine-links.ts'
import { plainSockets } from './plain-sockets.ts'
import { lookUp, lookUpLocally, type Resolve } from './resolve.ts'
import { type Sockets, type TcpTarget, tcpOptions, type UdpPlace } from './sockets.ts'

export interface EgressOptions {
  /** No question for a name leaves the local networks. */
  readonly lanOnly: boolean
}

/** What whoever only dials needs of the one way out. */
export interface WayOut {
  /** A TCP connection, not yet read from. Rejects with the socket's error or `signal.reason`. */
  dial(target: TcpTarget, signal: AbortSignal): Promise<Socket>
  /** Addresses of a name, to be dialled here. Rejects with the resolver's error. */
  readonly resolve: Resolve
}

/** A TCP port on which we listen. */
export interface Door {
  /** Undefined while nobody can come in. */
  readonly port: number | undefined
  /** Listens again, on the same port, if the socket has died. */
  reopen(): void
  close(): Promise<void>
}

/** The one way out of this program, and in: every socket that leads to another machine is made here. */
export class Egress implements WayOut {
  readonly resolve: Resolve
  readonly #sockets: Sockets = plainSockets

  constructor({ lanOnly }: EgressOptions) {
    this.resolve = lanOnly ? lookUpLocally : lookUp
  }

  dial(target: TcpTarget, signal: AbortSignal): Promise<Socket> {
    return connected(() => this.#sockets.connect(target), signal)
  }

  /** Listens on an address of this machine; `onSocket` gets what comes. Rejects with the system's error. */
  async listen(host: string, port: number, onSocket: (socket: Socket) => void): Promise<Door> {
    const server = createServer(tcpOptions, onSocket)
    await this.#sockets.listen(server, host, port)
    const first = server.address()
    const kept = typeof first === 'object' ? (first?.port ?? port) : port
    return {
      get port() {
        const bound = server.address()
        return typeof bound === 'object' ? bound?.port : undefined
      },
      reopen: () => {
        // Whoever took the port meanwhile keeps it.
        if (!server.listening) this.#sockets.listen(server, host, kept).catch(() => {})
      },
      close: () => new Promise(resolve => server.close(() => resolve())),
    }
  }

  /** A UDP socket, bound. Rejects with the system's error. */
  udp(place: UdpPlace): Promise<UdpSocket> {
    return this.#sockets.udp(place)
  }

  /** The interfaces that multicast may use. */
  links(): Link[] {
    return machineLinks()
  }
}

/** Waits until it stands. Rejects with the socket's error or `signal.reason`. */
function connected(begin: () => Socket, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = begin()
  const onAbort = (): void => {
    socket.destroy()
    reject(signal.reason)
  }
  socket.once('connect', () => resolve(socket))
  socket.on('error', reject)
  signal.addEventListener('abort', onAbort, { once: true })
  return promise.finally(() => signal.removeEventListener('abort', onAbort))
}
