import type { World } from '../base/index.ts'
import { type Endpoint, MulticastSockets, type Network } from '../network/index.ts'
import { Lsd, type LsdConfig, lsdGroup } from './lsd/index.ts'
import type { SwarmTable } from './swarm-table.ts'

export interface LocalPeersParts {
  readonly world: World
  readonly network: Network
  readonly config: LsdConfig
  readonly listenPort: number
  readonly swarms: SwarmTable
}

/** Peers on the local networks (BEP 14), as far as they have sockets for that. */
export class LocalPeers {
  readonly #swarms: SwarmTable
  readonly #sockets: MulticastSockets
  readonly #lsd: Lsd
  readonly #unsubscribe: () => void

  constructor({ world, network, config, listenPort, swarms }: LocalPeersParts) {
    this.#swarms = swarms
    const sockets = new MulticastSockets(network.egress, lsdGroup, (packet, source) =>
      this.#lsd.receive(packet, source),
    )
    this.#sockets = sockets
    this.#lsd = new Lsd({
      world,
      config,
      port: sockets,
      listenPort,
      // What nobody can hear has not been told.
      names: () => (sockets.links().length === 0 ? [] : this.#names()),
      listensOn: ({ ips }) => network.addresses().some(address => ips.includes(address.split('/')[2]!)),
      isLocal: ip => network.isLocal(ip),
      onPeer: (name, peer) => this.#met(name, peer),
    })
    const moved = (): void => void sockets.refresh().then(() => this.#lsd.moved())
    this.#unsubscribe = network.on('addresses-changed', moved)
    void sockets.start().then(() => this.#lsd.changed())
  }

  /** The set of contents has changed. */
  changed(): void {
    this.#lsd.changed()
  }

  stop(): void {
    this.#unsubscribe()
    this.#sockets.close()
    this.#lsd.stop()
  }

  /** BEP 27: a private torrent is found by its trackers only. */
  *#names(): Iterable<Uint8Array> {
    for (const { content } of this.#swarms.all()) if (content.isPrivate !== true) yield* content.names
  }

  #met(name: Uint8Array, peer: Endpoint): void {
    const swarm = this.#swarms.get(name)
    if (swarm !== undefined && swarm.content.isPrivate !== true) swarm.found([peer], 'lan', { name })
  }
}
