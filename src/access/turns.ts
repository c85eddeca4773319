import type { World } from '../base/index.ts'

/** Time after which other work gets a turn, in milliseconds. */
const turnMs = 8

/** Lets others have a turn in long work. */
export class Turns {
  readonly #world: World
  readonly #signal: AbortSignal | undefined
  #began: number

  constructor(world: World, signal?: AbortSignal) {
    this.#world = world
    this.#signal = signal
    this.#began = world.now()
  }

  /** Whether it is time for that. What others are to see must be as it should be before `give`. */
  get due(): boolean {
    return this.#world.now() - this.#began >= turnMs
  }

  /** Rejects with the signal's reason. */
  async give(): Promise<void> {
    await new Promise<void>(resolve => this.#world.after(0, resolve))
    this.#signal?.throwIfAborted()
    this.#began = this.#world.now()
  }

  /** Runs work whose steps touch nothing that others see. */
  async through<T>(work: Iterator<void, T>): Promise<T> {
    for (;;) {
      const step = work.next()
      if (step.done) return step.value
      if (this.due) await this.give()
    }
  }
}

/** The same work for who cannot wait. */
export function atOnce<T>(work: Iterator<void, T>): T {
  for (;;) {
    const step = work.next()
    if (step.done) return step.value
  }
}
