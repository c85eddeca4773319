import { isLocal, networkOf } from './addresses.ts'

/** Votes that are kept, the oldest go first. */
const maxVotes = 64

/**
 * Which address others see us at (BEP 42, "bootstrapping"). One network has one vote, whatever it says last; an address is
 * believed when enough say so, and more than half of all that are heard.
 */
export class AddressVotes {
  readonly #needed: number
  readonly #votes = new Map<string, string>()

  constructor(needed: number) {
    this.#needed = needed
  }

  get size(): number {
    return this.#votes.size
  }

  /** Notes a vote. Returns the address that is believed now, if any. */
  add(address: string, voter: string): string | undefined {
    // What somebody on our own network sees is not what the world sees.
    if (isLocal(voter) || isLocal(address)) return undefined
    const network = networkOf(voter)
    this.#votes.delete(network)
    this.#votes.set(network, address)
    if (this.#votes.size > maxVotes) this.#votes.delete(this.#votes.keys().next().value!)
    let same = 0
    for (const vote of this.#votes.values()) if (vote === address) same++
    return same >= this.#needed && same * 2 > this.#votes.size ? address : undefined
  }
}
