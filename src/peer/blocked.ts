import type { Bans } from '../access/index.ts'
import type { IpFilter } from '../bittorrent/index.ts'
import type { Blocklist } from '../network/index.ts'

/** Whom this peer does not talk to: whom the user banned, and whom the list of addresses names. */
export class Blocked implements Blocklist {
  readonly #bans: Bans
  readonly #filter: IpFilter

  constructor(bans: Bans, filter: IpFilter) {
    this.#bans = bans
    this.#filter = filter
  }

  blocksIp(ip: string): boolean {
    return this.#bans.blocksIp(ip) || this.#filter.blocks(ip)
  }

  blocksPeer(peer: string): boolean {
    return this.#bans.blocksPeer(peer)
  }

  onChange(listener: () => void): () => void {
    const stop = [this.#bans.onChange(listener), this.#filter.onChange(listener)]
    return () => {
      for (const each of stop) each()
    }
  }
}
