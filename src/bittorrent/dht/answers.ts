import type { World } from '../../base/index.ts'
import type { Endpoint } from '../../network/index.ts'
import {
  type DhtContact,
  encodeKrpc,
  type KrpcMethod,
  type KrpcQuery,
  type KrpcResponse,
  krpcErrors,
} from '../../wire/index.ts'
import type { DhtConfig } from './config.ts'
import { isMutable, type VerifySignature } from './item.ts'
import { ItemStore } from './item-store.ts'
import { PeerStore } from './peer-store.ts'
import { QueryLimit } from './query-limit.ts'
import { Tokens } from './tokens.ts'

export interface AnswersParts {
  readonly world: World
  readonly config: DhtConfig
  readonly verify: VerifySignature
  /** Our id as it is now. */
  ownId(): Uint8Array
  /** Nodes near a target of the families that are wanted; undefined: of our own. */
  nearest(target: Uint8Array, want: readonly (4 | 6)[] | undefined): readonly DhtContact[]
  send(bytes: Uint8Array, to: Endpoint): void
}

type Body = Partial<Pick<KrpcResponse, 'nodes' | 'peers' | 'token' | 'bloom' | 'sample'>> &
  Pick<KrpcResponse, 'value' | 'publicKey' | 'seq' | 'signature'>

/** BEP 32, "maximum packet size". */
const maxReplyBytes = 1_024
/** An item of 1,000 bytes does not fit that: then as much as passes the internet in one piece. */
const maxItemReplyBytes = 1_400
const bytesPerPeer = { 4: 8, 6: 21 }

/** Answers the questions of others (BEP 5, 33, 44, 51), and keeps what they store here. */
export class Answers {
  readonly peers: PeerStore
  readonly items: ItemStore
  readonly #parts: AnswersParts
  readonly #tokens: Tokens
  readonly #limit: QueryLimit
  readonly #methods: Readonly<Record<KrpcMethod, (query: KrpcQuery, from: Endpoint) => void>> = {
    ping: (query, from) => this.#reply(query, from, {}),
    find_node: (query, from) =>
      this.#near(query, from, target => ({ nodes: this.#parts.nearest(target, query.want) })),
    get_peers: (query, from) => this.#near(query, from, target => this.#peersOf(query, target, from)),
    announce_peer: (query, from) => this.#announce(query, from),
    get: (query, from) => this.#near(query, from, target => this.#itemOf(query, target, from)),
    put: (query, from) => this.#put(query, from),
    sample_infohashes: (query, from) =>
      this.#near(query, from, target => ({
        nodes: this.#parts.nearest(target, query.want),
        sample: this.peers.sample(),
      })),
  }

  constructor(parts: AnswersParts) {
    const { world, config, verify } = parts
    this.#parts = parts
    this.peers = new PeerStore(world, config)
    this.items = new ItemStore(world, config, verify)
    this.#tokens = new Tokens(world, config.tokenMs)
    this.#limit = new QueryLimit(world, config)
  }

  /** False when the question was one too many and gets no answer. */
  answer(query: KrpcQuery, from: Endpoint): boolean {
    if (!this.#limit.allows(from.address)) return false
    if (Object.hasOwn(this.#methods, query.method)) this.#methods[query.method as KrpcMethod](query, from)
    // Not the nodes near its target, as some do: nobody shall get more bytes from us than they sent for nothing.
    else this.#refuse(query, from, krpcErrors.unknownMethod, 'Method Unknown')
    return true
  }

  expire(): void {
    this.peers.expire()
    this.items.expire()
  }

  #near(query: KrpcQuery, from: Endpoint, body: (target: Uint8Array) => Body): void {
    if (query.target === undefined) this.#refuse(query, from, krpcErrors.protocol, 'Protocol Error')
    else this.#reply(query, from, body(query.target))
  }

  #peersOf({ want, scrape, noSeed }: KrpcQuery, target: Uint8Array, from: Endpoint): Body {
    const bloom = scrape ? this.peers.scrape(target) : undefined
    return {
      // BEP 33: beside the filters only the nodes of one family fit.
      nodes: this.#parts.nearest(target, bloom ? undefined : want),
      peers: this.peers.some(target, maxReplyBytes / bytesPerPeer[4], noSeed),
      token: this.#tokens.make(from.address),
      ...(bloom && { bloom }),
    }
  }

  #itemOf({ want, seq }: KrpcQuery, target: Uint8Array, from: Endpoint): Body {
    const rest = { nodes: this.#parts.nearest(target, want), token: this.#tokens.make(from.address) }
    const item = this.items.get(target)
    if (item === undefined) return rest
    if (!isMutable(item)) return { ...rest, value: item.value }
    // BEP 44, "get message": whoever knows it already only hears that we have it too.
    if (seq !== undefined && item.seq <= seq) return { ...rest, seq: item.seq }
    const { value, publicKey, signature } = item
    return { ...rest, value, publicKey, signature, seq: item.seq }
  }

  #announce(query: KrpcQuery, from: Endpoint): void {
    const { target, impliedPort, seed } = query
    const port = impliedPort ? from.port : query.port
    if (target === undefined || port === undefined)
      this.#refuse(query, from, krpcErrors.protocol, 'Protocol Error')
    else if (!this.#mayWrite(query, from)) this.#refuse(query, from, krpcErrors.protocol, 'Bad token')
    else if (!this.peers.add(target, { address: from.address, port }, seed))
      this.#refuse(query, from, krpcErrors.server, 'Too many announces')
    else this.#reply(query, from, {})
  }

  #put(query: KrpcQuery, from: Endpoint): void {
    const refusal = this.#mayWrite(query, from)
      ? this.items.put(query, from.address)
      : { code: krpcErrors.protocol, message: 'Bad token' }
    if (refusal === undefined) this.#reply(query, from, {})
    else this.#refuse(query, from, refusal.code, refusal.message)
  }

  #mayWrite({ token }: KrpcQuery, { address }: Endpoint): boolean {
    return token !== undefined && this.#tokens.isGood(token, address)
  }

  #reply({ transaction }: KrpcQuery, to: Endpoint, body: Body): void {
    const id = this.#parts.ownId()
    const { peers = [], nodes = [], ...rest } = body
    const message = { type: 'response', transaction, id, seenAs: to, nodes, ...rest } as const
    let bytes = encodeKrpc({ ...message, peers: [] })
    if (peers.length > 0) {
      const each = bytesPerPeer[to.address.includes(':') ? 6 : 4]
      const room = Math.max(0, Math.floor((maxReplyBytes - bytes.length - 12) / each))
      bytes = encodeKrpc({ ...message, peers: peers.slice(0, room) })
    }
    for (let few = 4; bytes.length > (rest.value ? maxItemReplyBytes : maxReplyBytes) && few >= 0; few -= 4)
      bytes = encodeKrpc({ ...message, nodes: nodes.slice(0, few), peers: [] })
    this.#send(bytes, to)
  }

  #refuse({ transaction }: KrpcQuery, to: Endpoint, code: number, message: string): void {
    this.#send(encodeKrpc({ type: 'error', transaction, code, message }), to)
  }

  #send(bytes: Uint8Array, to: Endpoint): void {
    if (this.#limit.allowsReply(bytes.length)) this.#parts.send(bytes, to)
  }
}
