import { createServer, type Server, type Socket } from 'node:net'
import type { HeldInterface } from './held-interface.ts'
import { isAny } from './held-sockets.ts'
import { type Sockets, tcpOptions } from './sockets.ts'

/** A TCP port on which we listen. */
export interface Door {
  readonly port: number
  /** The address on which others come in, or a wildcard; undefined while nobody can. */
  readonly host: string | undefined
  /** Listens again, on the same port, if the socket has died. */
  reopen(): void
  close(): Promise<void>
}

export interface Place {
  readonly host: string
  readonly port: number
}

/** A door that stays open. Rejects with the system's error. */
export async function openDoor(
  sockets: Sockets,
  { host, port: wanted }: Place,
  onSocket: (socket: Socket) => void,
): Promise<Door> {
  const server = createServer(tcpOptions, onSocket)
  await sockets.listen(server, host, wanted)
  const port = portOf(server)
  return {
    port,
    host,
    reopen() {
      // Whoever took the port meanwhile keeps it.
      if (!server.listening) sockets.listen(server, host, port).catch(() => {})
    },
    close: () => closed(server),
  }
}

/** A door on an interface that comes and goes: it opens and closes with it, at one port. */
export class HeldDoor {
  readonly #held: HeldInterface
  readonly #sockets: Sockets
  readonly #place: Place
  readonly #onSocket: (socket: Socket) => void
  #port: number
  #open: { readonly door: Door; readonly ip: string; readonly index: number } | undefined
  #turn: Promise<void> = Promise.resolve()
  #closed = false

  constructor(held: HeldInterface, sockets: Sockets, place: Place, onSocket: (socket: Socket) => void) {
    this.#held = held
    this.#sockets = sockets
    this.#place = place
    this.#port = place.port
    this.#onSocket = onSocket
  }

  get port(): number {
    return this.#port
  }

  get host(): string | undefined {
    return this.#open?.ip
  }

  /** Opens or closes it, as the interface is now. Rejects with the system's error. */
  follow(): Promise<void> {
    const done = this.#turn.then(() => this.#follow())
    this.#turn = done.catch(() => {})
    return done
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.follow()
  }

  async #follow(): Promise<void> {
    const place = this.#closed ? undefined : this.#held.now()
    const { host } = this.#place
    const ip = place?.ips[host.includes(':') ? 6 : 4]
    const isWanted = ip !== undefined && (isAny(host) || host === ip)
    const open = this.#open
    if (open !== undefined && isWanted && open.ip === ip && open.index === place?.index) return
    this.#open = undefined
    await open?.door.close()
    if (!isWanted || place === undefined) return
    const door = await openDoor(this.#sockets, { host, port: this.#port }, this.#onSocket)
    this.#port = door.port
    this.#open = { door, ip, index: place.index }
  }
}

/** A free port, sought where nothing can come in from outside. */
export async function freePort(): Promise<number> {
  const server = createServer(socket => socket.destroy())
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  const port = portOf(server)
  await closed(server)
  return port
}

function portOf(server: Server): number {
  const bound = server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : 0
}

function closed(server: Server): Promise<void> {
  return new Promise(resolve => server.close(() => resolve()))
}
