import { PeerageError, type Timer, type World } from '../../base/index.ts'
import type { Datagrams, Endpoint } from '../../network/index.ts'
import {
  type DhtContact,
  decodeKrpc,
  type KrpcMessage,
  type KrpcMethod,
  type KrpcQuery,
  type KrpcResponse,
} from '../../wire/index.ts'
import { AddressVotes } from './address-votes.ts'
import { isPlausible } from './addresses.ts'
import { Answers } from './answers.ts'
import type { DhtConfig } from './config.ts'
import type { VerifySignature } from './item.ts'
import { isSecureId, secureId } from './node-id.ts'
import { Queries } from './queries.ts'
import { RoutingTable } from './routing-table.ts'
import { type FoundNode, search } from './search.ts'

export interface DhtNodeParts {
  readonly world: World
  readonly datagrams: Pick<Datagrams, 'send'>
  readonly config: DhtConfig
  readonly family: 4 | 6
  readonly verify: VerifySignature
  /** Our address, if it is known already. */
  readonly address?: string | undefined
  /** Whether nodes of the other family are of use to us (BEP 32). */
  readonly dual: boolean
  /** Nodes of the other family near a target, for those who want them (BEP 32). */
  others(target: Uint8Array): readonly DhtContact[]
  /** A node says at which endpoint it sees us (BEP 42). */
  onSeen?(by: Endpoint, us: Endpoint): void
}

/** A question without what every question has. */
export type Asking = { readonly method: KrpcMethod } & Omit<
  Partial<KrpcQuery>,
  'type' | 'transaction' | 'method'
>

export interface WalkOptions {
  readonly signal?: AbortSignal | undefined
  /** Nodes to begin with, beside those that we know. */
  readonly extra?: readonly DhtContact[]
  readonly onAnswer?: (answer: KrpcResponse, from: DhtContact) => void
}

const nearCount = 8
const tickMs = 10_000
/** Strangers that are asked at the same time whether they are nodes. */
const maxMeeting = 8

/** A node of the Mainline DHT for one address family (BEP 5, 32, 42, 43, 45). */
export class DhtNode {
  readonly family: 4 | 6
  readonly answers: Answers
  readonly #parts: DhtNodeParts
  readonly #queries: Queries
  readonly #votes: AddressVotes
  #id: Uint8Array
  #table: RoutingTable
  #address: string | undefined
  #timer: Timer | undefined
  #refreshing = false
  #meeting = 0

  constructor(parts: DhtNodeParts) {
    const { world, config, datagrams } = parts
    this.#parts = parts
    this.family = parts.family
    this.#address = parts.address
    this.#id = parts.address === undefined ? world.random.bytes(20) : secureId(parts.address, world.random)
    this.#table = new RoutingTable(this.#id, config.maxNodesPerNetwork)
    const send = datagrams.send.bind(datagrams)
    this.#queries = new Queries(world, config, send)
    this.#votes = new AddressVotes(config.votesForAddress)
    this.answers = new Answers({
      ...parts,
      ownId: () => this.#id,
      nearest: (target, want) => this.#nodesFor(target, want),
      send,
    })
  }

  get id(): Uint8Array {
    return this.#id
  }

  /** Our address as others see it, once enough of them agree. */
  get address(): string | undefined {
    return this.#address
  }

  /** Nodes in the table. */
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

  /** Rejects as `Queries.ask` does. */
  async ask(to: Endpoint, query: Asking): Promise<KrpcResponse> {
    const { readOnly } = this.#parts.config
    return await this.#queries.ask(at(to), { ...query, id: this.#id, ...(readOnly && { readOnly }) })
  }

  /** Somebody said that there is a node: it is asked, and known from then on if it answers. */
  meet(endpoint: Endpoint): void {
    if (this.#meeting >= maxMeeting || this.#table.knows(endpoint)) return
    this.#meeting++
    this.#ping(endpoint).finally(() => this.#meeting--)
  }

  /** Asks nodes for the way to ourselves. Resolves to what they tell once all have answered or are slow. */
  async greet(endpoints: readonly Endpoint[]): Promise<DhtContact[]> {
    const { world, config, dual } = this.#parts
    const heard: DhtContact[] = []
    const { promise: slow, resolve } = Promise.withResolvers<void>()
    const timer = world.after(config.slowMs, resolve)
    const want = dual ? { want: [4, 6] as const } : {}
    const all = endpoints.map(async to => {
      const { nodes } = await this.ask(to, { method: 'find_node', target: this.#id, ...want })
      heard.push(...nodes.filter(node => isPlausible(node, to.address)))
    })
    await Promise.race([Promise.allSettled(all), slow])
    timer.cancel()
    // A slow one is better than none.
    if (heard.length === 0) await Promise.any(all).catch(() => undefined)
    return heard
  }

  /** Walks to ourselves, so that those near us know us and we know them. */
  async findSelf(extra: readonly DhtContact[]): Promise<void> {
    await this.walk({ method: 'find_node', target: this.#id }, { extra })
  }

  /** Asks the nodes nearest to the target of a question, wherever they are; resolves with them. Never rejects. */
  walk(query: Asking & { readonly target: Uint8Array }, options: WalkOptions = {}): Promise<FoundNode[]> {
    const { world, config } = this.#parts
    const { signal = new AbortController().signal, extra = [], onAnswer } = options
    return search({
      world,
      config,
      target: query.target,
      own: this.#id,
      start: [
        ...this.#table.nearest(query.target, nearCount * 2),
        ...extra.filter(node => this.isOwn(node.address)),
      ],
      signal,
      ask: async node => {
        try {
          return await this.ask(node, query)
        } catch (error) {
          this.#failed(node, error)
          throw error
        }
      },
      ...(onAnswer && { onAnswer }),
    })
  }

  /** Whether an address is of our family. */
  isOwn(address: string): boolean {
    return address.includes(':') === (this.family === 6)
  }

  /** A datagram that looks like KRPC, of this family. */
  receive(bytes: Uint8Array, from: Endpoint): void {
    let message: KrpcMessage
    try {
      message = decodeKrpc(bytes)
    } catch (error) {
      if (error instanceof PeerageError) return
      throw error
    }
    if (message.type === 'query') this.#asked(message, from)
    else if (this.#queries.receive(message, from) && message.type === 'response') {
      this.#table.seen({ id: message.id, ...at(from) }, this.#parts.world.now())
      if (message.seenAs === undefined) return
      this.#parts.onSeen?.(from, message.seenAs)
      this.#vote(message.seenAs.address, from)
    }
  }

  #asked(query: KrpcQuery, from: Endpoint): void {
    if (this.#parts.config.readOnly || !this.answers.answer(query, from)) return
    // BEP 43: who answers nobody is not remembered. Who asks is there, but only an answer proves its address: a few strangers
    // are asked while the table is thin.
    if (!query.readOnly && this.#meeting < 2 && this.#table.size < nearCount * 4) this.meet(from)
  }

  #nodesFor(target: Uint8Array, want: readonly (4 | 6)[] | undefined): DhtContact[] {
    const families = want === undefined || want.length === 0 ? [this.family] : want
    return families.flatMap(one =>
      one === this.family ? this.nearest(target) : [...this.#parts.others(target)],
    )
  }

  async #ping(to: Endpoint): Promise<void> {
    await this.ask(to, { method: 'find_node', target: this.#id }).catch(() => undefined)
  }

  #failed(node: DhtContact, error: unknown): void {
    // Whoever answers with an error is there.
    if (error instanceof PeerageError && error.code === 'network.unreachable') this.#table.failed(node)
  }

  #tick(): void {
    const { world, config } = this.#parts
    const now = world.now()
    this.answers.expire()
    const silent = this.#table.mostSilent(now - config.questionableMs)
    if (silent !== undefined) this.ask(silent, { method: 'ping' }).catch(error => this.#failed(silent, error))
    if (this.#refreshing) return
    const depth = this.#table.staleBucket(now - config.refreshMs)
    if (depth !== undefined) void this.#refresh(depth)
  }

  /** BEP 5, "routing table": looks for a random id in that bucket. */
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
    await this.walk({ method: 'find_node', target })
    this.#table.touched(depth, world.now())
    this.#refreshing = false
  }

  /** BEP 42: when enough others agree on our address, our id is made to fit it. */
  #vote(address: string, { address: voter }: Endpoint): void {
    if (!this.isOwn(address)) return
    const believed = this.#votes.add(address, voter)
    if (believed === undefined || believed === this.#address) return
    this.#address = believed
    if (isSecureId(believed, this.#id)) return
    const { world, config } = this.#parts
    const known = this.contacts()
    this.#id = secureId(believed, world.random)
    this.#table = new RoutingTable(this.#id, config.maxNodesPerNetwork)
    for (const contact of known) this.#table.seen(contact, world.now())
    void this.findSelf([])
  }
}

/** Only address and port: what sockets give has more. */
function at({ address, port }: Endpoint): Endpoint {
  return { address, port }
}
