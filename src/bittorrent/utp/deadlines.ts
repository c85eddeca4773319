import type { Timer, World } from '../../base/index.ts'

/** When what is due, and one timer for all of it. */
export class Deadlines<What extends string> {
  readonly #world: World
  readonly #onDue: () => void
  readonly #at = new Map<What, number>()
  #timer: Timer | undefined
  #timerAt = 0

  /** `onDue` may come too early: then nothing is due yet. */
  constructor(world: World, onDue: () => void) {
    this.#world = world
    this.#onDue = onDue
  }

  set(what: What, at: number): void {
    this.#at.set(what, at)
  }

  clear(what: What): void {
    this.#at.delete(what)
  }

  has(what: What): boolean {
    return this.#at.has(what)
  }

  /** Whether it is due; then it is over. */
  take(what: What, now: number): boolean {
    const at = this.#at.get(what)
    if (at === undefined || now < at) return false
    this.#at.delete(what)
    return true
  }

  /** Sets the timer for what is due first. */
  arm(): void {
    if (this.#at.size === 0) return
    let at = Number.POSITIVE_INFINITY
    for (const one of this.#at.values()) at = Math.min(at, one)
    if (this.#timer !== undefined && this.#timerAt <= at) return
    this.#timer?.cancel()
    this.#timerAt = at
    this.#timer = this.#world.after(Math.max(0, at - this.#world.now()), () => {
      this.#timer = undefined
      this.#onDue()
    })
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#at.clear()
  }
}
