import type { Bans } from '../access/index.ts'
import type { IpFilter } from '../bittorrent/index.ts'
import type { Blocklist } from '../network/index.ts'
import type { Acquaintances } from './acquaintances.ts'
import { isFellow } from './fellows.ts'
import type { Guests } from './guests.ts'

export interface BlockedParts {
  /** PeerId of this peer. */
  readonly self: string
  readonly bans: Bans
  readonly filter: IpFilter
  readonly known: Acquaintances
  readonly guests: Guests
  /** Only contacts, fellows, the user's own devices and guests are talked to (`access.onlyKnown`). */
  onlyKnown(): boolean
}

/**
 * Whom this peer does not talk to: whom the user banned, contacts that are blocked, whom the list of addresses names, and, when the
 * user wants that, everybody whom the user does not know.
 */
export class Blocked implements Blocklist {
  readonly #parts: BlockedParts
  readonly #listeners = new Set<() => void>()

  constructor(parts: BlockedParts) {
    this.#parts = parts
    const { bans, filter, known, guests } = parts
    bans.onChange(this.changed)
    filter.onChange(this.changed)
    guests.onChanged(this.changed)
    known.standing.onChanged(this.changed)
  }

  blocksIp(ip: string): boolean {
    return this.#parts.bans.blocksIp(ip) || this.#parts.filter.blocks(ip)
  }

  blocksPeer(peer: string): boolean {
    const { self, bans, known, guests, onlyKnown } = this.#parts
    if (bans.blocksPeer(peer) || known.contacts.get(peer)?.trust === 'blocked') return true
    return onlyKnown() && !isFellow(known, self, peer) && !guests.areExpected
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Others may be blocked now. */
  readonly changed = (): void => {
    for (const listener of [...this.#listeners]) listener()
  }
}
