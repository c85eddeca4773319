import { PeerageError, type Timer, type World } from '../../base/index.ts'
import type { Datagrams, Endpoint } from '../../network/index.ts'
import {
  type CompactPeer,
  type DhtContact,
  decodeKrpc,
  encodeKrpc,
  type KrpcQuery,
  type KrpcResponse,
} from '../../wire/index.ts'
import type { DhtConfig } from './config.ts'
import { isSecureId, secureId } from './node-id.ts'
import { PeerStore } from './peer-store.ts'
import { Queries } from './queries.ts'
import { QueryLimit } from './query-limit.ts'
import { RoutingTable } from './routing-table.ts'
import { type FoundNode, search } from './search.ts'
import { Tokens } from './tokens.ts'

export interface DhtNodeParts {
  readonly world: World
  readonly datagrams: Pick<Datagrams, 'send'>
  readonly config: DhtConfig
  readonly family: 4 | 6
  /** Nodes of the other family near a target, for those who want them (BEP 32). */
  others(target: Uint8Array): readonly DhtContact[]
}

export interface GetPeersOptions {
  /** The port to announce; absent: only look. */
  readonly announcePort?: number | undefined
  readonly seed?: boolean | undefined
  readonly signal: AbortSignal
  onPeers(peers: readonly Endpoint[]): void
}

/** Peers told in one answer; with nodes and token it stays below 1,000 bytes. */
const maxValues = 50
const nearCount = 8
const tickMs = 10_000
/** So many nodes must say that we have another address before we believe it. */
const mostVotes = 10

/** A node of the Mainline DHT for one address family (BEP 5, 32, 33, 42, 43, 45). */
export class DhtNode {
  readonly #parts: DhtNodeParts
  #id: Uint8Array
  #table: RoutingTable
  readonly #queries: Queries
  readonly #peers: PeerStore
  readonly #tokens: Tokens
  readonly #limit: QueryLimit
  readonly #votes = new Map<string, Set<string>>()
  #address: string | undefined
  #timer: Timer | undefined
  #refreshing = false
  #meeting = 0

  constructor(parts: DhtNodeParts) {
    const { world, config, datagrams } = parts
    this.#parts = parts
    this.#id = world.random.bytes(20)
    this.#table = new RoutingTable(this.#id)
    this.#queries = new Queries(world, config.queryTimeoutMs, (bytes, to) => datagrams.send(bytes, to))
    this.#peers = new PeerStore(world, config)
    this.#tokens = new Tokens(world, config.tokenMs)
    this.#limit = new QueryLimit(world, config)
  }

  get id(): Uint8Array {
    return this.#id
  }

  get size(): number {
    return this.#table.size
  }

  start(): void {
    this.#timer ??= this.#parts.world.every(tickMs, () => this.#tick())
  }

  stop(): void {
    this.#timer?.cancel()
    this.#queries.stop()
  }

  contacts(): DhtContact[] {
    return [...this.#table.nodes()].map(({ id, address, port }) => ({ id, address, port }))
  }

  nearest(target: Uint8Array): DhtContact[] {
    return this.#table.nearest(target, nearCount)
  }

  /** Asks whether there is a node; if so it is known from then on. Resolves to its answer, or undefined. */
  async ping(to: Endpoint): Promise<boolean> {
    return (
      (await this.#ask(to, { method: 'find_node', target: this.#id }).catch(() => undefined)) !== undefined
    )
  }

  /** Fills the table by looking for ourselves, beginning with these. */
  async bootstrap(from: readonly Endpoint[]): Promise<void> {
    const answers = await Promise.allSettled(
      from.map(to => this.#ask(to, { method: 'find_node', target: this.#id })),
    )
    const heard = answers.flatMap(one => (one.status === 'fulfilled' ? this.#own(one.value.nodes) : []))
    await this.#find(this.#id, heard, new AbortController().signal)
  }

  /** Looks for the peers of a swarm, and announces us to the nodes nearest to its name. */
  async getPeers(name: Uint8Array, options: GetPeersOptions): Promise<void> {
    const { signal, onPeers, announcePort, seed } = options
    const own = this.#peers.some(name, maxValues)
    if (own.length > 0) onPeers(own)
    const found = await this.#search(name, [], signal, 'get_peers', answer => {
      const peers = answer.peers.filter(peer => this.#isOwn(peer.address))
      if (peers.length > 0) onPeers(peers)
    })
    if (announcePort === undefined || signal.aborted) return
    await Promise.allSettled(
      found.flatMap(node => (node.token ? [this.#announce(node, node.token, name, announcePort, seed)] : [])),
    )
  }

  /** A datagram that looks like KRPC, of this family. */
  receive(bytes: Uint8Array, from: Endpoint): void {
    let message: ReturnType<typeof decodeKrpc>
    try {
      message = decodeKrpc(bytes)
    } catch (error) {
      if (error instanceof PeerageError) return
      throw error
    }
    if (message.type === 'query') this.#answer(message, from)
    else if (this.#queries.receive(message, from) && message.type === 'response') {
      this.#table.seen({ id: message.id, ...at(from) }, this.#parts.world.now())
      if (message.seenAs !== undefined) this.#vote(message.seenAs, from)
    }
  }

  // ---- asking

  async #ask(to: Endpoint, query: Pick<KrpcQuery, 'method'> & Partial<KrpcQuery>): Promise<KrpcResponse> {
    const { readOnly } = this.#parts.config
    return await this.#queries.ask(at(to), { ...query, id: this.#id, ...(readOnly && { readOnly }) })
  }

  #announce(
    to: FoundNode,
    token: Uint8Array,
    target: Uint8Array,
    port: number,
    seed = false,
  ): Promise<unknown> {
    // Behind a NAT the port that datagrams come from is the one that is open; ours is the same for TCP and UDP.
    return this.#ask(to, { method: 'announce_peer', target, token, port, impliedPort: true, seed })
  }

  #find(target: Uint8Array, extra: readonly DhtContact[], signal: AbortSignal): Promise<FoundNode[]> {
    return this.#search(target, extra, signal, 'find_node')
  }

  #search(
    target: Uint8Array,
    extra: readonly DhtContact[],
    signal: AbortSignal,
    method: 'find_node' | 'get_peers',
    onAnswer?: (answer: KrpcResponse) => void,
  ): Promise<FoundNode[]> {
    const { world, config } = this.#parts
    return search({
      world,
      config,
      target,
      start: [...this.#table.nearest(target, nearCount * 2), ...extra],
      signal,
      ask: async node => {
        try {
          return await this.#ask(node, { method, target })
        } catch (error) {
          this.#table.failed(node)
          throw error
        }
      },
      ...(onAnswer && { onAnswer }),
    })
  }

  // ---- answering

  #answer(query: KrpcQuery, from: Endpoint): void {
    const { config } = this.#parts
    if (config.readOnly || !this.#limit.allows(from.address)) return
    // BEP 43: who answers nobody is not remembered.
    if (!query.readOnly) this.#meet(from)
    const { target, method } = query
    if (method === 'ping') this.#reply(query, from, {})
    else if (target === undefined) this.#refuse(query, from, 203, 'Protocol Error')
    else if (method === 'find_node') this.#reply(query, from, { nodes: this.#nodesFor(query, target) })
    else if (method === 'get_peers')
      this.#reply(query, from, {
        nodes: this.#nodesFor(query, target),
        peers: this.#peers.some(target, maxValues),
        token: this.#tokens.make(from.address),
      })
    else if (method === 'announce_peer') this.#keep(query, target, from)
    // BEP 5, "forward compatibility": what has a target is answered like find_node.
    else this.#reply(query, from, { nodes: this.#nodesFor(query, target) })
  }

  /** Who asks is there, but only an answer proves its address; a few strangers are asked while the table is thin. */
  #meet(from: Endpoint): void {
    if (this.#meeting >= 2 || this.#table.size >= nearCount * 4 || this.#table.knows(from.address)) return
    this.#meeting++
    this.ping(from).finally(() => this.#meeting--)
  }

  #keep(query: KrpcQuery, name: Uint8Array, from: Endpoint): void {
    const port = query.impliedPort ? from.port : query.port
    if (query.token === undefined || !this.#tokens.isGood(query.token, from.address))
      this.#refuse(query, from, 203, 'Bad token')
    else if (port === undefined) this.#refuse(query, from, 203, 'Protocol Error')
    else {
      this.#peers.add(name, { address: from.address, port })
      this.#reply(query, from, {})
    }
  }

  #nodesFor({ want }: KrpcQuery, target: Uint8Array): DhtContact[] {
    const { family, others } = this.#parts
    const families = want === undefined || want.length === 0 ? [family] : want
    return families.flatMap(one => (one === family ? this.nearest(target) : [...others(target)]))
  }

  #reply(
    { transaction }: KrpcQuery,
    to: Endpoint,
    body: { nodes?: readonly DhtContact[]; peers?: readonly CompactPeer[]; token?: Uint8Array },
  ): void {
    const { nodes = [], peers = [], token } = body
    const message = { type: 'response', transaction, id: this.#id, nodes, peers, seenAs: at(to) } as const
    this.#parts.datagrams.send(encodeKrpc({ ...message, ...(token && { token }) }), to)
  }

  #refuse({ transaction }: KrpcQuery, to: Endpoint, code: number, message: string): void {
    this.#parts.datagrams.send(encodeKrpc({ type: 'error', transaction, code, message }), to)
  }

  // ---- keeping itself

  /** Nodes that others tell us are of our family only. */
  #own(nodes: readonly DhtContact[]): DhtContact[] {
    return nodes.filter(node => this.#isOwn(node.address))
  }

  #isOwn(address: string): boolean {
    return address.includes(':') === (this.#parts.family === 6)
  }

  #tick(): void {
    const { world, config } = this.#parts
    const now = world.now()
    this.#peers.expire()
    const silent = this.#table.mostSilent(now - config.questionableMs)
    if (silent !== undefined) void this.#probe(silent)
    if (this.#refreshing) return
    const depth = this.#table.staleBucket(now - config.refreshMs)
    if (depth !== undefined) void this.#refresh(depth)
  }

  async #probe(node: DhtContact): Promise<void> {
    if (!(await this.ping(node))) this.#table.failed(node)
  }

  /** Looks for a random id in that bucket. */
  async #refresh(depth: number): Promise<void> {
    const { world } = this.#parts
    this.#refreshing = true
    const target = world.random.bytes(20)
    for (let bit = 0; bit <= depth && bit < 160; bit++) {
      const mask = 128 >> (bit & 7)
      const own = this.#id[bit >> 3]! & mask
      const wanted = bit === depth ? own ^ mask : own
      target[bit >> 3] = (target[bit >> 3]! & ~mask) | wanted
    }
    await this.#find(target, [], new AbortController().signal)
    this.#table.touched(depth, world.now())
    this.#refreshing = false
  }

  /** BEP 42: when enough others agree on our address, our id is made to fit it. */
  #vote({ address }: CompactPeer, from: Endpoint): void {
    if (!this.#isOwn(address) || address === this.#address) return
    const voters = this.#votes.get(address) ?? new Set<string>()
    voters.add(from.address)
    this.#votes.set(address, voters)
    if (this.#votes.size > 32) this.#votes.clear()
    if (voters.size < mostVotes) return
    this.#votes.clear()
    this.#address = address
    if (isSecureId(address, this.#id)) return
    const known = this.contacts()
    this.#id = secureId(address, this.#parts.world.random)
    this.#table = new RoutingTable(this.#id)
    for (const contact of known) this.#table.seen(contact, this.#parts.world.now())
  }
}

/** Only address and port: what sockets give has more. */
function at({ address, port }: Endpoint): Endpoint {
  return { address, port }
}
