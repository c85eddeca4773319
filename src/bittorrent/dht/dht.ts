import type { World } from '../../base/index.ts'
import { type Datagrams, type Endpoint, unmapped } from '../../network/index.ts'
import type { DhtContact, KrpcSample } from '../../wire/index.ts'
import type { BloomFilter } from './bloom-filter.ts'
import type { DhtConfig } from './config.ts'
import { DhtNode } from './dht-node.ts'
import { verifyEd25519 } from './ed25519.ts'
import { type DhtItem, isMutable, type VerifySignature } from './item.ts'
import { type GetPeersOptions, getItem, getPeers, putItem, type Stored, scrape } from './look-ups.ts'

export interface DhtOptions {
  readonly world: World
  readonly datagrams: Datagrams
  readonly config: DhtConfig
  /** Nodes of an earlier run: asked first. */
  readonly nodes?: readonly Endpoint[] | undefined
  /** Our addresses in an earlier run (`status`): an id that fits them from the start spares entering twice. */
  readonly addresses?: readonly string[] | undefined
  /** Addresses of `host:port`. */
  resolve(text: string): Promise<readonly Endpoint[]>
  /** Ed25519 (BEP 44). By default that of Node.js. */
  readonly verify?: VerifySignature | undefined
  /** A node says at which endpoint it sees us (BEP 42). */
  onSeen?(by: Endpoint, us: Endpoint): void
}

export interface DhtStatus {
  readonly nodes4: number
  readonly nodes6: number
  /** `out` before the first look-up, `entering` until nodes have answered, `lonely` when hardly any do. */
  readonly state: 'out' | 'entering' | 'in' | 'lonely'
  /** Our addresses as other nodes see them, once enough agree. */
  readonly addresses: readonly string[]
  /** Swarms and items that are kept for others. */
  readonly swarms: number
  readonly items: number
}

/** How many peers a swarm has, by the estimate of BEP 33. */
export interface DhtScrape {
  readonly seeds: number
  readonly peers: number
}

/** Below so many nodes the DHT is entered anew. */
const lonely = 4
const reenterMs = 60_000
/** Nodes of an earlier run that are asked at once. */
const maxGreeted = 32

/** The Mainline DHT over both address families (BEP 32): one node each. */
export class Dht {
  readonly #options: DhtOptions
  readonly #verify: VerifySignature
  readonly #nodes: readonly DhtNode[]
  #unclaim: () => void = () => undefined
  #entered: Promise<void> | undefined
  #isEntering = false
  #enteredAt = Number.NEGATIVE_INFINITY

  constructor(options: DhtOptions) {
    this.#options = options
    this.#verify = options.verify ?? verifyEd25519
    const { families } = options.datagrams
    this.#nodes = families.map(
      family =>
        new DhtNode({
          ...options,
          family,
          verify: this.#verify,
          dual: families.length > 1,
          address: options.addresses?.find(one => one.includes(':') === (family === 6)),
          others: target => this.#nodes.find(node => node.family !== family)?.nearest(target) ?? [],
        }),
    )
  }

  /** Nodes in both tables. */
  get size(): number {
    return this.#nodes.reduce((sum, node) => sum + node.size, 0)
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
    for (const node of this.#nodes) node.start()
  }

  /** Look-ups that run end with what they have. */
  stop(): void {
    this.#unclaim()
    for (const node of this.#nodes) node.stop()
  }

  /** A peer said that it has a node (BEP 5, "port"). */
  addNode(endpoint: Endpoint): void {
    const address = unmapped(endpoint.address)
    this.#of(address)?.meet({ address, port: endpoint.port })
  }

  /** Nodes to begin with next time. */
  contacts(): DhtContact[] {
    return this.#nodes.flatMap(node => node.contacts())
  }

  status(): DhtStatus {
    const sizeOf = (family: 4 | 6): number => this.#nodes.find(node => node.family === family)?.size ?? 0
    const few = this.size < lonely
    return {
      nodes4: sizeOf(4),
      nodes6: sizeOf(6),
      state: !few ? 'in' : this.#isEntering ? 'entering' : this.#entered === undefined ? 'out' : 'lonely',
      addresses: this.#nodes.flatMap(({ address }) => address ?? []),
      swarms: this.#nodes.reduce((sum, { answers }) => sum + answers.peers.size, 0),
      items: this.#nodes.reduce((sum, { answers }) => sum + answers.items.size, 0),
    }
  }

  /** Looks for the peers of a swarm (a name of 20 bytes) in both families, and announces us when a port is given. */
  async getPeers(name: Uint8Array, options: GetPeersOptions): Promise<void> {
    await this.#enter()
    await Promise.all(this.#nodes.map(node => getPeers(node, name, options)))
  }

  /** How many there are in a swarm, without joining it (BEP 33). */
  async scrape(name: Uint8Array, signal?: AbortSignal): Promise<DhtScrape> {
    await this.#enter()
    const found = await Promise.all(this.#nodes.map(node => scrape(node, name, signal)))
    const [first, ...more] = found
    if (first === undefined) return { seeds: 0, peers: 0 }
    for (const { seeds, peers } of more) {
      first.seeds.unite(seeds.bytes)
      first.peers.unite(peers.bytes)
    }
    const count = (filter: BloomFilter): number => Math.round(filter.estimate)
    return { seeds: count(first.seeds), peers: count(first.peers) }
  }

  /**
   * The item under a target (`targetOf`, `mutableTarget`), verified; of a mutable one the newest. `salt` is that of the target. BEP
   * 44.
   */
  async get(
    target: Uint8Array,
    { salt = new Uint8Array(0), signal }: { salt?: Uint8Array; signal?: AbortSignal } = {},
  ): Promise<DhtItem | undefined> {
    await this.#enter()
    const options = { salt, signal, verify: this.#verify }
    const found = await Promise.all(this.#nodes.map(node => getItem(node, target, options)))
    return found.reduce((best, one) => (seqOf(one) > seqOf(best) ? one : best), undefined)
  }

  /**
   * Stores an item at the nodes nearest to its target, for two hours (BEP 44): put it again every hour to keep it. With `cas` a
   * mutable item replaces only that number.
   */
  async put(item: DhtItem, options: { cas?: bigint; signal?: AbortSignal } = {}): Promise<Stored> {
    await this.#enter()
    const all = await Promise.all(this.#nodes.map(node => putItem(node, item, options)))
    return {
      nodes: all.reduce((sum, { nodes }) => sum + nodes, 0),
      refusals: all.flatMap(({ refusals }) => refusals),
    }
  }

  /** Names that one node keeps peers of (BEP 51). Rejects with `network.unreachable` or `peer.protocol`. */
  async sample(endpoint: Endpoint, target?: Uint8Array): Promise<KrpcSample | undefined> {
    const node = this.#of(unmapped(endpoint.address))
    if (node === undefined) return undefined
    const answer = await node.ask(endpoint, { method: 'sample_infohashes', target: target ?? node.id })
    return answer.sample
  }

  /** Enters the DHT when we know hardly anybody; not more often than once a minute. */
  async #enter(): Promise<void> {
    const { world } = this.#options
    if (this.size < lonely && world.now() - this.#enteredAt >= reenterMs) {
      this.#enteredAt = world.now()
      this.#isEntering = true
      this.#entered = this.#bootstrap().finally(() => {
        this.#isEntering = false
      })
    }
    await this.#entered
  }

  /** Nodes that we knew spare the well-known ones the trouble. Resolves once there is somebody to ask. */
  async #bootstrap(): Promise<void> {
    const { config, nodes = [] } = this.#options
    await this.#greet(nodes.slice(0, maxGreeted))
    if (this.size >= lonely) return
    const found = await Promise.all(config.bootstrap.map(text => this.#resolve(text)))
    await this.#greet(found.flat())
  }

  async #greet(endpoints: readonly Endpoint[]): Promise<void> {
    if (endpoints.length === 0) return
    const heard = await Promise.all(
      this.#nodes.map(node => node.greet(endpoints.filter(({ address }) => node.isOwn(address)))),
    )
    for (const node of this.#nodes) void node.findSelf(heard.flat())
  }

  /** A resolver that hangs holds up nothing. */
  async #resolve(text: string): Promise<readonly Endpoint[]> {
    const { world, config, resolve } = this.#options
    const late = Promise.withResolvers<readonly Endpoint[]>()
    const timer = world.after(config.queryTimeoutMs, () => late.resolve([]))
    try {
      return await Promise.race([resolve(text), late.promise])
    } catch {
      return []
    } finally {
      timer.cancel()
    }
  }

  #of(address: string): DhtNode | undefined {
    return this.#nodes.find(node => node.isOwn(address))
  }
}

function seqOf(item: DhtItem | undefined): bigint {
  if (item === undefined) return -1n
  return isMutable(item) ? item.seq : 0n
}
