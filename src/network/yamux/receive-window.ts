import { initialWindow } from './frame.ts'
import type { WindowBudget } from './window-budget.ts'

export interface WindowPorts {
  readonly budget: WindowBudget
  readonly maxWindow: number
  /** Milliseconds. */
  now(): number
  /** Round trip in ms, or undefined until measured. */
  rttMs(): number | undefined
}

/** A local round trip measures as almost nothing; windows that last less than this are worth growing anyway. */
const floorMs = 4

/**
 * How much the other side may still send on one stream. The window doubles while half of it is used up within a few round
 * trips, that is while it and not the sender or reader limits throughput; it never shrinks.
 */
export class ReceiveWindow {
  readonly #ports: WindowPorts
  #size: number = initialWindow
  #grownTo: number = initialWindow
  #allowed: number = initialWindow
  #consumed = 0
  #consumedBefore = 0
  #updatedAt: number

  constructor(ports: WindowPorts) {
    this.#ports = ports
    this.#updatedAt = ports.now()
  }

  get size(): number {
    return this.#size
  }

  /** How large it would have had to be from the start for all that came, or as large as it grew; also when it is released. */
  get needed(): number {
    return Math.min(this.#grownTo, this.#consumedBefore + this.#consumed)
  }

  /** Lets it begin with so many bytes, before anything came; returns by how much to raise the sender's window. */
  beginWith(bytes: number): number {
    const wanted = Math.min(bytes, this.#ports.maxWindow) - this.#size
    const granted = wanted > 0 ? this.#ports.budget.takeAhead(wanted) : 0
    this.#size += granted
    this.#grownTo = this.#size
    this.#allowed += granted
    return granted
  }

  /** Counts bytes that a frame announces. False: more than was allowed, the other side breaks the protocol. */
  announce(bytes: number): boolean {
    this.#allowed -= bytes
    return this.#allowed >= 0
  }

  /** Counts bytes that the reader took; returns by how much to raise the sender's window, 0 for not now. */
  consume(bytes: number): number {
    this.#consumed += bytes
    if (this.#consumed * 2 < this.#size) return 0
    const now = this.#ports.now()
    const patience = Math.max(floorMs, 4 * (this.#ports.rttMs() ?? 0))
    const delta = this.#consumed + (now - this.#updatedAt < patience ? this.#grow() : 0)
    this.#updatedAt = now
    this.#allowed += delta
    this.#consumedBefore += this.#consumed
    this.#consumed = 0
    return delta
  }

  #grow(): number {
    const wanted = Math.min(this.#size * 2, this.#ports.maxWindow) - this.#size
    const granted = wanted > 0 ? this.#ports.budget.take(wanted) : 0
    this.#size += granted
    this.#grownTo = this.#size
    return granted
  }

  /** Returns what was taken from the budget. */
  release(): void {
    this.#ports.budget.give(this.#size - initialWindow)
    this.#size = initialWindow
  }
}
