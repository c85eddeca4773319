import type { World } from '../../base/index.ts'

const firstMs = 5_000
const longestMs = 3_600_000
const maxNames = 256

/** Whom to leave alone for how long after a refusal or a failure: twice as long each time, up to an hour. Bounded. */
export class BackOff {
  readonly #world: World
  readonly #until = new Map<string, { readonly at: number; readonly failures: number }>()

  constructor(world: World) {
    this.#world = world
  }

  failed(name: string): void {
    const failures = (this.#until.get(name)?.failures ?? 0) + 1
    const ms = Math.min(longestMs, firstMs * 2 ** (failures - 1)) * (0.75 + this.#world.random.fraction() / 2)
    this.#until.delete(name)
    this.#until.set(name, { at: this.#world.now() + ms, failures })
    if (this.#until.size > maxNames) this.#until.delete(this.#until.keys().next().value!)
  }

  succeeded(name: string): void {
    this.#until.delete(name)
  }

  /** Milliseconds until it may be asked again; 0 is now. */
  waitMs(name: string): number {
    return Math.max(0, (this.#until.get(name)?.at ?? 0) - this.#world.now())
  }
}
