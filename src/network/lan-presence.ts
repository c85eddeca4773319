import type { World } from '../base/index.ts'
import { type Discovery, LanDiscovery, lanFinder, MulticastSockets, mdnsGroup } from './discovery/index.ts'
import type { Egress } from './egress/index.ts'
import type { LocalNetworks } from './local-networks.ts'
import type { NetworkEvents } from './network.ts'

type Heard = NetworkEvents['peer-discovered']

export interface LanPresenceParts {
  readonly world: World
  readonly egress: Egress
  readonly local: LocalNetworks
  readonly config: { readonly mdnsIntervalMs: number; readonly mdnsMaxPeersPerMinute: number }
  /** PeerId of this peer. */
  readonly self: string
  addresses(): string[]
  onPeer(heard: Heard): void
}

/** Tells the local networks of this peer, and hears who else is there. */
export class LanPresence {
  readonly #parts: LanPresenceParts
  readonly #sockets: MulticastSockets
  readonly #discovery: LanDiscovery

  constructor(parts: LanPresenceParts) {
    this.#parts = parts
    const { world, egress, local, config, self, addresses, onPeer } = parts
    this.#sockets = new MulticastSockets(egress, mdnsGroup, (packet, source) =>
      this.#discovery.receive(packet, source),
    )
    this.#discovery = new LanDiscovery({
      world,
      port: this.#sockets,
      self,
      intervalMs: config.mdnsIntervalMs,
      maxPeersPerMinute: config.mdnsMaxPeersPerMinute,
      addresses,
      isLocal: local.contains,
      onPeer: (peer, heard) => onPeer({ peer, addresses: heard, how: 'mdns' }),
    })
  }

  async start(): Promise<void> {
    await this.#sockets.start()
    this.#discovery.start()
  }

  /** As one of the ways of finding peers; `onHeard` subscribes to what `onPeer` gets. */
  finder(onHeard: (listener: (heard: Heard) => void) => () => void): Discovery {
    return lanFinder({ world: this.#parts.world, lookAround: () => this.lookAround(), onHeard })
  }

  lookAround(): void {
    this.#discovery.lookAround()
  }

  /** The networks, or our addresses on them, have changed. */
  again(): void {
    const look = (): void => {
      this.#discovery.announce()
      this.#discovery.lookAround()
    }
    this.#sockets.refresh().then(look, look)
  }

  stop(): void {
    this.#discovery.stop()
    this.#sockets.close()
  }
}
