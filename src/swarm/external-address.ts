/** So many peers have a say. */
const mostVoters = 64
const leastVotes = 2

/** Under which address we are seen, by what most of the public peers lately said (`yourip`, BEP 10). */
export class ExternalAddress {
  /** What each address said, the oldest first: one vote each, for peer ids cost nothing. */
  readonly #votes = new Map<string, string>()

  /** `by` is the IP address of the peer that said so. */
  heard(address: string, by: string): void {
    const key = `${familyOf(address)} ${by}`
    this.#votes.delete(key)
    this.#votes.set(key, address)
    if (this.#votes.size <= mostVoters) return
    for (const oldest of this.#votes.keys()) {
      this.#votes.delete(oldest)
      return
    }
  }

  /** Undefined until two have said the same. */
  get(family: 4 | 6): string | undefined {
    const counts = new Map<string, number>()
    for (const address of this.#votes.values())
      if (familyOf(address) === family) counts.set(address, (counts.get(address) ?? 0) + 1)
    const [best] = [...counts].sort((a, b) => b[1] - a[1])
    return best !== undefined && best[1] >= leastVotes ? best[0] : undefined
  }
}

function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4
}
