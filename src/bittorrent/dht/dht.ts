import type { World } from '../../base/index.ts'
import { type Datagrams, type Endpoint, unmapped } from '../../network/index.ts'
import type { DhtContact } from '../../wire/index.ts'
import type { DhtConfig } from './config.ts'
import { DhtNode, type GetPeersOptions } from './dht-node.ts'

export interface DhtOptions {
  readonly world: World
  readonly datagrams: Datagrams
  readonly config: DhtConfig
  /** Nodes of an earlier run: asked first. */
  readonly nodes?: readonly Endpoint[] | undefined
  /** Addresses of `host:port`. */
  resolve(text: string): Promise<readonly Endpoint[]>
}

/** Below so many nodes the DHT is entered anew. */
const lonely = 4
const reenterMs = 60_000

/** The Mainline DHT over both address families (BEP 32): one node each. */
export class Dht {
  readonly #options: DhtOptions
  readonly #nodes = new Map<4 | 6, DhtNode>()
  #unclaim: () => void = () => undefined
  #entered: Promise<void> | undefined
  #enteredAt = Number.NEGATIVE_INFINITY

  constructor(options: DhtOptions) {
    this.#options = options
    const { world, datagrams, config } = options
    for (const family of datagrams.families)
      this.#nodes.set(
        family,
        new DhtNode({
          world,
          datagrams,
          config,
          family,
          others: target => this.#nodes.get(family === 4 ? 6 : 4)?.nearest(target) ?? [],
        }),
      )
  }

  /** Nodes in both tables. */
  get size(): number {
    let size = 0
    for (const node of this.#nodes.values()) size += node.size
    return size
  }

  start(): void {
    this.#unclaim = this.#options.datagrams.claim({
      name: 'dht',
      // Bencoded dictionaries begin with d and end with e.
      matches: bytes => bytes[0] === 0x64 && bytes[bytes.length - 1] === 0x65,
      receive: (bytes, from) => {
        const address = unmapped(from.address)
        this.#of(address)?.receive(bytes, { address, port: from.port })
      },
    })
    for (const node of this.#nodes.values()) node.start()
  }

  stop(): void {
    this.#unclaim()
    for (const node of this.#nodes.values()) node.stop()
  }

  /** A peer said that it has a node. */
  addNode(endpoint: Endpoint): void {
    void this.#of(endpoint.address)?.ping(endpoint)
  }

  /** Nodes to begin with next time. */
  contacts(): DhtContact[] {
    return [...this.#nodes.values()].flatMap(node => node.contacts())
  }

  /** Looks for the peers of a swarm (a name of 20 bytes) in both families, and announces us when a port is given. */
  async getPeers(name: Uint8Array, options: GetPeersOptions): Promise<void> {
    await this.#enter()
    await Promise.all([...this.#nodes.values()].map(node => node.getPeers(name, options)))
  }

  /** Enters the DHT when we know hardly anybody; not more often than once a minute. */
  async #enter(): Promise<void> {
    const { world } = this.#options
    if (this.size < lonely && world.now() - this.#enteredAt >= reenterMs) {
      this.#enteredAt = world.now()
      this.#entered = this.#bootstrap()
    }
    await this.#entered
  }

  async #bootstrap(): Promise<void> {
    const { config, nodes = [], resolve } = this.#options
    const found = await Promise.all(config.bootstrap.map(text => resolve(text).catch(() => [])))
    const all = [...nodes, ...found.flat()]
    await Promise.all(
      [...this.#nodes].map(([family, node]) =>
        node.bootstrap(all.filter(({ address }) => address.includes(':') === (family === 6))),
      ),
    )
  }

  #of(address: string): DhtNode | undefined {
    return this.#nodes.get(address.includes(':') ? 6 : 4)
  }
}
