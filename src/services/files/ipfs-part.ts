import { PeerageError } from '../../base/index.ts'
import type { SwarmSource } from '../../ipfs/index.ts'
import type { DiscoveryStatus, Swarm } from '../../swarm/index.ts'
import type { IpfsPort } from './host.ts'
import type { TransferRecord } from './record.ts'

export interface IpfsParts {
  readonly network: IpfsPort | undefined
  readonly record: TransferRecord
  isComplete(): boolean
}

/** Our part in IPFS, as long as the record says so and the transfer runs: a source while it is fetched, an announcement when it is here. */
export class IpfsPart {
  readonly #parts: IpfsParts
  #source: SwarmSource | undefined
  #offered: string | undefined
  /** Why it is not announced. */
  #problem: string | undefined

  constructor(parts: IpfsParts) {
    this.#parts = parts
  }

  /** The root that is announced, in the text of the record. */
  get offered(): string | undefined {
    return this.#offered
  }

  /** Announces its root, if that is wanted and all of it is here. */
  start(): void {
    const { network, record, isComplete } = this.#parts
    const root = record.ipfs?.offered === true && isComplete() ? record.ipfs.cid : undefined
    if (root === this.#offered) return
    this.#withdraw()
    if (root === undefined) return
    try {
      network?.provide(root)
      this.#offered = root
    } catch (error) {
      // There may be as many as may be announced: it is served all the same, and is no reason not to start.
      if (!(error instanceof PeerageError)) throw error
      this.#problem = error.message
    }
  }

  /** A swarm runs whose content is known: IPFS is one of those who give it. */
  join(swarm: Swarm): void {
    const { network, record, isComplete } = this.#parts
    this.part()
    if (record.ipfs === undefined || network === undefined || isComplete()) return
    this.#source = network.join(swarm, record.ipfs.cid)
  }

  /** Announces it again, at once. */
  announce(): void {
    if (this.#offered !== undefined) this.#parts.network?.announce(this.#offered)
  }

  /** The swarm ends, or all of it is here. */
  part(): void {
    this.#source?.stop()
    this.#source = undefined
  }

  /** It is neither fetched nor announced any more. */
  leave(): void {
    this.part()
    this.#withdraw()
  }

  /** Whoever else announces the same root is asked by the network, and this is not one of them any more. */
  #withdraw(): void {
    const root = this.#offered
    this.#offered = undefined
    this.#problem = undefined
    if (root !== undefined) this.#parts.network?.withdraw(root)
  }

  status(): DiscoveryStatus[] {
    if (this.#source !== undefined) return [this.#source.status()]
    const { record } = this.#parts
    if (this.#problem !== undefined)
      return [
        {
          name: `/ipfs/${record.ipfs?.cid}`,
          kind: 'ipfs',
          state: 'failed',
          peers: 0,
          message: this.#problem,
        },
      ]
    if (this.#offered === undefined) return []
    return [{ name: `/ipfs/${this.#offered}`, kind: 'ipfs', state: 'ok', peers: 0 }]
  }
}
