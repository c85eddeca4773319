const none: ReadonlySet<string> = new Set()
const maxPeers = 1_024
const maxOwners = 16

/** In whose private swarms we have met whom, in this run: such peers tell one another which grants those owners took back. */
export class OwnersMet {
  readonly #owners = new Map<string, Set<string>>()
  readonly #listeners = new Set<() => void>()

  /** The peer whose last meeting is the longest ago is forgotten first. */
  met(peer: string, owner: string): void {
    const owners = this.#owners.get(peer) ?? new Set()
    const isNew = !owners.has(owner) && owners.size < maxOwners
    if (isNew) owners.add(owner)
    this.#owners.delete(peer)
    this.#owners.set(peer, owners)
    if (this.#owners.size > maxPeers) this.#owners.delete(this.#owners.keys().next().value!)
    if (isNew) for (const listener of [...this.#listeners]) listener()
  }

  of(peer: string): ReadonlySet<string> {
    return this.#owners.get(peer) ?? none
  }

  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
