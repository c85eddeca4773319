/**
 * Whether somebody is expected whom the user does not know yet: while an invite is open, or one is being taken. Who will come is not
 * known before. With `access.onlyKnown` nobody but they and fellows can connect.
 */
export class Guests {
  readonly #hasOpenInvite: () => boolean
  readonly #listeners = new Set<() => void>()
  #expected = 0

  constructor(hasOpenInvite: () => boolean) {
    this.#hasOpenInvite = hasOpenInvite
  }

  get areExpected(): boolean {
    return this.#expected > 0 || this.#hasOpenInvite()
  }

  /** Gives what ends it. */
  expect(): () => void {
    this.#expected++
    this.#changed()
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.#expected--
      this.#changed()
    }
  }

  onChanged(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
