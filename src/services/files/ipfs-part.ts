import { PeerageError } from '../../base/index.ts'
import type { SwarmSource } from '../../ipfs/index.ts'
import type { StoredContent } from '../../store/index.ts'
import type { DiscoveryStatus, Swarm } from '../../swarm/index.ts'
import { EmptyFolders } from './cids/empty-folders.ts'
import type { FilesHost } from './host.ts'
import type { TransferRecord } from './record.ts'

export interface IpfsParts {
  readonly host: Pick<FilesHost, 'ipfs' | 'denylists' | 'world' | 'config'>
  readonly record: TransferRecord
  stored(): StoredContent | undefined
}

/** Our part in IPFS, as long as the record says so and the transfer runs: a source while it is fetched, an announcement when it is here. */
export class IpfsPart {
  readonly #parts: IpfsParts
  readonly #folders: EmptyFolders
  #source: SwarmSource | undefined
  #offered: string | undefined
  /** Why it is not announced. */
  #problem: string | undefined

  constructor(parts: IpfsParts) {
    this.#parts = parts
    this.#folders = new EmptyFolders(parts)
  }

  /** The root that is announced, in the text of the record. */
  get offered(): string | undefined {
    return this.#offered
  }

  /** Announces its root, if that is wanted and all of it is here. */
  start(): void {
    const { host, record } = this.#parts
    const root = record.ipfs?.offered === true && this.#isComplete ? record.ipfs.cid : undefined
    if (root === this.#offered) return
    this.#withdraw()
    if (root === undefined) return
    try {
      host.ipfs?.provide(root)
      this.#offered = root
    } catch (error) {
      // There may be as many as may be announced: it is served all the same, and is no reason not to start.
      if (!(error instanceof PeerageError)) throw error
      this.#problem = error.message
    }
  }

  /** A swarm runs whose content is known: IPFS is one of those who give it. */
  join(swarm: Swarm): void {
    const { host, record } = this.#parts
    this.part()
    if (record.ipfs === undefined || host.ipfs === undefined || this.#isComplete) return
    this.#source = host.ipfs.join(swarm, record.ipfs.cid)
    this.#folders.begin()
  }

  /** All of it was here, and somebody asks for it again. */
  lookAgain(): void {
    this.#folders.again()
  }

  /** Announces it again, at once. */
  announce(): void {
    if (this.#offered !== undefined) this.#parts.host.ipfs?.announce(this.#offered)
  }

  /** The swarm ends, or all of its files are here; what else is there may still come. */
  part(): void {
    this.#source?.stop()
    this.#source = undefined
  }

  /** Nothing of it is fetched any more. */
  end(): void {
    this.part()
    this.#folders.stop()
  }

  /** It is neither fetched nor announced any more. */
  leave(): void {
    this.end()
    this.#withdraw()
  }

  /** Whoever else announces the same root is asked by the network, and this is not one of them any more. */
  #withdraw(): void {
    const root = this.#offered
    this.#offered = undefined
    this.#problem = undefined
    if (root !== undefined) this.#parts.host.ipfs?.withdraw(root)
  }

  /** By a list that came later. */
  #denial(): string | undefined {
    if (this.#offered === undefined) return undefined
    try {
      this.#parts.host.denylists.checkLink({ cid: this.#offered })
      return undefined
    } catch (error) {
      if (!(error instanceof PeerageError)) throw error
      return error.message
    }
  }

  get #isComplete(): boolean {
    return this.#parts.stored()?.isComplete ?? false
  }

  status(): DiscoveryStatus[] {
    if (this.#source !== undefined) return [this.#source.status()]
    const { record } = this.#parts
    const message = this.#problem ?? this.#denial()
    const common = { name: `/ipfs/${record.ipfs?.cid}`, kind: 'ipfs', peers: 0 } as const
    if (message !== undefined) return [{ ...common, state: 'failed', message }]
    return this.#offered === undefined ? [] : [{ ...common, state: 'ok' }]
  }
}
