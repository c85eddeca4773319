/** Whom the user expects without knowing them yet, because of an open invite. The `circle` preset lets only them and fellows connect. */
export class Guests {
  readonly #expected = new Set<{ readonly peer: string | undefined }>()
  readonly #listeners = new Set<() => void>()

  /** Lets a peer connect, or anybody when it is not known who will come. Gives what ends it. */
  expect(peer?: string): () => void {
    const guest = { peer }
    this.#expected.add(guest)
    this.#changed()
    return () => {
      if (this.#expected.delete(guest)) this.#changed()
    }
  }

  has(peer: string): boolean {
    return [...this.#expected].some(guest => guest.peer === undefined || guest.peer === peer)
  }

  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
