import { CID } from 'multiformats/cid'
import type { KeyValue } from '../access/index.ts'
import type { TokenBucket, World } from '../base/index.ts'
import type { Network } from '../network/index.ts'
import { RateLimit, type Swarm } from '../swarm/index.ts'
import { Bitswap, type BitswapConfig, type BitswapStats } from './bitswap/index.ts'
import type { IpfsConfig } from './config.ts'
import type { Refusals } from './denylists/index.ts'
import { Gateways } from './gateways/index.ts'
import { LimitedSession } from './limited-session.ts'
import {
  IpfsNames,
  type IpfsNamesConfig,
  type NameKeys,
  type Pointers,
  recordValidators,
} from './names/index.ts'
import type { BlockSession, BlockSource, Blocks, FoundBlock, Provider } from './ports.ts'
import { IpfsRouting, type IpfsRoutingConfig } from './routing/index.ts'
import { Session, type SessionConfig } from './session/index.ts'
import { SteadyPeers } from './steady-peers.ts'
import { SwarmSource } from './swarm-source.ts'

export interface IpfsOptions {
  readonly world: World
  readonly network: Network
  readonly config: IpfsConfig
  readonly blocks: Blocks
  readonly bitswap: BitswapConfig
  readonly session: SessionConfig
  /** All that this peer sends goes through it. */
  readonly upload: TokenBucket
  /** All that it fetches does, too. */
  readonly download: TokenBucket
  readonly routing: IpfsRoutingConfig
  readonly names: IpfsNamesConfig
  /** What has to be known after a restart. */
  readonly state: KeyValue
  readonly nameKeys: NameKeys
  /** The same names in the Mainline DHT. */
  readonly pointers?: Pointers
  /** What is neither fetched nor announced, nor given to anybody. */
  readonly denylists: Refusals
  /** Whether a peer may ask where something is. */
  mayAsk(peer: string): boolean
  /** Whether a peer (its PeerId in base 58) may have that block: who may read a content that it is in, see `access`. */
  mayServe(peer: string, block: FoundBlock): boolean
  /** Multiaddrs of those with whom to stay connected. */
  peers(): readonly string[]
  /** Whether anybody may have a block that is here. */
  isPublic(cid: CID): boolean
  /** Whether we know that peer, which then may give us what it gives to nobody else. */
  isKnown(peer: string): boolean
}

/**
 * The public IPFS network: who has a DAG is found there, its blocks are fetched and served, roots are announced. Nothing is sent before
 * the first use of it.
 */
export class IpfsNetwork {
  readonly name = 'ipfs'
  /** Other people's gateways, as sources of sessions. */
  readonly gateways: Gateways
  readonly #options: IpfsOptions
  /** Who has what; begins with the first question. */
  readonly routing: IpfsRouting
  readonly names: IpfsNames
  readonly #steady: SteadyPeers
  readonly #bitswap: Bitswap
  #isStarted = false

  constructor(options: IpfsOptions) {
    this.#options = options
    const { world, network, config, state } = options
    this.gateways = new Gateways({ world, network, urls: () => config.gateways })
    this.#steady = new SteadyPeers({ world, network, addresses: () => options.peers() })
    this.#bitswap = new Bitswap({
      world,
      network,
      config: options.bitswap,
      blocks: options.blocks,
      upload: new RateLimit(options.upload),
      mayServe: (peer, cid, block) => !options.denylists.denies(cid) && options.mayServe(peer, block),
    })
    this.routing = new IpfsRouting({
      world,
      network,
      state,
      config: options.routing,
      validators: recordValidators(world),
      mayAsk: peer => options.mayAsk(peer),
      isDenied: root => options.denylists.denies(root),
    })
    this.names = new IpfsNames({
      world,
      state,
      config: options.names,
      routing: this.routing,
      keys: options.nameKeys,
      texts: host => network.texts(host),
      refuse: (root, path) => options.denylists.check({ root, path }),
      ...(options.pointers && { pointers: options.pointers }),
    })
  }

  /** Whether anybody out there was spoken to so far. */
  get isStarted(): boolean {
    return this.#isStarted
  }

  /** Takes part: called by whatever needs it, and before that nothing is sent or answered. */
  start(): void {
    if (this.#isStarted || !this.#options.config.enabled) return
    this.#isStarted = true
    this.#bitswap.start()
    this.routing.start()
    this.names.start()
    this.#steady.follow()
  }

  /** Takes part at once when earlier runs promised something to others, or the user wants to be connected with somebody; again when that changes. */
  begin(): void {
    if (this.#isStarted) this.#steady.follow()
    else if (this.names.hasOwn || this.routing.status.providing > 0 || this.#options.peers().length > 0)
      this.start()
  }

  /** Fetches the blocks of one DAG from whoever has them; `publicOnly`: from those who give to anybody. */
  session(root: CID, options: { readonly publicOnly?: boolean } = {}): BlockSession {
    return new LimitedSession(this.#session(root, options), this.#options)
  }

  #session(root: CID, { publicOnly = false }: { readonly publicOnly?: boolean } = {}): BlockSession {
    this.start()
    const { world, blocks, session: config } = this.#options
    const bitswap = this.#bitswap
    return new Session(root, {
      world,
      config,
      blocks,
      publicOnly,
      refuse: one => this.#options.denylists.check({ root: one, path: [] }),
      isPublic: cid => this.#options.isPublic(cid),
      routing: this.routing,
      connected: () => [...this.#connected().map(peer => bitswap.source(peer)), ...this.gateways.sources()],
      onMet: listener => bitswap.onSpeaker(peer => listener(bitswap.source(peer))),
      sourceOf: provider => this.#sourceOf(provider),
      onLiar: ({ name, kind }) => {
        if (kind === 'bitswap') bitswap.shun(name, 'it sent another block than it was asked for.')
      },
    })
  }

  /** Lets a swarm, which keeps to the limits itself, have from IPFS what it lacks, whose files are those of that root. */
  join(swarm: Swarm, root: string): SwarmSource {
    const cid = CID.parse(root)
    const { world, config, blocks } = this.#options
    const verify: Blocks['verify'] = (of, bytes) => blocks.verify(of, bytes)
    return new SwarmSource({ world, config, root: cid, swarm, session: this.#session(cid), verify })
  }

  get stats(): BitswapStats {
    return this.#bitswap.stats
  }

  /** Announces the root of a content that is here, now and again, until `withdraw`. Throws `network.limit`, and what `Denylists.check` throws. */
  provide(root: string): void {
    const cid = CID.parse(root)
    this.#options.denylists.check({ root: cid, path: [] })
    this.start()
    this.routing.provide(cid)
    this.#bitswap.mayHaveMore()
  }

  /** Announces it at once, also when it was not long ago. */
  announce(root: string): void {
    this.routing.hurry(CID.parse(root))
  }

  /** Withdraws all others. */
  provideOnly(roots: readonly string[]): void {
    this.routing.provideOnly(roots.map(root => CID.parse(root)))
  }

  withdraw(root: string): void {
    this.routing.withdraw(CID.parse(root))
  }

  /** Those who are known to speak Bitswap first: who was connected before this began may, too. */
  #connected(): string[] {
    const all = this.#options.network.connections().map(({ peer }) => peer)
    return [...new Set([...this.#bitswap.speakers(), ...all])].filter(peer => !this.#bitswap.isShunned(peer))
  }

  #sourceOf(provider: Provider): BlockSource | undefined {
    const { peer, addresses, protocols = [] } = provider
    const { network } = this.#options
    const gateway = this.gateways.sourceOf(provider)
    if (gateway !== undefined) return gateway
    if (protocols.length > 0 && !protocols.includes('transport-bitswap')) return undefined
    if (!network.mayMeet(peer) || this.#bitswap.isShunned(peer)) return undefined
    network.rememberAddresses(peer, addresses)
    return this.#bitswap.source(peer, !this.#options.isKnown(peer))
  }

  async stop(): Promise<void> {
    this.#isStarted = false
    await this.names.stop()
    this.#steady.stop()
    this.#bitswap.stop()
    this.routing.stop()
  }
}
