import { PeerageError } from '../base/index.ts'
import { orAborted } from './or-aborted.ts'

export interface DialLimits {
  readonly maxParallelDials: number
  readonly maxQueuedDials: number
}

/** At most `maxParallelDials` at once; at most `maxQueuedDials` wait, more are refused with `network.limit`. */
export class DialSlots {
  readonly #limits: DialLimits
  readonly #waiting: Set<() => void> = new Set()
  #taken = 0

  constructor(limits: DialLimits) {
    this.#limits = limits
  }

  get taken(): number {
    return this.#taken
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Runs `task` when there is a slot. */
  async run<Result>(signal: AbortSignal, task: () => Promise<Result>): Promise<Result> {
    await this.#acquire(signal)
    try {
      return await task()
    } finally {
      this.#release()
    }
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { maxParallelDials, maxQueuedDials } = this.#limits
    if (this.#taken < maxParallelDials) {
      this.#taken++
      return
    }
    if (this.#waiting.size >= maxQueuedDials)
      throw new PeerageError('network.limit', 'Too many peers are being dialled.', {
        details: { maxParallelDials, maxQueuedDials },
      })
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.add(resolve)
    try {
      await orAborted(promise, signal)
    } catch (reason) {
      // Given up and served in the same turn: the slot goes to the next.
      if (!this.#waiting.delete(resolve)) this.#release()
      throw reason
    }
  }

  #release(): void {
    const next = this.#waiting.values().next()
    if (next.done) {
      this.#taken--
      return
    }
    this.#waiting.delete(next.value)
    next.value()
  }
}
