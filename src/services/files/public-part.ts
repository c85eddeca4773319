import { fromHex } from '../../base/index.ts'
import type { StoredContent } from '../../store/index.ts'
import type { PublicContent, PublicMembership, PublicNetwork, Swarm } from '../../swarm/index.ts'
import type { TransferRecord } from './record.ts'
import type { Tally } from './tally.ts'

export interface PublicParts {
  readonly network: PublicNetwork | undefined
  readonly infoHash: Uint8Array
  readonly record: TransferRecord
  readonly tally: Tally
  stored(): StoredContent | undefined
  /** The same, when it can be asked for anything without keeping everybody waiting. */
  known(): StoredContent | undefined
  /** Something is done on the disk: what the store will have may be known soon. */
  isPlacing(): boolean
  /** The swarm that runs, if any. */
  running(): Swarm | undefined
  /** Payload bytes over all runs. */
  moved(): { readonly uploaded: number; readonly downloaded: number }
  wants(): boolean
  /** The swarm, begun when there is none; undefined when nobody is served. */
  join(): Swarm | undefined
}

/** Our part in a public network, as long as the record says so and the transfer runs. */
export class PublicPart {
  readonly #parts: PublicParts
  membership: PublicMembership | undefined

  constructor(parts: PublicParts) {
    this.#parts = parts
  }

  start(): void {
    const { network, record } = this.#parts
    if (network === undefined || record.public === undefined || this.membership !== undefined) return
    this.membership = network.join(new PublicFace(this.#parts))
    this.membership.addPeers(record.public.peers)
    this.countSeeding()
  }

  /** Seeding begins with the last byte, or with the announcement of what is complete. */
  countSeeding(): void {
    const { tally, stored } = this.#parts
    tally.seeding = this.membership !== undefined && stored()?.isComplete === true
  }

  /** It is neither announced nor served there any more; friends stay. */
  async leave(reason: string): Promise<void> {
    const { membership } = this
    const { tally, running } = this.#parts
    this.membership = undefined
    tally.seeding = false
    running()?.dismiss(traits => traits.endpoint !== undefined, reason)
    await membership?.leave()
  }
}

/** A transfer as a public network sees it. */
class PublicFace implements PublicContent {
  readonly #parts: PublicParts

  constructor(parts: PublicParts) {
    this.#parts = parts
  }

  get names(): readonly Uint8Array[] {
    const { infoHash, record } = this.#parts
    const v1 = record.public?.infoHashV1
    const own = infoHash.length === 20 ? infoHash : infoHash.subarray(0, 20)
    return v1 === undefined || infoHash.length === 20 ? [own] : [fromHex(v1), own]
  }

  get v2Name(): Uint8Array | undefined {
    const { infoHash } = this.#parts
    return infoHash.length === 32 ? infoHash.subarray(0, 20) : undefined
  }

  get isPrivate(): boolean | undefined {
    const { stored, known, record, isPlacing } = this.#parts
    const content = known()?.content
    // Metadata that is here and not read yet may say so: until then nobody but trackers is told.
    const isUnread = content === undefined && (isPlacing() || stored() !== undefined)
    return content?.isPrivate ?? record.public?.isPrivate ?? (isUnread || undefined)
  }

  get progress(): PublicContent['progress'] {
    return { ...this.#parts.moved(), left: this.#left() }
  }

  get wants(): boolean {
    return this.#parts.wants()
  }

  get webSeeds(): readonly string[] {
    return this.#parts.record.public?.webSeeds ?? []
  }

  get httpSeeds(): readonly string[] {
    return this.#parts.record.public?.httpSeeds ?? []
  }

  get trackers(): readonly (readonly string[])[] {
    return this.#parts.record.public?.trackers ?? []
  }

  swarm(): Swarm | undefined {
    return this.#parts.join()
  }

  #left(): number | undefined {
    const stored = this.#parts.stored()
    if (stored === undefined) return undefined
    if (stored.isComplete) return 0
    const wanted = this.#parts.known()?.wanted
    if (wanted === undefined) return undefined
    const { bytes, verified } = wanted
    return Math.max(0, bytes - verified)
  }
}
