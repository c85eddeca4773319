import { toHex, type World } from '../../base/index.ts'
import {
  type Endpoint,
  type Link,
  type LinkPort,
  type MulticastGroup,
  unmapped,
} from '../../network/index.ts'
import { decodeLocalAnnouncement, encodeLocalAnnouncement } from '../../wire/index.ts'
import type { LsdConfig } from './config.ts'
import { LocalAnnouncer } from './local-announcer.ts'
import { SenderLimit } from './sender-limit.ts'

/** BEP 14; its packets stay on the network. */
export const lsdGroup: MulticastGroup = {
  addresses: { 4: '239.192.152.143', 6: 'ff15::efc0:988f' },
  port: 6771,
  hops: 1,
}

export interface LsdParts {
  readonly world: World
  readonly config: LsdConfig
  readonly port: LinkPort
  /** Where BitTorrent peers reach us. */
  readonly listenPort: number
  /** Names of all contents that may be announced now, 20 bytes each. */
  names(): Iterable<Uint8Array>
  /** Whether we take connections on this network. */
  listensOn(link: Link): boolean
  /** Whether an IP address is on a network of this machine. */
  isLocal(ip: string): boolean
  /** Hearsay: who sends from there says to be in the swarm of that name. */
  onPeer(name: Uint8Array, peer: Endpoint): void
}

/**
 * Local Service Discovery (BEP 14): tells the local networks which contents we are in the swarms of, and hears who else is. Whoever is
 * heard costs a bounded number of packets a minute and can name only its own address.
 */
export class Lsd {
  readonly #parts: LsdParts
  readonly #cookie: string
  readonly #announcer: LocalAnnouncer
  readonly #limit: SenderLimit

  constructor(parts: LsdParts) {
    const { world, config } = parts
    this.#parts = parts
    this.#cookie = toHex(world.random.bytes(8))
    this.#limit = new SenderLimit(world, config)
    this.#announcer = new LocalAnnouncer({
      world,
      config,
      names: () => parts.names(),
      send: names => this.#send(names),
    })
  }

  /** The set of contents to announce has changed. */
  changed(): void {
    this.#announcer.changed()
  }

  /** The networks of this machine have changed. */
  moved(): void {
    this.#announcer.moved()
  }

  /** A packet that came from an IP address. Never throws. */
  receive(packet: Uint8Array, source: string): void {
    const address = unmapped(source)
    // A link-local IPv6 address means nothing without its interface, which addresses of peers do not carry.
    if (address.includes('%') || !this.#parts.isLocal(address) || !this.#limit.take(address)) return
    const said = heard(packet)
    if (said === undefined || said.cookie === this.#cookie) return
    for (const name of said.names) this.#parts.onPeer(name, { address, port: said.port })
  }

  stop(): void {
    this.#announcer.stop()
  }

  #send(names: readonly Uint8Array[]): void {
    const { port, listenPort } = this.#parts
    const announcement = { port: listenPort, names, cookie: this.#cookie }
    for (const link of port.links())
      if (this.#parts.listensOn(link))
        port.send(link, encodeLocalAnnouncement(hostOf(link.family), announcement))
  }
}

function hostOf(family: 4 | 6): string {
  const address = lsdGroup.addresses[family]
  return family === 6 ? `[${address}]:${lsdGroup.port}` : `${address}:${lsdGroup.port}`
}

/** Undefined for what broken software says. */
function heard(packet: Uint8Array): ReturnType<typeof decodeLocalAnnouncement> | undefined {
  try {
    return decodeLocalAnnouncement(packet)
  } catch {
    return undefined
  }
}
