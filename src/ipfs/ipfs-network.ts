import type { CID } from 'multiformats/cid'
import type { World } from '../base/index.ts'
import type { Network } from '../network/index.ts'
import type { IpfsConfig } from './config.ts'
import { Gateways } from './gateways/index.ts'
import type { Blocks } from './ports.ts'

export interface IpfsOptions {
  readonly world: World
  readonly network: Network
  readonly config: IpfsConfig
  readonly blocks: Blocks
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
  /** Canonical texts of roots that are announced. */
  readonly #roots = new Set<string>()
  #isStarted = false

  constructor(options: IpfsOptions) {
    this.#options = options
    const { world, network, config } = options
    this.gateways = new Gateways({ world, network, urls: () => config.gateways })
  }

  /** Whether anybody out there was spoken to so far. */
  get isStarted(): boolean {
    return this.#isStarted
  }

  /** Takes part: called by whatever needs it, and before that nothing is sent or answered. */
  start(): void {
    if (this.#isStarted || !this.#options.config.enabled) return
    this.#isStarted = true
  }

  /** Announces the root of a content that is here, now and again, until `withdraw`. */
  provide(root: string): void {
    this.start()
    this.#roots.add(root)
  }

  withdraw(root: string): void {
    this.#roots.delete(root)
  }

  async stop(): Promise<void> {
    this.#isStarted = false
  }
}
