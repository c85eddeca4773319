import type { UdxSocket } from 'udx-native'
import type { Endpoint } from './datagrams.ts'

/** Endpoints that are reached by a socket of their own, the latest. */
export const maxOwnWays = 16

const nameOf = ({ address, port }: Endpoint): string => `${address} ${port}`

/**
 * Sockets beside the one of this peer, for those routers that take a new port for each destination, drawn by chance: only many
 * sockets have many ports there. As soon as something comes from the other side to one of them, that one is the way to it.
 */
export class ExtraSockets {
  readonly #open: (receive: (from: Endpoint, socket: UdxSocket) => void) => UdxSocket
  readonly #towards = new Map<string, readonly UdxSocket[]>()
  readonly #found = new Map<string, UdxSocket>()

  /** `open` binds a socket to a free port; it calls `receive` for each datagram before anybody sees that. */
  constructor(open: (receive: (from: Endpoint, socket: UdxSocket) => void) => UdxSocket) {
    this.#open = open
  }

  /** Sends to `endpoint` from `count` sockets more, until the returned function is called. */
  spread(endpoint: Endpoint, count: number): () => void {
    const name = nameOf(endpoint)
    if (this.#towards.has(name) || this.#found.has(name)) return () => undefined
    const sockets = Array.from({ length: count }, () =>
      this.#open((from, socket) => this.#arrived(from, socket)),
    )
    this.#towards.set(name, sockets)
    return () => {
      this.#towards.delete(name)
      for (const socket of sockets) if (this.#found.get(name) !== socket) close(socket)
    }
  }

  /** The socket that leads there, if one was found. */
  wayTo(endpoint: Endpoint): UdxSocket | undefined {
    return this.#found.size === 0 ? undefined : this.#found.get(nameOf(endpoint))
  }

  /** The sockets that send there as well while a way is sought. */
  seeking(endpoint: Endpoint): readonly UdxSocket[] {
    return this.#towards.size === 0 ? [] : (this.#towards.get(nameOf(endpoint)) ?? [])
  }

  async close(): Promise<void> {
    const all = [...this.#found.values(), ...[...this.#towards.values()].flat()]
    this.#found.clear()
    this.#towards.clear()
    await Promise.all([...new Set(all)].map(close))
  }

  #arrived(from: Endpoint, socket: UdxSocket): void {
    const name = nameOf(from)
    if (this.#found.has(name) || !this.#towards.get(name)?.includes(socket)) return
    this.#found.set(name, socket)
    if (this.#found.size <= maxOwnWays) return
    const [oldest, unused] = this.#found.entries().next().value!
    this.#found.delete(oldest)
    close(unused)
  }
}

/** Done when no stream uses it any more. */
async function close(socket: UdxSocket): Promise<void> {
  await socket.close().catch(() => undefined)
}
