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

  constructor(parts: IpfsParts) {
    this.#parts = parts
  }

  /** Announces its root, if that is wanted and all of it is here. */
  start(): void {
    const { network, record, isComplete } = this.#parts
    const root = record.ipfs?.offered === true && isComplete() ? record.ipfs.cid : undefined
    if (root === this.#offered) return
    if (this.#offered !== undefined) network?.withdraw(this.#offered)
    this.#offered = root
    if (root !== undefined) network?.provide(root)
  }

  /** A swarm runs whose content is known: IPFS is one of those who give it. */
  join(swarm: Swarm): void {
    const { network, record, isComplete } = this.#parts
    this.part()
    if (record.ipfs === undefined || network === undefined || isComplete()) return
    this.#source = network.join(swarm, record.ipfs.cid)
  }

  /** The swarm ends, or all of it is here. */
  part(): void {
    this.#source?.stop()
    this.#source = undefined
  }

  /** It is neither fetched nor announced any more. */
  leave(): void {
    this.part()
    if (this.#offered !== undefined) this.#parts.network?.withdraw(this.#offered)
    this.#offered = undefined
  }

  status(): DiscoveryStatus[] {
    if (this.#source !== undefined) return [this.#source.status()]
    if (this.#offered === undefined) return []
    return [{ name: `/ipfs/${this.#offered}`, kind: 'ipfs', state: 'ok', peers: 0 }]
  }
}
