import type { DiscoveryStatus } from '../../swarm/index.ts'
import type { IpfsPort } from './host.ts'
import type { TransferRecord } from './record.ts'

export interface IpfsParts {
  readonly network: IpfsPort | undefined
  readonly record: TransferRecord
  isComplete(): boolean
}

/** Our part in IPFS, as long as the record says so and the transfer runs: it is announced when it is here. */
export class IpfsPart {
  readonly #parts: IpfsParts
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

  /** It is neither fetched nor announced any more. */
  leave(): void {
    if (this.#offered !== undefined) this.#parts.network?.withdraw(this.#offered)
    this.#offered = undefined
  }

  status(): DiscoveryStatus[] {
    if (this.#offered === undefined) return []
    return [{ name: `/ipfs/${this.#offered}`, kind: 'ipfs', state: 'ok', peers: 0 }]
  }
}
