import type { Socket } from 'node:dgram'
import type { Egress, Link } from '../egress/index.ts'
import type { LinkPort, MulticastGroup } from './link.ts'

const keyOf = (link: Link): string => `${link.family} ${link.name} ${link.ips.join()}`

/** How an interface is named to the operating system for multicast: by address in IPv4, by name in IPv6. */
const handleOf = (link: Link): string => (link.family === 4 ? link.ips[0]! : `::%${link.name}`)

/**
 * Sockets of one multicast group on every interface: per family one that listens in all groups, and per link one that sends, because
 * the outgoing interface belongs to the socket. Anything that does not work on an interface is left out silently: LAN
 * discovery is a convenience and must never keep a peer from starting.
 */
export class MulticastSockets implements LinkPort {
  readonly #egress: Egress
  readonly #group: MulticastGroup
  readonly #onPacket: (packet: Uint8Array, source: string) => void
  readonly #receivers: Map<4 | 6, Socket> = new Map()
  readonly #senders: Map<string, { readonly link: Link; readonly socket: Socket }> = new Map()
  #unsubscribe: (() => void) | undefined
  #closed = false

  constructor(egress: Egress, group: MulticastGroup, onPacket: (packet: Uint8Array, source: string) => void) {
    this.#egress = egress
    this.#group = group
    this.#onPacket = onPacket
  }

  async start(): Promise<void> {
    // Sockets that were held to an interface that has moved are of no use.
    this.#unsubscribe ??= this.#egress.onChange(() => {
      this.#closeAll()
      this.start().catch(() => {})
    })
    await Promise.all(([4, 6] as const).map(family => this.#listen(family)))
    await this.refresh()
  }

  links(): readonly Link[] {
    return [...this.#senders.values()].map(sender => sender.link)
  }

  /** Follows the interfaces that came and went. */
  async refresh(): Promise<void> {
    const links = this.#egress.links()
    const wanted = new Set(links.map(keyOf))
    for (const [key, { socket }] of this.#senders) {
      if (wanted.has(key)) continue
      this.#senders.delete(key)
      socket.close()
    }
    await Promise.all(links.filter(link => !this.#senders.has(keyOf(link))).map(link => this.#join(link)))
  }

  send(link: Link, packet: Uint8Array): void {
    const socket = this.#senders.get(keyOf(link))?.socket
    // Errors (an interface that just went down) are of no consequence: the next round tries again.
    socket?.send(packet, this.#group.port, this.#group.addresses[link.family], () => {})
  }

  close(): void {
    this.#closed = true
    this.#unsubscribe?.()
    this.#closeAll()
  }

  #closeAll(): void {
    for (const socket of this.#receivers.values()) socket.close()
    for (const { socket } of this.#senders.values()) socket.close()
    this.#receivers.clear()
    this.#senders.clear()
  }

  async #listen(family: 4 | 6): Promise<void> {
    const socket = await this.#bound(family)
    if (socket === undefined) return
    if (this.#closed) {
      socket.close()
      return
    }
    socket.on('message', (packet, from) => this.#onPacket(packet, from.address))
    this.#receivers.set(family, socket)
  }

  async #join(link: Link): Promise<void> {
    const receiver = this.#receivers.get(link.family)
    if (receiver === undefined) return
    const socket = await this.#bound(link.family, link.ips[0])
    if (socket === undefined) return
    try {
      receiver.addMembership(this.#group.addresses[link.family], handleOf(link))
    } catch {
      // A member already, or an interface without multicast, on which sending fails below or is in vain.
    }
    try {
      // The interfaces may have been looked at twice at once.
      if (this.#closed || this.#senders.has(keyOf(link))) throw new Error('not wanted any more')
      socket.setMulticastInterface(handleOf(link))
      socket.setMulticastTTL(this.#group.hops)
      socket.setMulticastLoopback(true)
      this.#senders.set(keyOf(link), { link, socket })
    } catch {
      socket.close()
    }
  }

  /** A socket on a port that other programs may share. Undefined when this machine has no such family or port. */
  async #bound(family: 4 | 6, from?: string): Promise<Socket | undefined> {
    const socket = await this.#egress
      .udp({ family, port: this.#group.port, shared: true, ...(from !== undefined && { from }) })
      .catch(() => undefined)
    socket?.on('error', () => undefined)
    return socket?.unref()
  }
}
