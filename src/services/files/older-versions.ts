import type { StoredContent } from '../../store/index.ts'
import type { Transfer } from './transfer.ts'
import type { Transfers } from './transfers.ts'

/**
 * Shares whose files changed and were shared again. The new version takes their place: they are listed no more, and go when nobody
 * fetches them any longer, or at the next start. On the public network both stay, since its links name one version for ever.
 */
export class OlderVersions {
  readonly #transfers: Transfers

  constructor(transfers: Transfers) {
    this.#transfers = transfers
  }

  start(): void {
    for (const transfer of [...this.#transfers]) if (transfer.record.replaced) this.#leaveWhenIdle(transfer)
  }

  /** What was shared from the same place in the same way before, the newest first. */
  of({ root, name, content: { version, isPrivate, source } }: StoredContent): Transfer[] {
    return [...this.#transfers]
      .filter(({ record, stored }) => {
        if (record.name !== name || record.origin !== 'share' || record.public !== undefined) return false
        if (stored?.root !== root) return false
        const { content } = stored
        return content.version === version && content.isPrivate === isPrivate && content.source === source
      })
      .sort((a, b) => b.record.addedAt - a.record.addedAt)
  }

  /** `transfer` was just shared: it is the version that counts now. */
  replacedBy(transfer: Transfer, addedAt: number): void {
    const { stored, record } = transfer
    if (stored === undefined || record.public !== undefined) return
    const others = this.of(stored).filter(other => other !== transfer)
    const current = others.filter(other => !other.record.replaced)
    if (current.length === 0 && !record.replaced) return
    record.sharedAt = Math.min(
      record.addedAt,
      ...others.map(other => other.record.sharedAt ?? other.record.addedAt),
    )
    record.addedAt = addedAt
    record.replaced = undefined
    this.#transfers.save(transfer)
    for (const other of current) {
      other.record.replaced = true
      this.#transfers.save(other)
      this.#leaveWhenIdle(other)
    }
  }

  #leaveWhenIdle(transfer: Transfer): void {
    const look = (): void => {
      if (transfer.record.replaced && (transfer.swarm?.peerCount ?? 0) > 0) return
      stopListening()
      if (transfer.record.replaced)
        void this.#transfers.remove(transfer, false).catch(error => transfer.tell(error))
    }
    const stopListening = transfer.onChange(look)
    look()
  }
}
