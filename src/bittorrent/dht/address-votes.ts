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
  readonly #counts = new Map<string, number>()

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
    this.#drop(network)
    this.#votes.set(network, address)
    const same = (this.#counts.get(address) ?? 0) + 1
    this.#counts.set(address, same)
    if (this.#votes.size > maxVotes) this.#drop(this.#votes.keys().next().value!)
    return same >= this.#needed && same * 2 > this.#votes.size ? address : undefined
  }

  #drop(network: string): void {
    const address = this.#votes.get(network)
    if (address === undefined) return
    this.#votes.delete(network)
    const left = (this.#counts.get(address) ?? 1) - 1
    if (left > 0) this.#counts.set(address, left)
    else this.#counts.delete(address)
  }
}
