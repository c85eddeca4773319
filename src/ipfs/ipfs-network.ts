import { CID } from 'multiformats/cid'
import type { KeyValue } from '../access/index.ts'
import type { World } from '../base/index.ts'
import type { Network } from '../network/index.ts'
import type { IpfsConfig } from './config.ts'
import { Gateways } from './gateways/index.ts'
import {
  IpfsNames,
  type IpfsNamesConfig,
  type NameKeys,
  type Pointers,
  recordValidators,
} from './names/index.ts'
import type { Blocks } from './ports.ts'
import { IpfsRouting, type IpfsRoutingConfig } from './routing/index.ts'

export interface IpfsOptions {
  readonly world: World
  readonly network: Network
  readonly config: IpfsConfig
  readonly blocks: Blocks
  readonly routing: IpfsRoutingConfig
  readonly names: IpfsNamesConfig
  /** What has to be known after a restart. */
  readonly state: KeyValue
  readonly nameKeys: NameKeys
  /** The same names in the Mainline DHT. */
  readonly pointers?: Pointers
  /** Whether a peer may ask where something is. */
  mayAsk(peer: string): boolean
  /** Whether a peer (its PeerId in base 58) may have that block: who may read a content that it is in, see `access`. */
  mayServe(peer: string, cid: CID): boolean
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
  #isStarted = false

  constructor(options: IpfsOptions) {
    this.#options = options
    const { world, network, config, state } = options
    this.gateways = new Gateways({ world, network, urls: () => config.gateways })
    this.routing = new IpfsRouting({
      world,
      network,
      state,
      config: options.routing,
      validators: recordValidators(world),
      mayAsk: peer => options.mayAsk(peer),
    })
    this.names = new IpfsNames({
      world,
      state,
      config: options.names,
      routing: this.routing,
      keys: options.nameKeys,
      texts: host => this.routing.texts(host),
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
    this.routing.start()
    this.names.start()
  }

  /** Announces the root of a content that is here, now and again, until `withdraw`. */
  provide(root: string): void {
    this.start()
    this.routing.provide(CID.parse(root))
  }

  withdraw(root: string): void {
    this.routing.withdraw(CID.parse(root))
  }

  async stop(): Promise<void> {
    this.#isStarted = false
    await this.names.stop()
    this.routing.stop()
  }
}
