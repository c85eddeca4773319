import type { Bans, Contacts, People } from '../access/index.ts'
import type { IpFilter } from '../bittorrent/index.ts'
import type { Blocklist } from '../network/index.ts'

export interface BlockedParts {
  readonly bans: Bans
  readonly filter: IpFilter
  readonly contacts: Contacts
  readonly people: People
}

/** Whom this peer does not talk to: whom the user banned, contacts that are blocked, and whom the list of addresses names. */
export class Blocked implements Blocklist {
  readonly #parts: BlockedParts

  constructor(parts: BlockedParts) {
    this.#parts = parts
  }

  blocksIp(ip: string): boolean {
    return this.#parts.bans.blocksIp(ip) || this.#parts.filter.blocks(ip)
  }

  blocksPeer(peer: string): boolean {
    const { bans, contacts } = this.#parts
    return bans.blocksPeer(peer) || contacts.get(peer)?.trust === 'blocked'
  }

  onChange(listener: () => void): () => void {
    const { bans, filter, contacts, people } = this.#parts
    const call = (): void => listener()
    const stop = [
      bans.onChange(listener),
      filter.onChange(listener),
      contacts.onChanged(call),
      people.onChanged(call),
    ]
    return () => {
      for (const each of stop) each()
    }
  }
}
